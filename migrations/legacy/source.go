package legacy

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/mattn/go-sqlite3"
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

	utf16    bool // its texts cannot be read and written by one connection
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
	return c.refuse(err, "is damaged: %s", oneLine(err.Error()))
}

// unread makes an error of SQLite, while rows were read and written, the source's fault,
// unless it is the disk's or ours.
func (c *Copy) unread(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrTooBig, sqlite3.ErrError, sqlite3.ErrNomem, sqlite3.ErrMismatch:
		return c.refuse(err, "cannot be read: %s", oneLine(err.Error()))
	}
	return err
}

func oneLine(text string) string {
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")
}

// checkOwner refuses what another program has marked as its own; the old app marked nothing.
// It also looks how texts are stored.
func (s *Source) checkOwner(context.Context) error {
	id, err := s.db.Int(`PRAGMA application_id`)
	if err != nil {
		return err
	}
	if id != 0 {
		return s.refuse(nil, "is a database of another application, not of kick-overlay")
	}
	row, err := s.db.Row(`PRAGMA encoding`)
	s.utf16 = err == nil && row[0] != "UTF-8"
	return err
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
		return s.refuse(nil, "is damaged: %s", oneLine(finding))
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
	if err := s.checkRowids(); err != nil {
		return err
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

// checkRowids refuses what the old app never made and what rows cannot be told apart in:
// one of its tables without rowids, or with a column of that name.
func (s *Source) checkRowids() error {
	for _, t := range tables() {
		if !s.has(t.name) {
			continue
		}
		without, err := s.db.Int(`SELECT count(*) FROM pragma_table_list WHERE name = ?1 AND schema = 'main' AND wr`, t.name)
		if err != nil {
			return err
		}
		if without > 0 || s.hasColumn(t.name, "rowid") {
			return s.refuse(nil, "has a table %s that kick-overlay never made: its rows have no number", t.name)
		}
	}
	return nil
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
