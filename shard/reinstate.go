package shard

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/scope"
)

// RegistryRestore asks that a backup of the registry become the registry of a directory that
// no server owns.
type RegistryRestore struct {
	Dir    string
	File   string // a backup with its manifest beside it, or a plain copy
	Keys   registry.KeyChoice
	DryRun bool
	Actor  string
	Options
}

// RegistryRestored says what came of it.
type RegistryRestored struct {
	registry.Reinstated
	DryRun  bool
	Rebuilt []registry.Rebuilt // streamers of whom there was a file only, and files that nobody could be made of
	Missing []string           // streamers in service whose file is not there
}

// RestoreRegistry holds a backup of the registry against its manifest, makes it the registry,
// as registry.Reinstate says, and takes in the streamers of whom there is a file only. A dry run does
// all of it beside, and removes it. The error is
// registry.ErrLocked while a server runs; after any error the registry is the one from before or the
// restored one, whole, and the same again ends what was begun.
func RestoreRegistry(ctx context.Context, r RegistryRestore) (done RegistryRestored, err error) {
	done.DryRun = r.DryRun
	done.Reinstated, err = registry.Reinstate(ctx, registry.Reinstatement{Dir: r.Dir, MasterKeyFile: r.MasterKeyFile,
		Name: filepath.Base(r.File), Keys: r.Keys, DryRun: r.DryRun, Actor: r.Actor, Now: r.Now,
		Copy:   func(ctx context.Context, key []byte, path string) error { return plainRegistry(ctx, r, key, path) },
		TakeIn: func(ctx context.Context, reg *registry.Registry) error { return done.rebuild(ctx, reg, r.Actor) }})
	if err != nil || r.DryRun {
		return done, err
	}
	return done, done.takeIn(ctx, r)
}

// takeIn opens the restored registry and gives those who came since a row.
func (done *RegistryRestored) takeIn(ctx context.Context, r RegistryRestore) (err error) {
	r.Options.Recover = true
	s, err := Open(ctx, r.Dir, r.Options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()
	if err := done.rebuild(ctx, s.Registry, r.Actor); err != nil {
		return err
	}
	for _, b := range done.Rebuilt {
		if b.Streamer != nil {
			if _, err := s.adoptBackups(ctx, b.Streamer, r.Actor); err != nil {
				return err
			}
		}
	}
	return nil
}

// rebuild takes in who has a file and no row, and says whose file is missing then: in the restored
// registry, or in what a dry run has made of it.
func (done *RegistryRestored) rebuild(ctx context.Context, reg *registry.Registry, actor string) (err error) {
	if done.Rebuilt, err = reg.Rebuild(ctx, lastNames(ctx, reg), actor); err != nil {
		return err
	}
	for after := scope.StreamerID(0); ; {
		page, err := reg.Streamers(ctx, after, 1000, "")
		if err != nil || len(page) == 0 {
			return err
		}
		for _, one := range page {
			after = one.ID
			if _, err := os.Lstat(reg.ShardPath(one)); err != nil && (inService(one) || one.State == registry.Held) {
				done.Missing = append(done.Missing, one.Username)
			}
		}
	}
}

// plainRegistry writes the database of a backup to path, held against its manifest where it
// has one.
func plainRegistry(ctx context.Context, r RegistryRestore, key []byte, path string) (err error) {
	from, err := openOutside(r.Dir, r.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	room := newDisk(r.Dir, r.MinFree)
	m, err := manifestBeside(r.Dir, r.File)
	if errors.Is(err, fs.ErrNotExist) {
		info, err := from.Stat()
		if err == nil {
			err = room.roomFor(info.Size())
		}
		if err == nil {
			_, _, err = copyTo(ctx, path, from)
		}
		return err
	}
	if err == nil {
		err = room.roomFor(m.PlainBytes)
	}
	if err != nil {
		return err
	}
	if m.StreamerID != 0 {
		return &restore.RefusedError{Reason: restore.Foreign, Why: "is a backup of " + m.Streamer + ", not of the registry"}
	}
	return backup.Decode(ctx, from, &m, key, path)
}

// inService says that a streamer's file is served.
func inService(s *registry.Streamer) bool {
	return s.State == registry.Active || s.State == registry.Suspended
}
