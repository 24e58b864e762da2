package shard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"streamvault/registry"
	"streamvault/shard/backup"
)

// pendingBackup says that a backup is on its way to a target, or out of it. After a crash one on
// its way in is recorded if it is whole there and removed if not; one on its way out goes.
type pendingBackup struct {
	Target string `json:"target"`
	File   string `json:"file"`
	Actor  string `json:"actor"`
	Goes   bool   `json:"goes,omitempty"`
}

// pendingRoom is where these notes lie, below the data directory.
const pendingRoom = "backups/pending"

// target finds a target by its name in the registry, or returns backup.ErrNoTarget.
func (s *Store) target(name string) (backup.Target, error) {
	for _, t := range []backup.Target{s.o.Backups, backup.NewLocal(filepath.Join(s.Dir(), "backups"))} {
		if t != nil && t.Name() == name {
			return t, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", backup.ErrNoTarget, name)
}

// BackupPath is where a backup lies: a path of this machine, or its name in another target.
func (s *Store) BackupPath(b registry.Backup) string {
	if b.Target != "local" {
		return b.File
	}
	return filepath.Join(s.Dir(), "backups", filepath.FromSlash(b.File))
}

// newTarget is where backups are kept that are made now.
func (s *Store) newTarget() backup.Target {
	if s.o.Backups != nil {
		return s.o.Backups
	}
	return backup.NewLocal(filepath.Join(s.Dir(), "backups"))
}

// keepBackup keeps an encoded file with its manifest, which knows all about it, and records it.
func (s *Store) keepBackup(ctx context.Context, room, encoded string, m backup.Manifest, actor string) (registry.Backup, error) {
	t := s.newTarget()
	name := backup.FileName(m.StreamerID, m.CreatedAt, m.Packed, m.Sealed)
	row, err := recorded(m, t.Name(), name)
	if err != nil {
		return row, err
	}
	manifest, err := m.Encode()
	if err != nil {
		return row, err
	}
	beside := filepath.Join(room, "manifest.json")
	if err := os.WriteFile(beside, manifest, 0o600); err != nil {
		return row, err
	}
	p := pendingBackup{Target: t.Name(), File: name, Actor: actor}
	err = s.steps(
		step{"note a backup", func() error { return s.writePending(p) }},
		step{"put a backup", func() error { return t.Put(ctx, name, encoded) }},
		step{"put a manifest", func() error { return t.Put(ctx, backup.ManifestName(name), beside) }},
		step{"record a backup", func() (err error) { row, err = s.RecordBackup(ctx, row, actor); return err }},
		step{"drop a note", func() error { return s.dropPending(p) }})
	if err != nil {
		return row, errors.Join(err, s.settlePending(context.WithoutCancel(ctx), p))
	}
	return row, nil
}

// step is a part of an operation that a test may fail, or end the process before.
type step struct {
	name string
	do   func() error
}

// steps does one after the other until one fails.
func (s *Store) steps(all ...step) error {
	for _, one := range all {
		if s.o.Fault != nil {
			if err := s.o.Fault(one.name); err != nil {
				return err
			}
		}
		if err := one.do(); err != nil {
			return err
		}
	}
	return nil
}

func (p pendingBackup) note() string {
	return path.Join(pendingRoom, strings.ReplaceAll(p.File, "/", "-")+".json")
}

func (s *Store) writePending(p pendingBackup) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return (&importBackup{dir: s.Dir()}).within(func(root *os.Root) error {
		if err := root.MkdirAll(pendingRoom, 0o700); err != nil {
			return err
		}
		f, err := root.OpenFile(p.note(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(body)
		return errors.Join(err, f.Sync(), f.Close(), syncIn(root, pendingRoom), syncIn(root, path.Dir(pendingRoom)))
	})
}

// dropPending removes a note. One that comes back after a crash is settled again.
func (s *Store) dropPending(p pendingBackup) error {
	return (&importBackup{dir: s.Dir()}).within(func(root *os.Root) error {
		if err := root.Remove(p.note()); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// settlePending records a backup that is whole in its target, removes one that is not, or whose
// streamer has been purged meanwhile, and then the note.
func (s *Store) settlePending(ctx context.Context, p pendingBackup) error {
	if p.Goes {
		return s.sendAway(ctx, p)
	}
	if _, err := s.BackupOf(ctx, p.Target, p.File); err == nil {
		return s.dropPending(p)
	}
	t, err := s.target(p.Target)
	if err != nil {
		return err
	}
	m, whole, err := wholeIn(ctx, t, p.File)
	if err != nil {
		return err
	}
	if whole {
		row, err := recorded(m, p.Target, p.File)
		if err == nil {
			_, err = s.RecordBackup(ctx, row, p.Actor)
		}
		if err == nil {
			return s.dropPending(p)
		}
		if !errors.Is(err, registry.ErrNotFound) {
			return err
		}
	}
	if err := errors.Join(t.Delete(ctx, backup.ManifestName(p.File)), t.Delete(ctx, p.File)); err != nil {
		return err
	}
	return s.dropPending(p)
}

// wholeIn says whether a file and its manifest have both arrived.
func wholeIn(ctx context.Context, t backup.Target, file string) (m backup.Manifest, whole bool, err error) {
	body, err := readAll(ctx, t, backup.ManifestName(file))
	if errors.Is(err, backup.ErrNotFound) {
		return m, false, nil
	}
	if err != nil {
		return m, false, err
	}
	if m, err = backup.DecodeManifest(body); err != nil {
		return m, false, nil
	}
	err = t.List(ctx, file, func(o backup.Object) error {
		whole = whole || o.Name == file && o.Bytes == m.Bytes
		return nil
	})
	return m, whole, err
}

// maxManifest bounds a manifest, in bytes.
const maxManifest = 1 << 20

func readAll(ctx context.Context, t backup.Target, name string) ([]byte, error) {
	r, err := t.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r, maxManifest))
	return body, errors.Join(err, r.Close())
}

// settleBackups ends what a crash has left under way. What cannot be settled now, for its
// target is away, is tried at the next start.
func (s *Store) settleBackups(ctx context.Context) {
	err := (&importBackup{dir: s.Dir()}).within(func(root *os.Root) error {
		notes, err := fs.ReadDir(root.FS(), pendingRoom)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for _, n := range notes {
			var p pendingBackup
			body, readErr := root.ReadFile(path.Join(pendingRoom, n.Name()))
			if readErr == nil && json.Unmarshal(body, &p) != nil {
				readErr = root.Remove(path.Join(pendingRoom, n.Name())) // it was never whole, so nothing followed it
			} else if readErr == nil {
				readErr = s.settlePending(ctx, p)
			}
			err = errors.Join(err, readErr)
		}
		return err
	})
	if err != nil {
		s.o.Log.Warn().Err(err).Msg("backups that a crash interrupted could not be settled")
	}
}
