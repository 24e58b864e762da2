package migrations

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"
)

// PageSize of every file that is made here, in bytes.
const PageSize = 1024

// templateKey tells templates apart; they are built once and never change.
type templateKey struct {
	family            *Family
	version, pageSize int
}

var templates sync.Map // templateKey → func() (*template, error)

// template is a database in memory that has its schema and no owner. It stays open: a new
// file is a transaction on it whose pages are copied before it is rolled back, so that
// the schema is parsed once in the life of the program.
type template struct {
	mu          sync.Mutex
	c           *Conn
	fingerprint string // of its schema
	statistics  string // SQL that describes a file of this version
}

// Image returns the bytes of a new file: schema at version, identity rows, and what
// fill adds, in WAL mode. Nothing of it touches a disk. want is nil for the
// registry; version 0 means the newest.
func (f *Family) Image(want *Identity, version int, now time.Time, fill func(*Conn) error) ([]byte, error) {
	return f.image(want, version, PageSize, now, fill)
}

// LargePageSize is better for a file that begins with many rows: fewer, fuller pages.
const LargePageSize = 4096

// LargeImage is Image with pages of LargePageSize.
func (f *Family) LargeImage(want *Identity, version int, now time.Time) ([]byte, error) {
	return f.image(want, version, LargePageSize, now, nil)
}

func (f *Family) image(want *Identity, version, pageSize int, now time.Time, fill func(*Conn) error) (_ []byte, err error) {
	if version == 0 {
		version = f.Newest()
	}
	t, err := f.template(version, pageSize)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.c.Run(`BEGIN IMMEDIATE`); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.c.Run(`ROLLBACK`)) }()
	if err := f.introduce(t.c, want, version, now); err != nil {
		return nil, err
	}
	if fill != nil {
		if err := fill(t.c); err != nil {
			return nil, fmt.Errorf("fill a new %s file: %w", f.Name, err)
		}
	}
	return walImage(t.c)
}

// introduce writes whose file it is, where its row ids start, and how it came to be.
func (f *Family) introduce(c *Conn, want *Identity, version int, now time.Time) error {
	if want != nil {
		if err := c.Run(`INSERT INTO streamers (id) VALUES (?1)`, want.Streamer); err != nil {
			return err
		}
		if err := c.Run(`INSERT INTO shard_identity (streamer_id, shard_uuid, generation, created_at)
			VALUES (?1, ?2, ?3, ?4)`, want.Streamer, want.UUID, want.Generation, now.UnixMilli()); err != nil {
			return err
		}
		if err := c.Run(`UPDATE sqlite_sequence SET seq = ?1`, want.Streamer<<32); err != nil {
			return err
		}
	}
	for v := 1; v <= version; v++ {
		if err := f.record(c, v, now); err != nil {
			return err
		}
	}
	return nil
}

// walImage serializes the database and marks the bytes as being in WAL mode: the
// header's read and write version are 2 there.
func walImage(c *Conn) ([]byte, error) {
	image, err := c.Serialize("main")
	if err != nil {
		return nil, err
	}
	image[18], image[19] = 2, 2
	return image, nil
}

func (f *Family) template(version, pageSize int) (*template, error) {
	key := templateKey{f, version, pageSize}
	build, ok := templates.Load(key)
	if !ok {
		build, _ = templates.LoadOrStore(key, sync.OnceValues(func() (*template, error) {
			return f.buildTemplate(version, pageSize)
		}))
	}
	return build.(func() (*template, error))()
}

func (f *Family) buildTemplate(version, pageSize int) (*template, error) {
	c, err := connect("/template", use{inMemory: true, statements: 64})
	if err != nil {
		return nil, err
	}
	if err := f.layOut(c, version, pageSize); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	t := &template{c: c}
	if t.fingerprint, err = Fingerprint(c); err == nil && f.Name == "tenant" {
		t.statistics, err = statisticsOf(c)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return t, nil
}

func (f *Family) layOut(c *Conn, version, pageSize int) error {
	if err := c.Run(fmt.Sprintf(`PRAGMA page_size = %d; PRAGMA application_id = %d`, pageSize, f.ApplicationID)); err != nil {
		return err
	}
	if err := f.forward(c, version); err != nil {
		return err
	}
	if f.Name == "tenant" {
		if err := describe(c); err != nil {
			return err
		}
	}
	return seedSequences(c)
}

// forward builds a schema from nothing. Its account of itself is written with the
// identity, so migrations here leave no rows.
func (f *Family) forward(c *Conn, version int) error {
	for _, s := range f.steps[:version] {
		if err := c.Run(s.up); err != nil {
			return fmt.Errorf("build %s schema, version %d (%s): %w", f.Name, s.version, s.name, err)
		}
	}
	return c.Run(fmt.Sprintf(`PRAGMA user_version = %d`, version))
}

// seedSequences gives every AUTOINCREMENT table a row in sqlite_sequence, so that a
// file's ids can be moved to their base before its first insert.
func seedSequences(c *Conn) error {
	var tables []string
	err := c.Each(`SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' ORDER BY name`,
		func(row []driver.Value) error {
			tables = append(tables, row[0].(string))
			return nil
		})
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := c.Run(`INSERT INTO sqlite_sequence (name, seq) VALUES (?1, 0)`, t); err != nil {
			return err
		}
	}
	return nil
}
