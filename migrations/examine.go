package migrations

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/mattn/go-sqlite3"
)

// Examine opens a private copy of a file that nobody vouches for, to look into it: hardened
// like every connection, for reading only, not trusting a page. The copy has no log: its
// header says so. An error of SQLite becomes ErrDamaged where the file is at fault.
func Examine(path string) (*Conn, error) {
	if err := library(); err != nil {
		return nil, err
	}
	if err := CheckPlain(path); err != nil {
		return nil, err
	}
	q := url.Values{"mode": {"rw"}, "_query_only": {"1"}, "_mutex": {"no"}, "_cache_size": {"-8192"}, "_busy_timeout": {"0"}}
	d, err := new(sqlite3.SQLiteDriver).Open((&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, openError(err)
	}
	c := &Conn{d.(*sqlite3.SQLiteConn)}
	c.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
	c.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, maxValueBytes)
	if err := c.settleExamined(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Damage gives an error that SQLite made of a file its name here, ErrDamaged.
func Damage(err error) error { return openError(err) }

func (c *Conn) settleExamined() error {
	if err := c.Run(`PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0`); err != nil {
		return openError(err)
	}
	row, err := c.Row(`SELECT query_only, trusted_schema, cell_size_check
		FROM pragma_query_only, pragma_trusted_schema, pragma_cell_size_check`)
	if err != nil {
		return openError(err)
	}
	if row[0] != int64(1) || row[1] != int64(0) || row[2] != int64(1) {
		return fmt.Errorf("settings of an examined file read back as %v", row)
	}
	return nil
}
