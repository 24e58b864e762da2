package legacy

import (
	"crypto/sha256"
	"database/sql/driver"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/migrations"
)

const base = int64(7) << 32

// importTime is when the tests import.
var importTime = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

// pretend seals nothing, but hides the secret as sealing would.
func pretend(provider, column string, secret []byte) ([]byte, error) {
	return fmt.Appendf(nil, "%s %s %x", provider, column, secret), nil
}

var seventh = migrations.Identity{Streamer: 7, UUID: "00000000-0000-4000-8000-000000000007", Generation: 1}

// oldDB is an old database being made by a test.
type oldDB struct {
	t    testing.TB
	path string
	c    *sqlite3.SQLiteConn
}

// newOld makes one in WAL mode with the given schema.
func newOld(t testing.TB, schema string) *oldDB {
	t.Helper()
	o := &oldDB{t: t, path: filepath.Join(t.TempDir(), "kick-overlay.db")}
	d, err := (&sqlite3.SQLiteDriver{}).Open(o.path)
	require.NoError(t, err)
	o.c = d.(*sqlite3.SQLiteConn)
	o.run(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA ignore_check_constraints = ON;` + schema)
	return o
}

func (o *oldDB) run(sql string, args ...driver.Value) *oldDB {
	o.t.Helper()
	_, err := o.c.Exec(sql, args)
	require.NoError(o.t, err)
	return o
}

// user adds a viewer with a points row.
func (o *oldDB) user(id int64, name, channel driver.Value) *oldDB {
	o.t.Helper()
	return o.run(`INSERT INTO users VALUES (?1, ?2, NULL, NULL, NULL, '2025-01-01 00:00:00', '2025-01-02 00:00:00')`, id, name).
		run(`INSERT INTO user_points (user_id, channel_points, last_updated) VALUES (?1, ?2, '2025-01-03 00:00:00')`, id, channel)
}

// closed finishes the database and returns its path.
func (o *oldDB) closed() string {
	o.t.Helper()
	require.NoError(o.t, o.c.Close())
	return o.path
}

// killed returns a copy of file and log as a killed app leaves them.
func (o *oldDB) killed() string {
	o.t.Helper()
	to := filepath.Join(o.t.TempDir(), "kick-overlay.db")
	for _, suffix := range []string{"", "-wal"} {
		body, err := os.ReadFile(o.path + suffix)
		require.NoError(o.t, err)
		require.NoError(o.t, os.WriteFile(to+suffix, body, 0o600))
	}
	require.NoError(o.t, o.c.Close())
	return to
}

// result is an imported file.
type result struct {
	*migrations.Conn
	Report
	path string
}

func tryImport(t testing.TB, from string) (*result, error) {
	t.Helper()
	dir := t.TempDir()
	c, err := Take(t.Context(), from, dir)
	if err != nil {
		return nil, err
	}
	s, err := c.Open(t.Context())
	if err != nil {
		return nil, err
	}
	return tryBuild(t, s)
}

// tryBuild makes a file of a source and closes the source.
func tryBuild(t testing.TB, s *Source) (*result, error) {
	t.Helper()
	target := Target{Path: filepath.Join(t.TempDir(), "new.db"), Identity: seventh, Now: importTime, Seal: pretend}
	report, err := s.Build(t.Context(), target, nil)
	require.NoError(t, s.Close())
	if err != nil {
		return nil, err
	}
	require.NoFileExists(t, target.Path+"-wal", "the new file is whole by itself")
	f, err := migrations.Open(t.Context(), target.Path, migrations.Tenant(), &seventh, migrations.Options{})
	require.NoError(t, err)
	r := &result{Conn: f.Writer(), Report: report, path: target.Path}
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r, nil
}

func builtFrom(t testing.TB, s *Source) *result {
	t.Helper()
	r, err := tryBuild(t, s)
	require.NoError(t, err)
	return r
}

func connOf(c driver.Conn) *migrations.Conn {
	return &migrations.Conn{SQLiteConn: c.(*sqlite3.SQLiteConn)}
}

func imported(t testing.TB, from string) *result {
	t.Helper()
	r, err := tryImport(t, from)
	require.NoError(t, err)
	return r
}

// rows returns a query's rows as text, for comparing.
func (r *result) rows(t testing.TB, sql string) (all []string) {
	t.Helper()
	require.NoError(t, r.Each(sql, func(row []driver.Value) error {
		all = append(all, fmt.Sprint(row))
		return nil
	}))
	return all
}

func (r *result) note(code string) Note {
	for _, n := range r.Notes {
		if n.Code == code {
			return n
		}
	}
	return Note{}
}

// parked adds up the integers of a column among the rows that were set aside.
func (r *result) parked(t testing.TB, table, column string) int64 {
	t.Helper()
	n, err := r.Int(`SELECT coalesce(sum(json_extract(source_row, '$.`+column+`.value')), 0) FROM legacy_rejects
		WHERE source_table = ?1 AND json_extract(source_row, '$.`+column+`.type') = 'integer'`, table)
	require.NoError(t, err)
	return n
}

// digest of all rows that come from the source, so not of those that say when they came.
func (r *result) digest(t testing.TB) string {
	t.Helper()
	h := sha256.New()
	for _, table := range []string{"users", "user_points", "point_transactions", "legacy_rejects", "powerup_config", "powerup_inventory",
		"powerup_purchases", "drop_history", "overlay_settings", "overlay_layouts", "theme", "tips", "goals", "user_sessions", "command_cooldowns"} {
		for _, row := range r.rows(t, `SELECT * FROM `+table+` ORDER BY 1, 2`) {
			fmt.Fprintln(h, row)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// listing is everything about a source's directory that an import must leave alone.
func listing(t testing.TB, from string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(from))
	require.NoError(t, err)
	all := map[string]string{}
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		body, err := os.ReadFile(filepath.Join(filepath.Dir(from), e.Name()))
		require.NoError(t, err)
		all[e.Name()] = fmt.Sprintf("%x %s %s", sha256.Sum256(body), info.Mode(), info.ModTime())
	}
	return all
}
