package shard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/scope"
)

// BackupRequest asks for a backup of one streamer.
type BackupRequest struct {
	Streamer scope.StreamerID
	Compress bool   // with zstd
	Encrypt  bool   // under the streamer's data key: who destroys that destroys the backup
	Own      bool   // the streamer asked himself; see BackUpOwn
	Actor    string // for the audit log
}

// CreateBackup keeps a copy of a streamer's file as it is at one moment, while he is served.
// The copy is whole and sound before it is recorded; a file that is not quarantines its
// streamer. When it returns, the backup is durable; a crash on the way leaves none.
func (s *Store) CreateBackup(ctx context.Context, r BackupRequest) (registry.Backup, error) {
	made, err := s.createBackup(ctx, r)
	if err != nil {
		return registry.Backup{}, fmt.Errorf("back streamer %d up: %w", r.Streamer, orFull(err))
	}
	return made, nil
}

func (s *Store) createBackup(ctx context.Context, r BackupRequest) (made registry.Backup, err error) {
	streamer, err := s.Streamer(ctx, r.Streamer)
	if err != nil {
		return made, err
	}
	if err := s.Room(); err != nil {
		return made, err
	}
	room, err := s.tmpRoom("backup-")
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(room)) }()
	m := backup.Manifest{Program: programVersion(), CreatedAt: s.o.Now().UTC(), Streamer: streamer.Username,
		Packed: r.Compress, Sealed: r.Encrypt, Own: r.Own}
	plain := filepath.Join(room, "copy.db")
	var facts restore.Facts
	err = s.steps(step{"copy a shard", func() (err error) { facts, err = s.soundCopy(ctx, streamer, plain); return err }})
	if err != nil {
		return made, err
	}
	m.Facts(facts)
	var key []byte
	if m.Sealed {
		if key, err = s.DataKey(ctx, r.Streamer); err != nil {
			return made, err
		}
	}
	encoded := filepath.Join(room, "encoded")
	if err := s.steps(step{"encode a backup", func() error { return backup.Encode(ctx, plain, encoded, &m, key) }}); err != nil {
		return made, err
	}
	if !m.Packed && !m.Sealed {
		encoded = plain
	}
	return s.keepBackup(ctx, room, encoded, m, r.Actor)
}

// soundCopy copies a streamer's file and looks whether the copy is what it should be.
func (s *Store) soundCopy(ctx context.Context, streamer *registry.Streamer, path string) (restore.Facts, error) {
	facts, err := s.lookedAtCopy(ctx, streamer, path, s.copyShard)
	if !errors.Is(err, restore.ErrRefused) {
		return facts, err
	}
	// Once more, through SQLite: what is wrong twice is wrong in the file.
	if err := os.Remove(path); err != nil {
		return facts, err
	}
	facts, err = s.lookedAtCopy(ctx, streamer, path, s.copyThrough)
	var refused *restore.RefusedError
	if errors.As(err, &refused) && refused.Reason != restore.BadValues { // those can be served and mended
		s.shut(streamer.ID, foundDamaged, err)
		s.pool.Retire(streamer.ID)
		err = fmt.Errorf("%w: %w", ErrQuarantined, err)
	}
	return facts, err
}

func (s *Store) lookedAtCopy(ctx context.Context, streamer *registry.Streamer, path string,
	copied func(context.Context, scope.StreamerID, string) error) (restore.Facts, error) {
	if err := copied(ctx, streamer.ID, path); err != nil {
		return restore.Facts{}, err
	}
	w := fileWork{Path: path, Want: restore.Expected{Streamer: int64(streamer.ID), UUID: streamer.ShardUUID}}
	info, err := os.Stat(path)
	if err != nil {
		return restore.Facts{}, err
	}
	if info.Size() > smallFile {
		o, err := s.lookInChild(ctx, w)
		return o.Facts, err
	}
	return restore.Check(ctx, path, w.Want) // it is our own, and a child costs more than the look
}

// smallFile is up to what size, in bytes, a child costs more than it saves.
const smallFile = 8 << 20

// copyShard writes a streamer's file as it is at this moment to path.
func (s *Store) copyShard(ctx context.Context, id scope.StreamerID, path string) error {
	_, err := s.CopyShard(ctx, id, path)
	return err
}

// CopyShard writes a streamer's file as it is at this moment to path, where nothing is yet, and
// says how long nobody could write to him. A large file is held still and copied by a child, at
// the speed of the disk.
func (s *Store) CopyShard(ctx context.Context, id scope.StreamerID, path string) (held time.Duration, err error) {
	lease, err := s.pool.Acquire(ctx, id)
	if err != nil {
		return 0, err
	}
	defer lease.Release()
	f := lease.Handle()
	if f.Size() <= smallFile {
		return 0, f.CopyTo(ctx, path)
	}
	err = f.Freeze(ctx, func(from string, size int64, pause time.Duration) error {
		held = pause
		return copyInChild(ctx, copyWork{from, path, size})
	})
	if errors.Is(err, scope.ErrNotFrozen) {
		return held, f.CopyTo(ctx, path)
	}
	return held, err
}

// copyThrough is copyShard by SQLite's own means.
func (s *Store) copyThrough(ctx context.Context, id scope.StreamerID, path string) error {
	lease, err := s.pool.Acquire(ctx, id)
	if err != nil {
		return err
	}
	defer lease.Release()
	return lease.Handle().CopyTo(ctx, path)
}

// recorded turns a manifest into the registry's row.
func recorded(m backup.Manifest, target, file string) (registry.Backup, error) {
	m.Format = backup.ManifestFormat
	body, err := json.Marshal(m)
	return registry.Backup{Streamer: scope.StreamerID(m.StreamerID), Username: m.Streamer, Target: target, File: file,
		Bytes: m.Bytes, SHA256: m.SHA256, Digest: m.Digest, SchemaVersion: m.SchemaVersion, Generation: m.Generation,
		CommitSeq: m.CommitSeq, Manifest: body, CreatedAt: m.CreatedAt}, err
}

// tmpRoom is a directory for one operation. The registry empties the one it lies in at every
// start.
func (s *Store) tmpRoom(prefix string) (string, error) {
	tmp := filepath.Join(s.Dir(), "tmp")
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp(tmp, prefix)
}

// orFull gives a full disk its name.
func orFull(err error) error {
	if errors.Is(err, unix.ENOSPC) {
		return fmt.Errorf("%w: %w", scope.ErrFull, err)
	}
	return err
}

// programVersion is the version of the program, as its build says.
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
