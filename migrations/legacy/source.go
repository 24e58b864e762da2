package legacy

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// Generation is one of the shapes that the old app's database had over the years.
type Generation string

// The generations that are a directory of JSON files, then those that are one SQLite file.
// They have no version number: J2 has pictures, countries or power-ups, J3 the game's
// configuration; G2 has settings that G1 lacks, G3 has the ledger.
const (
	J1 Generation = "J1"
	J2 Generation = "J2"
	J3 Generation = "J3"
	G1 Generation = "G1"
	G2 Generation = "G2"
	G3 Generation = "G3"
)

// Source is a sound old database, open on its private copy. For one goroutine.
type Source struct {
	*Copy
	Generation Generation

	db     old
	order  []string            // its tables, by name
	tables map[string][]string // columns by table
	rows   map[string]int64
	newest int64 // newest time in it, Unix ms

	oneByOne bool // a test wants no row carried in bulk
}

// Open looks into the copy: is it whole, is it a database of the old app, which one. The
// error is a RefusedError when it is not.
func (c *Copy) Open(ctx context.Context) (*Source, error) {
	s := &Source{Copy: c}
	var err error
	if c.json {
		if s.Generation, err = c.stage(ctx); err != nil {
			return nil, err
		}
	}
	if s.db, err = openOld(c.path); err != nil {
		return nil, c.damaged(ctx, err)
	}
	for _, look := range []func(context.Context) error{s.checkOwner, s.readSchema, s.readNewest} {
		if err := look(ctx); err != nil {
			return nil, errors.Join(c.damaged(ctx, err), s.db.Close())
		}
	}
	return s, nil
}

// Close closes the private copy; the caller removes its directory.
func (s *Source) Close() error { return s.db.Close() }

// damaged is what an error of SQLite on the copy means, unless the caller gave up.
func (c *Copy) damaged(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, ErrRefused) {
		return err
	}
	return c.refuse(err, "is damaged: %v", err)
}

// checkOwner refuses what another program has marked as its own; the old app marked nothing.
func (s *Source) checkOwner(context.Context) error {
	id, err := s.db.Int(`PRAGMA application_id`)
	if err != nil {
		return err
	}
	if id != 0 {
		return s.refuse(nil, "is a database of another application, not of kick-overlay")
	}
	return nil
}

// checkIntegrity refuses damage, on a connection of its own. A value missing where the schema
// wanted one is no damage: the import repairs it.
func (s *Source) checkIntegrity(ctx context.Context) (err error) {
	db, err := openOld(s.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.each(ctx, `PRAGMA integrity_check(1000000)`, func(row []driver.Value) error {
		finding, _ := row[0].(string)
		if finding == "ok" || strings.HasPrefix(finding, "NULL value in ") {
			return nil
		}
		return s.refuse(nil, "is damaged: %s", strings.ReplaceAll(strings.TrimSpace(finding), "\n", "; "))
	})
}

// needed are the tables and columns without which a file is not the old app's.
var needed = map[string][]string{
	"users":       {"id", "username"},
	"user_points": {"user_id", "channel_points", "drop_points", "total_drops"},
}

func (s *Source) readSchema(ctx context.Context) error {
	s.tables, s.rows = map[string][]string{}, map[string]int64{}
	err := s.db.each(ctx, `SELECT name, sql LIKE 'CREATE VIRTUAL%' FROM sqlite_schema
		WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`,
		func(row []driver.Value) error {
			if row[1] == int64(1) {
				return s.refuse(nil, "holds a virtual table, which kick-overlay never made: %v", row[0])
			}
			s.order = append(s.order, row[0].(string))
			return nil
		})
	if err != nil {
		return err
	}
	for _, name := range s.order {
		if err := s.readTable(ctx, name); err != nil {
			return err
		}
	}
	for table, columns := range needed {
		for _, column := range columns {
			if !s.hasColumn(table, column) {
				return s.refuse(nil, "is not a database of kick-overlay: there is no %s.%s in it", table, column)
			}
		}
	}
	return s.readGeneration()
}

func (s *Source) readTable(ctx context.Context, name string) (err error) {
	s.tables[name] = []string{}
	err = s.db.each(ctx, `SELECT name FROM pragma_table_info(?1)`, func(row []driver.Value) error {
		s.tables[name] = append(s.tables[name], row[0].(string))
		return nil
	}, name)
	if err != nil {
		return err
	}
	s.rows[name], err = s.db.Int(`SELECT count(*) FROM ` + quote(name))
	return err
}

func (s *Source) hasColumn(table, column string) bool {
	for _, c := range s.tables[table] {
		if c == column {
			return true
		}
	}
	return false
}

func (s *Source) has(table string) bool { return s.tables[table] != nil }

// readGeneration tells the generations apart by content.
func (s *Source) readGeneration() error {
	if s.json {
		return nil
	}
	s.Generation = G1
	if s.has(ledgerTable) || s.has(halfMigrated) {
		s.Generation = G3
		return nil
	}
	if !s.hasColumn("overlay_settings", "key") {
		return nil
	}
	n, err := s.db.Int(`SELECT count(*) FROM overlay_settings
		WHERE key GLOB 'ai_*' OR key IN ('dropgame_config', 'theme_config')`)
	if n > 0 {
		s.Generation = G2
	}
	return err
}

// quote makes an identifier of any name.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
