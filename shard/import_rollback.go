package shard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"streamvault/migrations"
	"streamvault/registry"
)

// ErrChanged says that a streamer has been used since the import, so that taking it back
// would lose what came after.
var ErrChanged = errors.New("the streamer has changed since the import")

// RollBack says how an import is taken back.
type RollBack struct {
	Run    string
	Force  bool // also when the streamer has changed: his file is kept first
	DryRun bool // say what would be done, and do nothing
	Actor  string
}

// RolledBack is what taking an import back has done.
type RolledBack struct {
	Run        string `json:"run"`
	Streamer   string `json:"streamer"` // username, free again
	StreamerID int64  `json:"streamerId"`
	Status     string `json:"status"`  // rolled-back, or dry-run
	Changed    bool   `json:"changed"` // the streamer had been used since
	Commits    int64  `json:"commits"` // made since
	Kept       string `json:"kept"`    // copy of a changed file, below the data directory; or ""
	Backup     string `json:"backup"`  // the sealed source, below the data directory
}

// RollBackImport takes the streamer of an import away with his keys, so that the
// installation is what it was; the sealed source stays. It returns ErrChanged for one who
// has changed since, unless forced. Callers of the streamer wait meanwhile and find nobody
// then.
func (s *Store) RollBackImport(ctx context.Context, r RollBack) (RolledBack, error) {
	i, err := s.ImportByRun(ctx, r.Run)
	if err == nil && i.RolledBack != nil {
		err = fmt.Errorf("%w: it was rolled back on %s", registry.ErrWrongState, i.RolledBack.Format("2006-01-02 15:04:05 UTC"))
	}
	if err != nil {
		return RolledBack{}, fmt.Errorf("roll back import %s: %w", r.Run, err)
	}
	done := RolledBack{Run: i.Run, Streamer: i.Username, StreamerID: int64(i.Streamer), Status: "rolled-back", Backup: sealedName(i.Run)}
	err = s.pool.Drain(ctx, i.Streamer, func(ctx context.Context) error { return s.rollBack(ctx, r, i, &done) })
	if err != nil {
		return RolledBack{}, fmt.Errorf("roll back import %s: %w", r.Run, err)
	}
	return done, nil
}

// rollBack runs while nobody has the streamer's file open.
func (s *Store) rollBack(ctx context.Context, r RollBack, i registry.Import, done *RolledBack) (err error) {
	streamer, err := s.Streamer(ctx, i.Streamer)
	if err != nil {
		return err
	}
	if done.Commits, err = s.commitsOf(ctx, streamer); err != nil && !r.Force {
		return fmt.Errorf("%w, for its file cannot be looked at (%w): keep it and roll back with --force", ErrChanged, err)
	}
	done.Changed = err != nil || done.Commits > 0
	if done.Changed && !r.Force {
		return fmt.Errorf("%w (commits since: %d): keep its file and roll back with --force", ErrChanged, done.Commits)
	}
	if r.DryRun {
		done.Status = "dry-run"
		return nil
	}
	if done.Changed {
		done.Kept = path.Join(sourceRoom, i.Run+".rolled-back.db")
		if err := s.keepFile(streamer, done.Kept); err != nil {
			return fmt.Errorf("keep the file of %s: %w", streamer.Username, err)
		}
	}
	return s.Registry.RollBackImport(ctx, i, done.Kept, r.Actor)
}

// commitsOf reads how many commits a closed file has had. An imported one begins with none.
func (s *Store) commitsOf(ctx context.Context, streamer *registry.Streamer) (int64, error) {
	id := s.Identity(streamer)
	file, err := migrations.Open(ctx, s.ShardPath(streamer), migrations.Tenant(), &id, migrations.Options{Refuse: true})
	if err != nil {
		return 0, err
	}
	return max(file.CommitSeq, streamer.CommitMark), file.Writer().Close()
}

// keepFile copies a closed file, and its log where one is left, to a name below the data
// directory, durably.
func (s *Store) keepFile(streamer *registry.Streamer, name string) error {
	b := &importBackup{dir: s.Dir()}
	return b.within(func(root *os.Root) error {
		if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
			return err
		}
		for _, suffix := range []string{"", "-wal"} {
			if err := copyInto(root, name+suffix, s.ShardPath(streamer)+suffix); err != nil {
				return err
			}
		}
		return syncIn(root, path.Dir(name))
	})
}

// copyInto copies a file durably. One that is not there, or empty, is none.
func copyInto(root *os.Root, name, from string) error {
	in, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || info.Size() == 0 {
		return err
	}
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
