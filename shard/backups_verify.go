package shard

import (
	"context"
	"errors"
	"fmt"
	"os"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/backup"
)

// Verified is a backup that was read back and is what was kept.
type Verified struct {
	Backup   *registry.Backup // nil for a file that is not on record
	File     string           // its path, or how people call it
	Bytes    int64            // as it lies there
	SHA256   string           // of these bytes, in hex
	Manifest *backup.Manifest // nil for a file that has none: nothing vouches for it
	Facts    restore.Facts
}

// Digest is that of the rows which a restore brings back.
func (v Verified) Digest() string { return v.Facts.Content.Digest(restore.SignedIn...) }

// VerifyBackup reads a backup, or a file of this machine, and holds every byte and every row of
// it against its manifest, as a restore would. What is sound is noted. The error is
// backup.ErrDamaged, or a restore.RefusedError, when it is not; then a backup on record no
// longer counts as verified.
func (s *Store) VerifyBackup(ctx context.Context, from Source, actor string) (v Verified, err error) {
	if row, ok := s.ofRegistry(ctx, from); ok {
		return s.verifyRegistry(ctx, row, actor)
	}
	room, err := s.tmpRoom("verify-")
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(room)) }()
	c, err := s.fetch(ctx, from, room)
	v = Verified{Backup: c.row, File: c.name, Bytes: c.bytes, SHA256: c.sha256, Manifest: c.manifest}
	if err == nil {
		v.Facts, err = s.holdAgainst(ctx, c)
	}
	if c.row != nil {
		err = s.noteVerified(ctx, v.Backup, err, actor)
	}
	if err != nil {
		return v, fmt.Errorf("verify %s: %w", c.name, orFull(err))
	}
	return v, nil
}

// noteVerified puts what a check came to on record.
func (s *Store) noteVerified(ctx context.Context, row *registry.Backup, found error, actor string) error {
	switch {
	case found == nil:
		now, err := s.MarkVerified(ctx, row.ID, actor)
		*row = now
		return err
	case isDamage(found):
		_, noted := s.MarkDamaged(context.WithoutCancel(ctx), row.ID, actor)
		return errors.Join(found, noted)
	}
	return found
}

// ofRegistry says whether a backup on record is one of the registry.
func (s *Store) ofRegistry(ctx context.Context, from Source) (row registry.Backup, ok bool) {
	if from.File != "" {
		row, ok = s.onRecord(ctx, from.File)
		return row, ok && row.Streamer == 0
	}
	row, err := s.Registry.Backup(ctx, from.Backup)
	return row, err == nil && row.Streamer == 0
}

// verifyRegistry is VerifyBackup for one of the registry.
func (s *Store) verifyRegistry(ctx context.Context, row registry.Backup, actor string) (v Verified, err error) {
	m, err := backup.DecodeManifest(row.Manifest)
	if err == nil {
		err = s.proveRegistry(ctx, row)
	}
	v = Verified{Backup: &row, File: row.File, Bytes: row.Bytes, SHA256: row.SHA256, Manifest: &m}
	v.Facts.Content.Tables, v.Facts.CommitSeq = m.Tables, m.CommitSeq
	if err = s.noteVerified(ctx, &row, err, actor); err != nil {
		return v, fmt.Errorf("verify backup %d: %w", row.ID, orFull(err))
	}
	return v, nil
}

// holdAgainst looks at a database that came as a stranger's, and at what its manifest says.
func (s *Store) holdAgainst(ctx context.Context, c came) (restore.Facts, error) {
	var want restore.Expected
	if m := c.manifest; m != nil {
		want = restore.Expected{Streamer: m.StreamerID, UUID: m.UUID}
	}
	o, err := s.lookInChild(ctx, fileWork{Path: c.path, Want: want})
	if err != nil {
		return o.Facts, err
	}
	if c.manifest != nil {
		if odd := c.manifest.Agrees(o.Facts); odd != "" {
			return o.Facts, fmt.Errorf("%w: it is %s, by its manifest", backup.ErrDamaged, odd)
		}
	}
	return o.Facts, nil
}

// isDamage says that a backup cannot be had back from what lies there.
func isDamage(err error) bool {
	var refused *restore.RefusedError
	if errors.As(err, &refused) && refused.Reason == restore.Newer {
		return false // to this program only
	}
	for _, is := range []error{backup.ErrDamaged, backup.ErrNotFound, backup.ErrManifest, restore.ErrRefused} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}
