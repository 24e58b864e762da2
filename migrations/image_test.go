package migrations

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var day = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func someone(n int64) Identity {
	return Identity{Streamer: n, UUID: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), Generation: 1}
}

// write puts bytes at a path of its own, as a file made by nobody.
func write(t testing.TB, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shard.db")
	require.NoError(t, os.WriteFile(path, body, 0o600))
	return path
}

func tenantFile(t testing.TB, id Identity, version int) string {
	t.Helper()
	image, err := Tenant().Image(&id, version, day, nil)
	require.NoError(t, err)
	return write(t, image)
}

// opened opens a file and closes its writer with the test.
func opened(t testing.TB, path string, id Identity, o Options) (*File, *Conn) {
	t.Helper()
	f, err := Open(context.Background(), path, Tenant(), &id, o)
	require.NoError(t, err)
	c := f.Writer()
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return f, c
}

func TestNewFileKnowsWhoseItIs(t *testing.T) {
	t.Parallel()
	for version := Tenant().Required; version <= Tenant().Newest(); version++ {
		f, c := opened(t, tenantFile(t, someone(3), version), someone(3), Options{})
		require.Equal(t, version, f.Version, "a served version is served as it is")
		require.Zero(t, f.CommitSeq)
		rows, err := c.Int(`SELECT count(*) FROM schema_migrations WHERE streamer_id = 3 AND applied_at = ?1`, day.UnixMilli())
		require.NoError(t, err)
		require.EqualValues(t, version, rows)
	}
}

func TestIdsStartAtTheStreamersBase(t *testing.T) {
	t.Parallel()
	const base = int64(1<<20) << 32
	require.Less(t, base+1<<32, int64(1)<<53, "ids survive JSON")
	_, c := opened(t, tenantFile(t, someone(1<<20), 0), someone(1<<20), Options{})
	require.NoError(t, c.Run(`INSERT INTO tips (streamer_id, content, created_at, updated_at) VALUES (?1, 'tip', 1, 1)`, int64(1<<20)))
	id, err := c.Int(`SELECT id FROM tips`)
	require.NoError(t, err)
	require.Equal(t, base+1, id)
	behind, err := c.Int(`SELECT count(*) FROM sqlite_sequence WHERE seq < ?1`, base)
	require.NoError(t, err)
	require.Zero(t, behind)
}

func TestForeignRowsCannotBeStored(t *testing.T) {
	t.Parallel()
	_, c := opened(t, tenantFile(t, someone(3), 0), someone(3), Options{})
	for name, sql := range map[string]string{
		"OtherOwner":    `INSERT INTO tips (streamer_id, content, created_at, updated_at) VALUES (4, 'x', 1, 1)`,
		"OtherOwnersId": `INSERT INTO tips (id, streamer_id, content, created_at, updated_at) VALUES (17179869185, 3, 'x', 1, 1)`,
		"SecondIdentity": `INSERT INTO shard_identity (streamer_id, shard_uuid, generation, created_at)
			VALUES (4, '00000000-0000-4000-8000-000000000004', 1, 1)`,
		"NoOwner": `INSERT INTO tips (content, created_at, updated_at) VALUES ('x', 1, 1)`,
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, c.Run(sql)) })
	}
}

func TestEveryTenantTableNamesItsOwner(t *testing.T) {
	t.Parallel()
	_, c := opened(t, tenantFile(t, someone(3), 0), someone(3), Options{})
	without, err := c.Row(`
		SELECT group_concat(t.name), count(*)
		FROM sqlite_schema t
		WHERE t.type = 'table'
		  AND t.name NOT LIKE 'sqlite_%'
		  AND t.name <> 'streamers'
		  AND NOT EXISTS (
		      SELECT 1
		      FROM pragma_table_info(t.name) c
		      JOIN pragma_foreign_key_list(t.name) f ON f."from" = c.name
		      WHERE c.name = 'streamer_id' AND f."table" = 'streamers' AND f.on_delete = 'CASCADE'
		        AND (c."notnull" = 1 OR c.pk = 1))`)
	require.NoError(t, err)
	require.Nil(t, without[0], "tables without streamer_id NOT NULL, ON DELETE CASCADE")
	loose, err := c.Int(`SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE '%STRICT%'`)
	require.NoError(t, err)
	require.Zero(t, loose, "tables that are not STRICT")
}

func TestAFilledImageHoldsItsRows(t *testing.T) {
	t.Parallel()
	id := someone(5)
	image, err := Tenant().Image(&id, 0, day, func(c *Conn) error {
		return c.Run(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
			INSERT INTO tips (streamer_id, content, created_at, updated_at) SELECT 5, 'tip ' || i, 1, 1 FROM n`)
	})
	require.NoError(t, err)
	_, c := opened(t, write(t, image), id, Options{})
	n, err := c.Int(`SELECT count(*) FROM tips`)
	require.NoError(t, err)
	require.EqualValues(t, 300, n)
	verdict, err := c.Row(`PRAGMA integrity_check`)
	require.NoError(t, err)
	require.Equal(t, "ok", verdict[0])
}
