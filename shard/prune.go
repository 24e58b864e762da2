package shard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/scope"
)

// DefaultKeep is the rule of the schedule; the zero rule when it has none.
func (s *Store) DefaultKeep() backup.Keep { return s.o.Schedule.Keep }

// Pruned says which backups went, or would go.
type Pruned struct {
	DryRun  bool
	Keep    backup.Keep
	Kept    int               // that stay
	Removed []registry.Backup // oldest first
	Bytes   int64             // of these
}

// Prune removes the backups that a rule of retention does not keep, of every streamer and of the registry,
// at each target for itself, and those that streamers made for themselves; the zero rule removes none. What is left of streamers who were
// purged, in an object store that was away then, goes whatever the rule. A backup that cannot be removed, for its
// target is away, stays on record and is tried again the next time; the error then says how many. progress
// may be nil.
func (s *Store) Prune(ctx context.Context, keep backup.Keep, dryRun bool, actor string, progress func(done, total int)) (Pruned, error) {
	p := Pruned{DryRun: dryRun, Keep: keep}
	all, err := s.surplus(ctx, keep, &p)
	if err != nil {
		return p, fmt.Errorf("prune backups: %w", err)
	}
	var failed []error
	for i, b := range all {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		if !dryRun {
			err := s.DeleteBackup(ctx, b.ID, actor)
			if errors.Is(err, backup.ErrNoTarget) {
				continue // it waits for the program to be told of its target again
			}
			if err != nil && !errors.Is(err, registry.ErrNotFound) {
				failed = append(failed, err)
				continue
			}
		}
		p.Removed, p.Bytes = append(p.Removed, b), p.Bytes+b.Bytes
		if progress != nil {
			progress(i+1, len(all))
		}
	}
	if len(failed) > 0 {
		return p, fmt.Errorf("prune backups: %d of %d could not be removed, the first: %w", len(failed), len(all), failed[0])
	}
	return p, nil
}

// surplus are the backups that a rule does not keep.
func (s *Store) surplus(ctx context.Context, keep backup.Keep, p *Pruned) (gone []registry.Backup, err error) {
	type place struct {
		streamer scope.StreamerID
		target   string
		own      bool // else one that a streamer makes would take the place of one of the schedule's
	}
	groups, rows := map[place][]backup.Kept{}, map[int64]registry.Backup{}
	for before := int64(0); ; {
		page, err := s.Backups(ctx, registry.AllBackups, before, 1000)
		if err != nil {
			return nil, err
		}
		for _, b := range page {
			at := place{b.Streamer, b.Target, Own(b)}
			groups[at] = append(groups[at], keptOf(b))
			rows[b.ID], before = b, b.ID
		}
		if len(page) < 1000 {
			break
		}
	}
	purged, err := s.Purged(ctx)
	if err != nil {
		return nil, err
	}
	for at, group := range groups {
		surplus := keep.Surplus(group)
		if _, over := purged[at.streamer]; over {
			surplus = group
		}
		for _, b := range surplus {
			gone = append(gone, rows[b.ID])
		}
	}
	p.Kept = len(rows) - len(gone)
	sortBackups(gone)
	return gone, nil
}

// sortBackups puts the oldest first.
func sortBackups(all []registry.Backup) {
	slices.SortFunc(all, func(a, b registry.Backup) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return cmp.Compare(a.ID, b.ID)
	})
}
