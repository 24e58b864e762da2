package migrations

import (
	"context"
	"database/sql/driver"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkPageSize is what the page size was chosen by: making, opening, reading and
// writing a shard of 20,000 viewers. Compare the sizes within one run.
func BenchmarkPageSize(b *testing.B) {
	for _, size := range []int{1024, 2048, 4096, 8192} {
		id := someone(7)
		b.Run(fmt.Sprintf("Create/%d", size), func(b *testing.B) { benchCreate(b, id, size) })
		path := sized(b, id, size)
		b.Run(fmt.Sprintf("Open/%d", size), func(b *testing.B) {
			for b.Loop() {
				f, err := Open(context.Background(), path, Tenant(), &id, Options{})
				require.NoError(b, err)
				require.NoError(b, f.Writer().Close())
			}
		})
		_, c := opened(b, path, id, Options{})
		require.NoError(b, c.Run(crowd))
		b.Run(fmt.Sprintf("Read/%d", size), func(b *testing.B) { benchRead(b, c) })
		b.Run(fmt.Sprintf("Write/%d", size), func(b *testing.B) { benchWrite(b, c) })
		b.Run(fmt.Sprintf("Scan/%d", size), func(b *testing.B) {
			for b.Loop() {
				_, err := c.Int(`SELECT sum(amount + length(description)) FROM point_transactions`)
				require.NoError(b, err)
			}
		})
	}
}

const crowd = `BEGIN;
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
	INSERT INTO users (streamer_id, username, username_key, created_at, updated_at)
	SELECT 7, 'viewer_' || i, 'viewer_' || i, 1, 1 FROM n;
	INSERT INTO user_points (streamer_id, user_id, channel_points, updated_at) SELECT 7, id, id % 100000, 1 FROM users;
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
	INSERT INTO point_transactions (streamer_id, user_id, kind, amount, source, description, created_at)
	SELECT 7, (7 << 32) + 1 + i % 20000, 'channel', 25, 'chat', 'Chat message', i FROM n;
	COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`

func sized(b *testing.B, id Identity, size int) string {
	image, err := Tenant().image(&id, 0, size, day, nil)
	require.NoError(b, err)
	return write(b, image)
}

func benchCreate(b *testing.B, id Identity, size int) {
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		image, err := Tenant().image(&id, 0, size, day, nil)
		require.NoError(b, err)
		f, err := os.Create(filepath.Join(dir, fmt.Sprint(i)))
		require.NoError(b, err)
		_, err = f.Write(image)
		require.NoError(b, err)
		require.NoError(b, f.Sync())
		require.NoError(b, f.Close())
		b.ReportMetric(float64(len(image)), "bytes/file")
	}
}

func viewer(i int) int64 { return 7<<32 + 1 + int64(i*7919%20000) }

func benchRead(b *testing.B, c *Conn) {
	s, err := c.Prepare(`SELECT u.username, p.channel_points FROM users u
		JOIN user_points p ON p.streamer_id = u.streamer_id AND p.user_id = u.id
		WHERE u.streamer_id = 7 AND u.id = ?1`)
	require.NoError(b, err)
	defer s.Close()
	row := make([]driver.Value, 2)
	for i := 0; b.Loop(); i++ {
		rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), []driver.NamedValue{{Ordinal: 1, Value: viewer(i)}})
		require.NoError(b, err)
		require.NoError(b, rows.Next(row))
		require.NoError(b, rows.Close())
	}
}

func benchWrite(b *testing.B, c *Conn) {
	for i := 0; b.Loop(); i++ {
		require.NoError(b, c.Run(`BEGIN IMMEDIATE`))
		require.NoError(b, c.Run(`UPDATE user_points SET channel_points = channel_points + 25
			WHERE streamer_id = 7 AND user_id = ?1`, viewer(i)))
		require.NoError(b, c.Run(`INSERT INTO point_transactions
			(streamer_id, user_id, kind, amount, source, description, created_at)
			VALUES (7, ?1, 'channel', 25, 'chat', 'Chat message', ?2)`, viewer(i), int64(200000+i)))
		require.NoError(b, c.Run(`COMMIT`))
		if i%1000 == 0 {
			require.NoError(b, c.Run(`PRAGMA wal_checkpoint(PASSIVE)`))
		}
	}
}
