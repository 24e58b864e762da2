package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/scope"
)

// inside looks at what the file says of itself, once it is known to be the streamer's.
func (l *look) inside(ctx context.Context, seen *migrations.File, c *migrations.Conn) error {
	if seen.Version != l.s.SchemaVersion {
		version := seen.Version
		l.fixable(l.who, VersionMismatch, fmt.Sprintf("the registry has it at schema version %d, the file is at %d", l.s.SchemaVersion, version),
			func(ctx context.Context) error {
				return l.Registry.CorrectSchemaVersion(ctx, l.s.ID, version, l.order.Actor)
			})
	}
	if err := l.Family.CheckSchema(c, seen.Version); err != nil {
		l.problem(l.who, SchemaDrift, plain(err))
	}
	l.log(seen)
	if err := l.room(c, seen); err != nil {
		return err
	}
	if !l.order.Deep {
		return nil
	}
	if l.large = seen.Size > inPlace; l.large {
		return nil
	}
	l.deep(ctx, c)
	return nil
}

// log reports a write-ahead log that has outgrown its bound.
func (l *look) log(seen *migrations.File) {
	log, err := os.Lstat(seen.WALPath())
	if limit := scope.LogLimit(seen.PageSize); err == nil && log.Size() > limit {
		l.fixable(l.who, WALOverLimit, fmt.Sprintf("its log has %d MiB, the bound is %d", log.Size()>>20, limit>>20), func(ctx context.Context) error {
			if err := l.Files.Reopen(ctx, l.s.ID); err != nil {
				return err
			}
			if log, err := os.Lstat(seen.WALPath()); err == nil && log.Size() > limit {
				return errors.New("the log could not be cut off")
			}
			return l.audit(ctx, "doctor.checkpoint")
		})
	}
}

// room holds the bytes of rows against the streamer's quota.
func (l *look) room(c *migrations.Conn, seen *migrations.File) error {
	row, err := c.Row(`SELECT page_count, freelist_count FROM pragma_page_count, pragma_freelist_count`)
	if err != nil {
		return err
	}
	used, quota := (row[0].(int64)-row[1].(int64))*seen.PageSize, l.Quota(l.s)
	detail := fmt.Sprintf("its rows take %d of %d MiB", used>>20, quota>>20)
	switch {
	case used >= quota:
		l.problem(l.who, QuotaExceeded, detail)
	case used >= quota/10*9:
		l.note(l.who, QuotaNear, detail)
	}
	return nil
}

func (l *look) hasLog() bool {
	log, err := os.Lstat(l.path + "-wal")
	return err == nil && log.Mode().IsRegular() && log.Size() > 0
}

// rightWithoutLog says whether the file alone, of which nobody has a connection, is the
// streamer's and has all his commits. It looks at a copy, for SQLite would read the log.
func (l *look) rightWithoutLog(ctx context.Context, found error) bool {
	if errors.Is(found, migrations.ErrUnsafeFile) || errors.Is(found, migrations.ErrMissing) {
		return false
	}
	copied, err := l.copyAlone()
	if err == nil {
		err = l.lookAt(ctx, copied, func(context.Context, *migrations.File, *migrations.Conn) error { return nil })
	}
	removeDatabase(copied)
	return err == nil
}

func (l *look) scratch() string {
	return filepath.Join(l.Registry.Dir(), "tmp", fmt.Sprintf("doctor-%010d.db", l.s.ID))
}

// copyAlone copies a file that is closed and stays so.
func (l *look) copyAlone() (path string, err error) {
	path = l.scratch()
	from, err := os.Open(l.path)
	if err != nil {
		return path, err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return path, err
	}
	_, err = io.Copy(to, from)
	return path, errors.Join(err, to.Close())
}

func removeDatabase(path string) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + suffix)
	}
}

// putLogAside moves the log that is another file's, or an old one, to the trash; the index of
// it is made anew.
func (l *look) putLogAside(ctx context.Context) error {
	if err := l.putAside(ctx, "-wal", ForeignLog); err != nil {
		return err
	}
	return l.putAside(ctx, "-shm", ForeignLog)
}

// identityIn reads who a file that is not open says it is.
func identityIn(f *migrations.Family, path string) (id migrations.Identity, err error) {
	err = migrations.Look(context.Background(), path, f, nil, func(_ *migrations.File, c *migrations.Conn, verified error) error {
		if verified != nil && !errors.Is(verified, migrations.ErrOlder) {
			return verified
		}
		row, err := c.Row(`SELECT streamer_id, shard_uuid, generation FROM shard_identity`)
		if err != nil {
			return err
		}
		id = migrations.Identity{Streamer: row[0].(int64), UUID: row[1].(string), Generation: row[2].(int64)}
		return nil
	})
	return id, err
}

func (l *look) audit(ctx context.Context, action string) error {
	return l.Registry.Record(ctx, registry.Entry{Actor: l.order.Actor, Action: action, Streamer: l.s})
}
