package migrations

import (
	"context"
	"errors"
	"os"
	"time"
)

// Look opens a file of which nothing is believed, holds it against its family, version and
// identity as Open does, and lends fn a connection that cannot write. It migrates nothing,
// and what lies beside the file as its log is left as it lies. The file may be live in this
// process, for it is SQLite that reads it. verified says what Open would say; fn is called
// all the same unless the file cannot be read at all. Errors do not name the file: the caller does.
func Look(ctx context.Context, path string, f *Family, want *Identity, fn func(seen *File, c *Conn, verified error) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := CheckPlain(path); err != nil {
		return err
	}
	c, err := connect(path, use{readOnly: true, statements: f.statements})
	if err != nil {
		return err
	}
	seen := &File{path: path, family: f, o: Options{Refuse: true, Now: time.Now}}
	verified := seen.verify(c, want)
	return errors.Join(fn(seen, c, verified), c.Close())
}

// Moved says that the path does not lead to this open file any more: it was removed, or
// another took its place.
func (f *File) Moved() bool {
	now, err := os.Lstat(f.path)
	return err != nil || f.info == nil || !os.SameFile(f.info, now)
}

// SQLiteVersion is that of the linked library, and whether it is one without known damage to logs.
func SQLiteVersion() (text string, safe error) {
	text, number := linked()
	return text, checkSQLite(text, number)
}
