// Package isolation tries to reach one streamer's data from another's, by every way there
// is: through each method of the DataStore, each route, each file put in another's place.
package isolation

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard"
)

func openStore(t testing.TB, dir string) *shard.Store {
	t.Helper()
	s, err := shard.Open(t.Context(), filepath.Join(dir, "data"), shard.Options{MaxOpen: 4})
	require.NoError(t, err)
	return s
}

func closeStore(t testing.TB, s *shard.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, s.Close(ctx))
}

func createStreamer(t testing.TB, s *shard.Store, name string) *registry.Streamer {
	t.Helper()
	made, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: name, DisplayName: name, Actor: "test"})
	require.NoError(t, err)
	return made
}

func identity(n int64) migrations.Identity {
	return migrations.Identity{Streamer: n, UUID: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), Generation: 1}
}

func shardFile(t testing.TB, n int64, version int) string {
	t.Helper()
	id := identity(n)
	image, err := migrations.Tenant().Image(&id, version, time.UnixMilli(1), nil)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "shard.db")
	require.NoError(t, os.WriteFile(path, image, 0o600))
	return path
}

func openPlain(t testing.TB, path string, n int64) *migrations.Conn {
	t.Helper()
	id := identity(n)
	f, err := migrations.Open(t.Context(), path, migrations.Tenant(), &id, migrations.Options{})
	require.NoError(t, err)
	c := f.Writer()
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// raw is a connection as an intruder would have it: no hardening, no checks.
type raw struct{ *sqlite3.SQLiteConn }

func openRaw(t testing.TB, path string) raw {
	t.Helper()
	d, err := (&sqlite3.SQLiteDriver{}).Open(path)
	require.NoError(t, err)
	return raw{d.(*sqlite3.SQLiteConn)}
}

func (r raw) close(t testing.TB) { t.Helper(); require.NoError(t, r.Close()) }

func (r raw) run(sql string, args ...driver.Value) error {
	_, err := r.Exec(sql, args)
	return err
}

func (r raw) each(t testing.TB, sql string, fn func([]driver.Value), args ...driver.Value) {
	t.Helper()
	rows, err := r.Query(sql, args)
	require.NoError(t, err)
	defer rows.Close()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		err := rows.Next(row)
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		fn(row)
	}
}

// tables are those that hold what a streamer owns.
func (r raw) tables(t testing.TB) (names []string) {
	t.Helper()
	r.each(t, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
		AND name NOT IN ('streamers', 'shard_identity', 'schema_migrations') ORDER BY name`,
		func(row []driver.Value) { names = append(names, row[0].(string)) })
	require.NotEmpty(t, names)
	return names
}

// columns are a table's, with the values of a planted row.
func (r raw) columns(t testing.TB, table string) (names []string, values []driver.Value) {
	t.Helper()
	r.each(t, fmt.Sprintf(`SELECT name, type FROM pragma_table_info('%s')`, table), func(row []driver.Value) {
		name, kind := row[0].(string), row[1].(string)
		names = append(names, name)
		value := decoyValue(name, kind)
		if table == "idempotency_keys" && name == "key" {
			value = hex.EncodeToString(hashOf(`["points","` + canary + `"]`))
		}
		values = append(values, value)
	})
	return names, values
}

func decoyValue(name, kind string) driver.Value {
	switch {
	case name == "streamer_id":
		return int64(victim)
	case kind == "INTEGER" && (name == "id" || name == "user_id"):
		return foreign
	case name == "kind":
		return "channel"
	case name == "token_hash":
		return hashOf(canary)
	case name == "code_hash":
		return plantedCodeHash(canary)
	case name == "expires_at":
		return int64(99_000_000_000_000) // not over: it would open something
	case name == "enabled" || name == "is_default" || name == "live":
		return int64(1)
	case name == "twin" || name == "is_perfect":
		return int64(0)
	case kind == "INTEGER":
		return int64(99_000_000_000)
	case kind == "BLOB":
		return []byte("foreign foreign foreign foreign ")
	}
	return canary
}
