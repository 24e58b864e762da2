package migrations

import (
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/mattn/go-sqlite3"
)

// inOnePiece is the largest file that a snapshot takes through memory, in bytes.
const inOnePiece = 8 << 20

// Snapshot writes what the database holds at this moment to path, where nothing is yet: one
// file that needs no log and says so, synced. Its name is not: the caller syncs the directory. After an
// error nothing is there.
func (c *Conn) Snapshot(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = c.snapshot(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, openError(err)), os.Remove(path))
	}
	return nil
}

func (c *Conn) snapshot(f *os.File) error {
	bytes, err := c.Int(`SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`)
	if err != nil {
		return err
	}
	if bytes > inOnePiece {
		return c.copyPages(f.Name())
	}
	image, err := c.Serialize("main")
	if err != nil {
		return err
	}
	image[18], image[19] = 1, 1
	_, err = f.Write(image)
	return err
}

// TakeLog marks a closed, private copy as one in WAL mode, as every file is that Open opens.
func TakeLog(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte{2, 2}, 18)
	return errors.Join(err, f.Close())
}

// copyPages takes one step of SQLite's backup: one in many steps starts anew at every write.
// The file at path is empty and nobody else's.
func (c *Conn) copyPages(path string) (err error) {
	d, err := (&sqlite3.SQLiteDriver{}).Open((&url.URL{Scheme: "file", Path: path, RawQuery: "_mutex=no&_synchronous=off&_journal_mode=OFF"}).String())
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
