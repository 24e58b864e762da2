package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"streamvault/migrations"
	"streamvault/shard/scope"
)

// Walk shows everything that lies in the data directory, by its path below it. It looks at
// directory entries only. What is gone before it was looked at is left out; what cannot be looked at
// is, too, and the error says so in the end.
func (r *Registry) Walk(fn func(name string, info fs.FileInfo) error) error {
	var dark []error
	err := fs.WalkDir(r.dir.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		var info fs.FileInfo
		if err == nil {
			info, err = e.Info()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			dark = append(dark, err)
			return nil
		}
		return fn(name, info)
	})
	return errors.Join(append(dark, err)...)
}

// MasterKeyFile is where the master key lies.
func (r *Registry) MasterKeyFile() string {
	if r.o.MasterKeyFile != "" {
		return r.o.MasterKeyFile
	}
	return r.dir.path + ".key"
}

// ShardName is the path of a streamer's file below the data directory.
func (r *Registry) ShardName(s *Streamer) string { return shardName(s.ID, s.Generation) }

// Unnamed returns those of some files below "shards" that no row names and that are still
// there. Nothing is being made meanwhile, so none of them is a file whose row is to come.
func (r *Registry) Unnamed(ctx context.Context, names []string) (unnamed []string, err error) {
	if len(names) == 0 {
		return nil, nil
	}
	err = r.write(ctx, func(tx *Tx) error {
		book, err := r.phoneBook(ctx)
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := r.dir.root.Lstat(name); err == nil && !book.names(withoutSidecar(name)) {
				unnamed = append(unnamed, name)
			}
		}
		return nil
	})
	return unnamed, err
}

// PutAside moves a file that serves nobody to the trash, and what lies beside it as its log.
// The caller has made sure that it is not open. what says in the audit log what it was.
func (r *Registry) PutAside(ctx context.Context, name, what, actor string, of *Streamer) error {
	now, moved := r.o.Now(), 0
	for _, one := range []string{name, name + "-wal", name + "-shm"} {
		if _, err := r.dir.root.Lstat(one); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := r.dir.orphan(one, now); err != nil {
			return fmt.Errorf("put %s aside: %w", one, err)
		}
		moved++
	}
	if moved == 0 {
		return nil // it is gone already
	}
	if err := errors.Join(r.dir.sync(path.Dir(name)), r.dir.sync("trash")); err != nil {
		return fmt.Errorf("put %s aside: %w", name, err)
	}
	return r.Record(ctx, Entry{Actor: actor, Action: "doctor.put-aside", Streamer: of, Detail: map[string]any{"file": name, "what": what}})
}

// Tighten takes the access of others away from something in the data directory, or from the
// master key.
func (r *Registry) Tighten(ctx context.Context, name, actor string) error {
	chmod := r.dir.root.Chmod
	if filepath.IsAbs(name) {
		chmod = os.Chmod
	}
	stat := r.dir.root.Stat
	if filepath.IsAbs(name) {
		stat = os.Stat
	}
	info, err := stat(name)
	if err == nil {
		err = chmod(name, info.Mode().Perm()&0o700)
	}
	if err != nil {
		return fmt.Errorf("tighten %s: %w", name, err)
	}
	return r.Record(ctx, Entry{Actor: actor, Action: "doctor.chmod", Detail: map[string]any{"file": name, "was": info.Mode().Perm().String()}})
}

// Discard removes what is nobody's data any more.
func (r *Registry) Discard(ctx context.Context, names []string, what, actor string) error {
	for _, name := range names {
		if err := r.dir.step("discard "+name, func() error { return r.dir.root.RemoveAll(name) }); err != nil {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}
	return r.Record(ctx, Entry{Actor: actor, Action: "doctor.remove", Detail: map[string]any{"files": names, "what": what}})
}

// Record audits what changed no row of the registry.
func (r *Registry) Record(ctx context.Context, e Entry) error {
	return r.write(ctx, func(tx *Tx) error { return tx.audit(e) })
}

// CorrectSchemaVersion is NoteSchemaVersion by an operator who has found the two to differ.
func (r *Registry) CorrectSchemaVersion(ctx context.Context, id scope.StreamerID, version int, actor string) error {
	return r.write(ctx, func(tx *Tx) error {
		s, err := tx.streamer(id)
		if err != nil {
			return err
		}
		if err := tx.run(`UPDATE streamers SET schema_version = ?2 WHERE id = ?1`, int64(id), int64(version)); err != nil {
			return err
		}
		return tx.audit(Entry{Actor: actor, Action: "doctor.schema-version", Streamer: s,
			Detail: map[string]any{"was": s.SchemaVersion, "is": version}})
	})
}

// Look lends fn a connection to the registry that cannot write.
func (r *Registry) Look(ctx context.Context, fn func(*migrations.Conn) error) error {
	return r.read(ctx, fn)
}
