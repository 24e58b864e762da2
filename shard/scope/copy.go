package scope

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/mattn/go-sqlite3"
)

// CopyTo writes the file as it is at one moment to path, where nothing is yet: one plain
// database, without a log beside it. It reads on a connection of its own, so that calls go on
// meanwhile, and takes one step of SQLite's backup, for one in many steps starts anew at
// every write: some 2 ms a megabyte. The caller's loan keeps the file open.
func (f *File) CopyTo(ctx context.Context, path string) (err error) {
	if err := f.copyTo(ctx, path); err != nil {
		return errors.Join(fmt.Errorf("copy the file of streamer %d: %w", f.owner, err), os.Remove(path))
	}
	return nil
}

func (f *File) copyTo(ctx context.Context, path string) (err error) {
	made, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := made.Close(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := f.file.Reader()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	d, err := (&sqlite3.SQLiteDriver{}).Open("file:" + (&url.URL{Path: path}).EscapedPath() + "?_mutex=no&_synchronous=off")
	if err != nil {
		return err
	}
	to := d.(*sqlite3.SQLiteConn)
	defer func() { err = errors.Join(err, to.Close()) }()
	b, err := to.Backup("main", c.SQLiteConn, "main")
	if err != nil {
		return err
	}
	done, err := b.Step(-1)
	if err == nil && !done {
		err = errors.New("the file is locked")
	}
	return errors.Join(err, b.Finish())
}
