package shard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// A deleted streamer's file stays where it lies until he is purged: that he is in the trash is
// one row in the registry, so that deleting and having back are one transaction each and no
// crash can come between a row and a file that was moved.

// defaultTrashGrace is how long a deletion can be regretted.
const defaultTrashGrace = 30 * 24 * time.Hour

// DeleteStreamer puts a streamer in the trash for grace; nil is the store's, none or less
// makes him due to be purged at once. Callers of the streamer wait until calls under way
// have ended and his file is closed, and find nobody then. See registry.Trash.
func (s *Store) DeleteStreamer(ctx context.Context, id scope.StreamerID, grace *time.Duration, actor string) (deleted *registry.Streamer, err error) {
	if grace == nil {
		grace = &s.o.TrashGrace
	}
	err = s.alone(ctx, id, func(ctx context.Context) error {
		deleted, err = s.Trash(ctx, id, *grace, actor)
		return err
	})
	s.watches.tell(id) // who follows him is let go
	return deleted, err
}

// UndeleteStreamer has a streamer back from the trash as what he was. See registry.Undelete.
func (s *Store) UndeleteStreamer(ctx context.Context, id scope.StreamerID, actor string) (*registry.Streamer, error) {
	return s.Undelete(ctx, id, actor)
}

// Purge says how a streamer is purged.
type Purge struct {
	Force  bool // also one who is not in the trash
	Due    bool // only one whose time in the trash is over
	DryRun bool // say what would be removed, and do nothing
	Actor  string
}

// PurgeStreamer destroys a streamer: his data key, his files, his backups on this machine and
// the sealed sources of his imports. What it cannot reach stands in the certificate. See
// registry.Purge.
func (s *Store) PurgeStreamer(ctx context.Context, id scope.StreamerID, p Purge) (c registry.Certificate, err error) {
	sources, err := s.sourcesOf(ctx, id)
	if err != nil {
		return c, err
	}
	how := registry.Purging{Force: p.Force, Due: p.Due, Sources: sources, Actor: p.Actor}
	if p.DryRun {
		return s.PlanPurge(ctx, id, how)
	}
	err = s.alone(ctx, id, func(ctx context.Context) error {
		c, err = s.Registry.Purge(ctx, id, how)
		return err
	})
	s.watches.tell(id)
	return c, err
}

// alone runs fn while nobody has the streamer's file open. A file that cannot be closed
// properly is closed all the same: what is wrong with it does not matter any more.
func (s *Store) alone(ctx context.Context, id scope.StreamerID, fn func(context.Context) error) error {
	ran := false
	drained := func(ctx context.Context) error { ran = true; return fn(ctx) }
	err := s.pool.Drain(ctx, id, drained)
	if err == nil || ran || ctx.Err() != nil {
		return err
	}
	if again := s.pool.Drain(ctx, id, drained); ran || again != nil {
		return again
	}
	return err
}

// sourcesOf are the sealed sources of a streamer's imports.
func (s *Store) sourcesOf(ctx context.Context, id scope.StreamerID) ([]string, error) {
	imports, err := s.Imports(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, i := range imports {
		if i.Streamer == id && i.RolledBack == nil {
			names = append(names, sealedName(i.Run))
		}
	}
	return names, nil
}

// Tidy does what time has made due: it purges those whose time in the trash is over and whose
// purge a crash has interrupted, and forgets former names. One who cannot be purged does
// not keep the others.
func (s *Store) Tidy(ctx context.Context) error {
	due, err := s.PurgeDue(ctx)
	errs := []error{err, s.ForgetNames(ctx)}
	for _, streamer := range due {
		if ctx.Err() != nil {
			break
		}
		_, err := s.PurgeStreamer(ctx, streamer.ID, Purge{Due: true, Actor: "system"})
		if errors.Is(err, registry.ErrNotFound) || errors.Is(err, registry.ErrWrongState) {
			continue // somebody was faster: he is gone, or back
		}
		if err == nil {
			s.o.Log.Info().Int64("streamer_id", int64(streamer.ID)).Msg("purged: the time in the trash was over")
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("tidy: %w", err)
	}
	return nil
}

// UpdateStreamer changes a streamer. New limits hold for calls that begin after it.
func (s *Store) UpdateStreamer(ctx context.Context, id scope.StreamerID, c registry.Change, actor string) (*registry.Streamer, error) {
	changed, err := s.Registry.UpdateStreamer(ctx, id, c, actor)
	if err == nil && c.Limits.Any() {
		s.pool.Retire(id) // the next open takes them over
	}
	return changed, err
}
