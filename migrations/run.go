package migrations

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mattn/go-sqlite3"
)

// Migrate brings an open file to a version, up or down, one transaction a step.
// It returns the version reached; after an error the file is at that version,
// whole, and the error is an ErrMigration unless the machine is at fault. Nothing else may
// use the file meanwhile. The way down may lead below what the program serves.
func (f *Family) Migrate(c *Conn, to int, now time.Time) (version int, err error) {
	// Inside a transaction this pragma would do nothing, and a table rebuild would
	// then delete the rows that reference the table.
	if err := c.Run(`PRAGMA foreign_keys = OFF`); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Run(`PRAGMA foreign_keys = ON`)) }()
	if to < 1 || to > f.Newest() {
		return 0, fmt.Errorf("migrate %s to version %d: this program knows 1 to %d", f.Name, to, f.Newest())
	}
	for {
		at, done, err := f.oneStep(c, to, now)
		if err != nil || done {
			return at, err
		}
	}
}

// oneStep moves the file one version towards to, in one transaction.
func (f *Family) oneStep(c *Conn, to int, now time.Time) (at int, done bool, err error) {
	if err := c.Run(`BEGIN IMMEDIATE`); err != nil {
		return 0, false, err
	}
	defer func() {
		if err != nil && !c.AutoCommit() {
			err = errors.Join(err, c.Run(`ROLLBACK`))
		}
	}()
	// Someone else may have migrated the file while this waited for the lock.
	v, err := c.Int(`PRAGMA user_version`)
	if err != nil {
		return 0, false, err
	}
	at = int(v)
	switch {
	case at > f.Newest():
		return at, false, &VersionError{File: at, Required: f.Required, Newest: f.Newest()}
	case at == to:
		return at, true, c.Run(`COMMIT`)
	case at < to:
		err = f.apply(c, f.steps[at].up, at+1, now)
		if err != nil {
			return at, false, f.failed(fmt.Sprintf("to %d (%s)", at+1, f.steps[at].name), err)
		}
		return at + 1, false, nil
	default:
		err = f.apply(c, f.steps[at-1].down, at-1, now)
		if err != nil {
			return at, false, f.failed(fmt.Sprintf("back from %d (%s)", at, f.steps[at-1].name), err)
		}
		return at - 1, false, nil
	}
}

// failed tells a file that a migration does not fit from a machine that cannot do it.
func (f *Family) failed(step string, err error) error {
	err = openError(err)
	var e sqlite3.Error
	if errors.Is(err, ErrNoRoom) || errors.As(err, &e) && slices.Contains(machine, e.Code) {
		return fmt.Errorf("migrate %s %s: %w", f.Name, step, err)
	}
	return fmt.Errorf("%w: %s %s: %w", ErrMigration, f.Name, step, err)
}

// machine are the codes of what another try may not meet.
var machine = []sqlite3.ErrNo{sqlite3.ErrNomem, sqlite3.ErrBusy, sqlite3.ErrIoErr, sqlite3.ErrInterrupt, sqlite3.ErrCantOpen}

// apply runs the SQL of a step and everything that belongs to it, and commits.
func (f *Family) apply(c *Conn, sql string, reached int, now time.Time) error {
	if err := c.Run(sql); err != nil {
		return err
	}
	if reached > 0 {
		if err := f.record(c, reached, now); err != nil {
			return err
		}
	}
	if err := f.describe(c, reached); err != nil {
		return err
	}
	broken := 0
	if err := c.Each(`PRAGMA foreign_key_check`, func([]driver.Value) error { broken++; return nil }); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d rows would reference rows that do not exist", broken)
	}
	return c.Run(fmt.Sprintf(`PRAGMA user_version = %d; COMMIT`, reached))
}

// record keeps the file's own account of its migrations equal to its version. A
// tenant file has no streamer while its image is built; it gets its rows then.
func (f *Family) record(c *Conn, reached int, now time.Time) error {
	if err := c.Run(`DELETE FROM schema_migrations WHERE version > ?1`, int64(reached)); err != nil {
		return err
	}
	insert := `INSERT INTO schema_migrations (version, name, applied_at) VALUES (?1, ?2, ?3)
		ON CONFLICT DO NOTHING`
	if f.Name == "tenant" {
		insert = `INSERT INTO schema_migrations (streamer_id, version, name, applied_at)
			SELECT id, ?1, ?2, ?3 FROM streamers WHERE true
			ON CONFLICT DO NOTHING`
	}
	return c.Run(insert, int64(reached), f.steps[reached-1].name, now.UnixMilli())
}
