package shard

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/scope"
)

// openShard is an open file in the pool. Closing it notes how far its history went.
type openShard struct {
	*scope.File
	id    scope.StreamerID
	marks *marks
	calls atomic.Int64 // under way
	load  load
}

func (o *openShard) Close() error {
	err := o.File.Close()
	o.marks.note(o.id, o.CommitSeq())
	return err
}

// openShard finds out which file is the streamer's, verifies it and opens it. It is the
// pool's opener.
func (s *Store) openShard(ctx context.Context, id scope.StreamerID) (*openShard, error) {
	streamer, err := s.Streamer(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := servable(streamer); err != nil {
		return nil, err
	}
	file, err := scope.Open(ctx, s.ShardPath(streamer), s.Identity(streamer), scope.Options{
		Family:   s.o.Family,
		Options:  migrations.Options{Synchronous: s.o.Synchronous, Now: s.o.Now, Target: s.FleetTarget()},
		Room:     s.roomFor(s.quota(streamer)),
		MaxBytes: 2 * s.quota(streamer),
		MaxRows:  streamer.Limits.Rows,
		Counters: s.counters,
		OnCommit: func() { s.watches.tell(id) },
		OnBroken: func(err error) { s.shut(id, ioFailure, err) },
	})
	if err == nil {
		err = s.checkHistory(streamer, file)
	}
	if err != nil {
		return nil, s.judge(ctx, streamer, err)
	}
	if err := s.welcome(ctx, streamer, file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &openShard{File: file, id: id, marks: s.marks}, nil
}

// servable says whether a streamer in this state has a file to open at all.
func servable(s *registry.Streamer) error {
	switch s.State {
	case registry.Active, registry.Suspended, registry.Migrating:
		return nil
	case registry.Held:
		return fmt.Errorf("%w: %s", ErrHeld, s.StateReason)
	case registry.Quarantined:
		if hasCause(s.StateReason, foundAtOpen) {
			return nil // looked at again: it may be right by now
		}
		return fmt.Errorf("%w: %s", ErrQuarantined, s.StateReason)
	}
	return fmt.Errorf("streamer %d: %w", s.ID, registry.ErrNotFound)
}

// checkHistory abandons a file whose commits are fewer than were acknowledged once: closing
// it as one that served would copy a log into it that may be the wrong one.
func (s *Store) checkHistory(streamer *registry.Streamer, f *scope.File) error {
	mark := max(streamer.CommitMark, s.marks.last(streamer.ID))
	if f.CommitSeq() >= mark {
		return nil
	}
	err := fmt.Errorf("%w: it has %d, %d were made", ErrRolledBack, f.CommitSeq(), mark)
	return errors.Join(err, f.Abandon())
}

// judge decides what a failed open means. What is wrong with the file quarantines its
// streamer; what is wrong with the machine (no descriptors, no memory) does not.
func (s *Store) judge(ctx context.Context, streamer *registry.Streamer, err error) error {
	if errors.Is(err, migrations.ErrNoRoom) {
		return fmt.Errorf("%w: open shard of streamer %d: %w", scope.ErrFull, streamer.ID, err)
	}
	if errors.Is(err, migrations.ErrMigration) {
		return s.hold(streamer, err)
	}
	if ctx.Err() != nil || !isFileFault(err) {
		return fmt.Errorf("open shard of streamer %d: %w", streamer.ID, err)
	}
	if streamer.State != registry.Quarantined {
		s.shut(streamer.ID, foundAtOpen, err)
	}
	return fmt.Errorf("%w: %w", ErrQuarantined, err)
}

// hold takes a streamer out of service whose file is too old to be served and could not be
// migrated, until somebody decides.
func (s *Store) hold(streamer *registry.Streamer, why error) error {
	from := []registry.State{registry.Active, registry.Suspended, registry.Migrating, registry.Quarantined}
	_, err := s.SetState(context.Background(), streamer.ID, from, registry.Held, why.Error(), "system")
	s.o.Log.Error().Int64("streamer_id", int64(streamer.ID)).AnErr("cause", why).AnErr("not_recorded", err).Msg("shard held")
	return fmt.Errorf("%w: %w", ErrHeld, why)
}

// isFileFault tells a wrong file from a machine that cannot open any.
func isFileFault(err error) bool {
	for _, fault := range []error{
		migrations.ErrMissing, migrations.ErrUnsafeFile, migrations.ErrForeignFile, migrations.ErrWrongIdentity,
		migrations.ErrNewer, migrations.ErrOlder, migrations.ErrDamaged, ErrRolledBack, scope.ErrBroken,
	} {
		if errors.Is(err, fault) {
			return true
		}
	}
	return false
}

// welcome puts the registry's account right when a file has been migrated by this open
// or is served again after it had been found wrong.
func (s *Store) welcome(ctx context.Context, streamer *registry.Streamer, f *scope.File) error {
	if f.Version() != streamer.SchemaVersion {
		if err := s.NoteSchemaVersion(ctx, streamer.ID, f.Version()); err != nil {
			return err
		}
	}
	if streamer.State != registry.Quarantined {
		return nil
	}
	_, err := s.SetState(ctx, streamer.ID, []registry.State{registry.Quarantined}, registry.Active, "", "system")
	return err
}
