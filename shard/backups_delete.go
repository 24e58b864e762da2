package shard

import (
	"context"
	"errors"
	"fmt"

	"streamvault/registry"
	"streamvault/shard/backup"
)

// DeleteBackup removes a backup for good. One that fails on the way, or is cut off by a crash,
// is ended by the next start, or by asking again.
func (s *Store) DeleteBackup(ctx context.Context, id int64, actor string) error {
	row, err := s.Registry.Backup(ctx, id)
	if err != nil {
		return err
	}
	p := pendingBackup{Target: row.Target, File: row.File, Actor: actor, Goes: true}
	err = s.steps(
		step{"note that a backup goes", func() error { return s.writePending(p) }},
		step{"let a backup go", func() error { return s.sendAway(ctx, p) }})
	if err != nil {
		return fmt.Errorf("delete backup %d: %w", id, err)
	}
	return nil
}

// sendAway removes a backup that a note says is to go, and then the note.
func (s *Store) sendAway(ctx context.Context, p pendingBackup) error {
	t, err := s.target(p.Target)
	if err != nil {
		return err
	}
	return s.steps(
		step{"delete a backup", func() error { return t.Delete(ctx, p.File) }},
		step{"delete a manifest", func() error { return t.Delete(ctx, backup.ManifestName(p.File)) }},
		step{"forget a backup", func() error {
			row, err := s.BackupOf(ctx, p.Target, p.File)
			if err == nil {
				err = s.ForgetBackup(ctx, row.ID, p.Actor)
			}
			if errors.Is(err, registry.ErrNotFound) {
				return nil // it was forgotten before
			}
			return err
		}},
		step{"drop a note", func() error { return s.dropPending(p) }})
}
