package legacy

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"time"

	"streamvault/migrations"
)

// Target is the tenant file to be made.
type Target struct {
	Path     string // nothing is there yet
	Identity migrations.Identity
	Version  int       // of the schema; 0 is the newest
	Now      time.Time // stamps the file's birth, not its rows; sessions that ended before are left behind
	// Seal encrypts a provider's token for the streamer; column says which of the two it is.
	Seal func(provider, column string, secret []byte) ([]byte, error) `json:"-"`
}

// create makes an empty tenant file and opens it for filling. Until it is whole nobody
// uses it, so it need not be durable on the way.
func (t Target) create(ctx context.Context, large bool) (*migrations.File, error) {
	image, err := t.image(large)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(t.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(image)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return migrations.Open(ctx, t.Path, migrations.Tenant(), &t.Identity,
		migrations.Options{Synchronous: migrations.Normal, Refuse: true})
}

func (t Target) image(large bool) ([]byte, error) {
	if large {
		return migrations.Tenant().LargeImage(&t.Identity, t.Version, t.Now)
	}
	return migrations.Tenant().Image(&t.Identity, t.Version, t.Now, nil)
}

// whileBuilding: one transaction fills the file, so there is nothing to go back to but an
// empty one, and pages go to their place once instead of through a log. Keys and rules are
// checked once at the end. 16 MB of pages keep the indexes of names in memory.
const whileBuilding = `PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
	PRAGMA secure_delete = OFF; PRAGMA ignore_check_constraints = ON;
	PRAGMA cache_size = -16384; PRAGMA temp_store = FILE`

// whenBuilt makes the file one that is served.
const whenBuilt = `PRAGMA main.journal_mode = WAL; PRAGMA ignore_check_constraints = OFF`

// sync makes the closed file durable.
func (t Target) sync() error {
	f, err := os.OpenFile(t.Path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// heavy are the tables whose indexes are built once, after all rows, instead of row by row.
const heavy = `'point_transactions', 'drop_history', 'powerup_purchases'`

// begin opens the first transaction and takes the indexes away that come back at the end.
// It returns the SQL that brings them back.
func (b *build) begin(ctx context.Context) (indexes []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, n := range b.src.rows {
		b.at.Total += n
	}
	var names []string
	// What the planner knows of an index goes with it, and has to come back with it.
	err = b.to.Each(`
		SELECT i.name, i.sql, printf('INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%Q, %Q, %Q)', s.tbl, s.idx, s.stat)
		FROM sqlite_schema i JOIN sqlite_stat1 s ON s.idx = i.name
		WHERE i.type = 'index' AND i.sql IS NOT NULL AND i.tbl_name IN (`+heavy+`)
		ORDER BY i.name`,
		func(row []driver.Value) error {
			names, indexes = append(names, row[0].(string)), append(indexes, row[1].(string), row[2].(string))
			return nil
		})
	if err != nil {
		return nil, err
	}
	if err := b.attach(); err != nil {
		return nil, err
	}
	if err := b.to.Run(`BEGIN IMMEDIATE`); err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := b.to.Run(`DROP INDEX ` + quote(name)); err != nil {
			return nil, err
		}
	}
	b.park, err = b.prepare(b.to, parkSQL)
	return indexes, err
}

// finish builds the indexes, ends the transaction and lets go of the source.
func (b *build) finish(indexes []string) error {
	for _, sql := range append(indexes, `COMMIT      `) {
		if err := b.to.Run(sql); err != nil {
			return err
		}
	}
	return b.to.Run(whenBuilt)
}
