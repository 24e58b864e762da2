package migrations

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// Migrate brings an open file to a version, up or down, one transaction a step.
// It returns the version reached; after an error the file is at that version,
// whole. Nothing else may use the file meanwhile.
func (f *Family) Migrate(c *Conn, to int, now time.Time) (int, error) { return f.migrate(c, to, now) }

func (f *Family) migrate(c *Conn, to int, now time.Time) (version int, err error) {
	// Inside a transaction this pragma would do nothing, and a table rebuild would
	// then delete the rows that reference the table.
	if err := c.Run(`PRAGMA foreign_keys = OFF`); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Run(`PRAGMA foreign_keys = ON`)) }()
	if to < f.Required || to > f.Newest() {
		return 0, fmt.Errorf("migrate %s to version %d: this program knows %d to %d", f.Name, to, f.Required, f.Newest())
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
			return at, false, fmt.Errorf("migrate %s to %d (%s): %w", f.Name, at+1, f.steps[at].name, err)
		}
		return at + 1, false, nil
	default:
		err = f.apply(c, f.steps[at-1].down, at-1, now)
		if err != nil {
			return at, false, fmt.Errorf("migrate %s back from %d (%s): %w", f.Name, at, f.steps[at-1].name, err)
		}
		return at - 1, false, nil
	}
}

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
	if f.Name == "tenant" {
		if err := describe(c); err != nil {
			return err
		}
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
