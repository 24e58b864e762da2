package migrations

import (
	"errors"
	"fmt"
	"os"

	"github.com/mattn/go-sqlite3"
)

// VacuumInto writes what the database holds at this moment, and nothing that was deleted, to
// path, where nothing is yet: one file that needs no other, in rollback mode, for any SQLite
// since 3.40. It is not synced. After an error nothing is there.
func (c *Conn) VacuumInto(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	// VACUUM attaches the file that it writes.
	attached := c.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)
	defer c.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, attached)
	if err := c.Run(`VACUUM INTO ?1`, path); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, openError(err)), os.Remove(path))
	}
	return nil
}
