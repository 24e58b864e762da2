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
	switch {
	case err == nil && c.row != nil:
		row, err := s.MarkVerified(ctx, c.row.ID, actor)
		v.Backup = &row
		return v, err
	case err != nil && c.row != nil && isDamage(err):
		_, noted := s.MarkDamaged(context.WithoutCancel(ctx), c.row.ID, actor)
		err = errors.Join(err, noted)
	}
	if err != nil {
		return v, fmt.Errorf("verify %s: %w", c.name, orFull(err))
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
