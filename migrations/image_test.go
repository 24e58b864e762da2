package migrations

import (
	"context"
	"database/sql/driver"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func newFile(t testing.TB, id Identity, version, pageSize int) string {
	t.Helper()
	image, err := Tenant().image(&id, version, pageSize, time.UnixMilli(1), nil)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.db", id.Streamer))
	require.NoError(t, os.WriteFile(path, image, 0o600))
	return path
}
func someone(n int64) Identity {
	return Identity{Streamer: n, UUID: fmt.Sprintf("00000000-0000-0000-0000-%012d", n), Generation: 1}
}

func TestX(t *testing.T) {
	for v := 1; v <= 2; v++ {
		p := newFile(t, someone(3), v, 1024)
		id := someone(3)
		f, err := Open(context.Background(), p, Tenant(), &id, Options{})
		require.NoError(t, err)
		st, _ := os.Stat(p)
		t.Log(f.Version, st.Size())
		c := f.Writer()
		require.NoError(t, c.Run(`INSERT INTO users(streamer_id,username,username_key,created_at,updated_at) values (3,'a','a',1,1)`))
		t.Log(c.Row(`select * from users`))
		t.Log(c.Row(`select json_group_array(json_array(name, seq)) from sqlite_sequence`))
		t.Log(c.Row(`select * from schema_migrations`))
		require.NoError(t, c.Close())
	}
}
func BenchmarkPageSize(b *testing.B) {
	for _, size := range []int{1024, 2048, 4096, 8192} {
		b.Run(fmt.Sprintf("%d/create", size), func(b *testing.B) {
			dir := b.TempDir()
			id := someone(7)
			var n int
			for i := 0; b.Loop(); i++ {
				image, err := Tenant().image(&id, 0, size, time.UnixMilli(1), nil)
				require.NoError(b, err)
				f, _ := os.Create(filepath.Join(dir, fmt.Sprint(i)))
				f.Write(image)
				f.Sync()
				f.Close()
				n = len(image)
			}
			b.ReportMetric(float64(n), "bytes")
		})
		b.Run(fmt.Sprintf("%d/open", size), func(b *testing.B) {
			id := someone(7)
			p := newFile(b, id, 0, size)
			for b.Loop() {
				f, err := Open(context.Background(), p, Tenant(), &id, Options{})
				require.NoError(b, err)
				require.NoError(b, f.Writer().Close())
			}
		})
		id := someone(7)
		p := newFile(b, id, 0, size)
		f, err := Open(context.Background(), p, Tenant(), &id, Options{})
		require.NoError(b, err)
		c := f.Writer()
		require.NoError(b, c.Run(`BEGIN;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000)
		INSERT INTO users (streamer_id, username, username_key, created_at, updated_at) SELECT 7, 'viewer_'||i, 'viewer_'||i, 1, 1 FROM n;
		INSERT INTO user_points (streamer_id, user_id, channel_points, updated_at) SELECT 7, id, id % 100000, 1 FROM users;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 100000)
		INSERT INTO point_transactions (streamer_id, user_id, kind, amount, source, description, created_at) SELECT 7, (7<<32) + 1 + i % 20000, 'channel', 25, 'chat', 'Chat message', i FROM n;
		COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`))
		b.Run(fmt.Sprintf("%d/read", size), func(b *testing.B) {
			s, err := c.Prepare(`SELECT u.username, p.channel_points FROM users u JOIN user_points p ON p.streamer_id = u.streamer_id AND p.user_id = u.id WHERE u.streamer_id = 7 AND u.username_key = ?1`)
			require.NoError(b, err)
			dest := make([]driver.Value, 2)
			for i := 0; b.Loop(); i++ {
				rows, err := s.Query([]driver.Value{fmt.Sprint("viewer_", 1+i*7919%20000)})
				if err != nil || rows.Next(dest) != nil {
					b.Fatal(err)
				}
				rows.Close()
			}
		})
		b.Run(fmt.Sprintf("%d/page", size), func(b *testing.B) {
			s, err := c.Prepare(`SELECT id, amount, description FROM point_transactions WHERE streamer_id = 7 AND user_id = ?1 AND kind='channel' order by created_at desc, id limit 100`)
			require.NoError(b, err)
			dest := make([]driver.Value, 3)
			for i := 0; b.Loop(); i++ {
				rows, err := s.Query([]driver.Value{int64(7)<<32 + int64(1+i*7919%20000)})
				if err != nil {
					b.Fatal(err)
				}
				for rows.Next(dest) == nil {
				}
				rows.Close()
			}
		})
		b.Run(fmt.Sprintf("%d/scan", size), func(b *testing.B) {
			for b.Loop() {
				_, err := c.Int(`SELECT sum(amount+length(description)) FROM point_transactions`)
				require.NoError(b, err)
			}
		})
		b.Run(fmt.Sprintf("%d/write", size), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				u := int64(7)<<32 + int64(1+i*7919%20000)
				require.NoError(b, c.Run(`BEGIN IMMEDIATE`))
				require.NoError(b, c.Run(`UPDATE user_points SET channel_points = channel_points + 25 WHERE streamer_id = 7 AND user_id = ?1`, u))
				require.NoError(b, c.Run(`INSERT INTO point_transactions (streamer_id, user_id, kind, amount, source, description, created_at) VALUES (7, ?1, 'channel', 25, 'chat', 'Chat message', ?2)`, u, int64(200000+i)))
				require.NoError(b, c.Run(`UPDATE shard_identity SET commit_seq = commit_seq + 1`))
				require.NoError(b, c.Run(`COMMIT`))
				if i%1000 == 0 {
					require.NoError(b, c.Run(`PRAGMA wal_checkpoint(PASSIVE)`))
				}
			}
		})
		require.NoError(b, c.Close())
	}
}
