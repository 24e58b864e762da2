package migrations

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// Conn is one hardened connection to one file, for one goroutine at a time.
// The helpers below are for cold paths; shard/scope keeps prepared statements of
// its own on the driver's connection.
type Conn struct {
	*sqlite3.SQLiteConn
}

// use says what a connection is opened for.
type use struct {
	readOnly    bool
	synchronous Synchronous
	inMemory    bool // only while the image of a new file is built
	alone       bool // nobody else may have the file
	statements  int  // kept prepared by their text
}

func (u use) cacheSize() int64 {
	if u.readOnly {
		return -readerCacheKiB
	}
	return -writerCacheKiB
}

// Synchronous is how far SQLite waits for the disk at a commit.
type Synchronous int

// Full loses nothing that was acknowledged at a power cut; Normal may lose the
// last commits, but never corrupts. The zero value is Full. Late is for a file that is
// opened Alone for a few commits: they do not wait for the disk at all, and the log is
// neither synced nor copied before PutLog.
const (
	Full Synchronous = iota
	Normal
	Late
)

func (s Synchronous) pragma() int64 {
	switch s {
	case Normal:
		return 1
	case Late:
		return 0
	}
	return 2
}

const (
	busyTimeoutMillis = 5000
	// What a batch of writes changes should fit the writer's cache: pages beyond it are
	// given back to the system and asked for again at every commit. It grows only with
	// use, and is given back at rest.
	writerCacheKiB = 4096
	readerCacheKiB = 512
	// persistWAL is SQLITE_FCNTL_PERSIST_WAL.
	persistWAL = 10
	// maxValueBytes bounds one stored value; uploads (2 MB) are the largest.
	maxValueBytes = 16 << 20
)

// connect opens path and hands out the connection only when every setting has been
// read back from it.
func connect(path string, u use) (*Conn, error) {
	if err := library(); err != nil {
		return nil, err
	}
	d, err := new(sqlite3.SQLiteDriver).Open(dsn(path, u))
	if err != nil {
		return nil, openError(err)
	}
	c := &Conn{d.(*sqlite3.SQLiteConn)}
	if err := c.settle(u); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// KeepLog makes the log and its index stay as they are when the last connection closes:
// making and removing two files was a good part of opening and closing one that is often
// used. Who copies the log into the file before he closes leaves an empty log.
func (c *Conn) KeepLog() error { return c.SetFileControlInt("main", persistWAL, 1) }

// PutLog makes everything that was committed durable and copies it into the file, whose log is
// empty then: the log is synced before the file is touched, and the file before the log is cut.
func (c *Conn) PutLog() error {
	row, err := c.Row(`PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)`)
	if err == nil && row[0] != int64(0) {
		err = errors.New("somebody is using it")
	}
	if err != nil {
		return fmt.Errorf("copy the log into the file: %w", openError(err))
	}
	return nil
}

func dsn(path string, u use) string {
	q := url.Values{
		"_busy_timeout":  {strconv.Itoa(busyTimeoutMillis)},
		"_foreign_keys":  {"1"},
		"_synchronous":   {strconv.FormatInt(u.synchronous.pragma(), 10)},
		"_txlock":        {"immediate"},
		"_secure_delete": {"on"}, // what is erased is gone from the file too
		"_mutex":         {"no"},
		"_cache_size":    {strconv.FormatInt(u.cacheSize(), 10)},
		"mode":           {"rw"},
		"leave_log":      {"1"},
	}
	if u.readOnly {
		q.Set("_query_only", "1")
	}
	if u.statements > 0 {
		q.Set("_stmt_cache_size", strconv.Itoa(u.statements))
	}
	if u.alone {
		q.Set("_locking_mode", "EXCLUSIVE")
	}
	if u.inMemory {
		q.Set("mode", "memory")
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// settle sets what the DSN has no word for and reads everything back.
func (c *Conn) settle(u use) error {
	c.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
	c.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, maxValueBytes)
	if err := c.ownCheckpoints(); err != nil {
		return err
	}
	queryOnly := int64(0)
	if u.readOnly {
		queryOnly = 1
	}
	want := []driver.Value{int64(1), u.synchronous.pragma(), int64(busyTimeoutMillis),
		u.cacheSize(), int64(0), queryOnly, "wal", int64(1)}
	if u.inMemory {
		want[6] = "memory"
	}
	got, err := c.Row(readBack)
	if err != nil {
		return openError(err)
	}
	for i, w := range want {
		if got[i] != w {
			return fmt.Errorf("%w: %s reads back as %v instead of %v", ErrDamaged, settings[i], got[i], w)
		}
	}
	return nil
}

// ownCheckpoints turns SQLite's automatic checkpoints off: they swallow I/O errors.
// The pragma has no table-valued form, so its answer is its reading back.
func (c *Conn) ownCheckpoints() error {
	pages, err := c.Int(`PRAGMA wal_autocheckpoint = 0`)
	if err != nil {
		return openError(err)
	}
	if pages != 0 {
		return fmt.Errorf("%w: wal_autocheckpoint reads back as %d instead of 0", ErrDamaged, pages)
	}
	return nil
}

var settings = []string{"foreign_keys", "synchronous", "busy_timeout",
	"cache_size", "trusted_schema", "query_only", "journal_mode", "secure_delete"}

const readBack = `
	SELECT foreign_keys, synchronous, timeout, cache_size, trusted_schema,
	       query_only, journal_mode, secure_delete
	FROM pragma_foreign_keys, pragma_synchronous, pragma_busy_timeout,
	     pragma_cache_size, pragma_trusted_schema, pragma_query_only, pragma_journal_mode,
	     pragma_secure_delete`

// Run executes one or more statements and forgets their rows.
func (c *Conn) Run(sql string, args ...driver.Value) error {
	_, err := c.Exec(sql, args)
	return err
}

// Row returns the first row of a query, or io.EOF if there is none.
func (c *Conn) Row(sql string, args ...driver.Value) ([]driver.Value, error) {
	rows, err := c.Query(sql, args)
	if err != nil {
		return nil, err
	}
	values := make([]driver.Value, len(rows.Columns()))
	err = rows.Next(values)
	return values, errors.Join(err, rows.Close())
}

// Int returns the integer in the first column of the first row.
func (c *Conn) Int(sql string, args ...driver.Value) (int64, error) {
	row, err := c.Row(sql, args...)
	if err != nil {
		return 0, err
	}
	n, ok := row[0].(int64)
	if !ok {
		return 0, fmt.Errorf("%s: %T instead of an integer", sql, row[0])
	}
	return n, nil
}

// Each calls fn with every row of a query. The slice is reused between calls.
func (c *Conn) Each(sql string, fn func([]driver.Value) error, args ...driver.Value) (err error) {
	rows, err := c.Query(sql, args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := fn(values); err != nil {
			return err
		}
	}
}

// openError gives SQLite's verdict on an unreadable file its name here.
func openError(err error) error {
	var e sqlite3.Error
	switch {
	case !errors.As(err, &e):
	case e.SystemErrno == syscall.ENOSPC, e.Code == sqlite3.ErrFull:
		return fmt.Errorf("%w: %w", ErrNoRoom, err)
	case e.Code == sqlite3.ErrNotADB, e.Code == sqlite3.ErrCorrupt:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case e.Code == sqlite3.ErrCantOpen && (e.SystemErrno == 0 || e.SystemErrno == syscall.ENOENT):
		return fmt.Errorf("%w: %w", ErrMissing, err)
	}
	return err
}
