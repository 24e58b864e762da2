package legacy

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/test/fixtures"
)

func opened(t testing.TB, from string) *Source {
	t.Helper()
	c, err := Take(t.Context(), from, t.TempDir())
	require.NoError(t, err)
	s, err := c.Open(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// A shard is built at the version of its fleet, and looks like any other of it.
func TestBuildAtEachServedVersion(t *testing.T) {
	t.Parallel()
	const schema = `SELECT group_concat(sql, char(10)),
		(SELECT group_concat(stat, char(10)) FROM (SELECT tbl || ' ' || idx || ' ' || stat AS stat FROM sqlite_stat1 ORDER BY tbl, idx))
		FROM (SELECT sql FROM sqlite_schema ORDER BY name)`
	from := newOld(t, fixtures.OldSchema).user(1, "Ann", int64(5)).closed()
	for version := migrations.Tenant().Required; version <= migrations.Tenant().Newest(); version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			target := Target{Path: filepath.Join(t.TempDir(), "new.db"), Identity: seventh, Version: version, Now: time.UnixMilli(1)}
			_, err := opened(t, from).Build(t.Context(), target, nil)
			require.NoError(t, err)
			f, err := migrations.Open(t.Context(), target.Path, migrations.Tenant(), &seventh, migrations.Options{})
			require.NoError(t, err)
			require.Equal(t, version, f.Version)
			built := f.Writer()
			defer built.Close()
			got, err := built.Row(schema)
			require.NoError(t, err)
			_, err = migrations.Tenant().Image(&seventh, version, time.UnixMilli(1), func(c *migrations.Conn) error {
				want, err := c.Row(schema)
				require.Equal(t, want, got)
				return err
			})
			require.NoError(t, err)
		})
	}
}

// The next viewer and the next ledger row get ids above those that came over.
func TestNewIdsGoOnAboveTheOldOnes(t *testing.T) {
	t.Parallel()
	r := imported(t, newOld(t, fixtures.OldSchema).user(41, "Ann", int64(5)).closed())
	require.NoError(t, r.Conn.Run(`INSERT INTO users (streamer_id, username, username_key, created_at, updated_at) VALUES (7, 'b', 'b', 1, 1)`))
	require.Equal(t, base+42, r.count(t, `SELECT max(id) FROM users`))
}

func TestManyRowsGoInSteps(t *testing.T) {
	t.Parallel()
	o := newOld(t, fixtures.OldSchema).run(`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
		INSERT INTO users SELECT i, 'viewer' || i, NULL, NULL, NULL, '2025-01-01 00:00:00', '2025-01-01 00:00:00' FROM n;
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
		INSERT INTO point_transactions SELECT i, 1 + i % 2000, i % 90, 'chat', 'Chat message', '2025-01-01 00:00:00' FROM n`)
	var last Progress
	calls := 0
	_, err := opened(t, o.closed()).Build(t.Context(), Target{Path: filepath.Join(t.TempDir(), "new.db"), Identity: seventh},
		func(p Progress) { last, calls = p, calls+1 })
	require.NoError(t, err)
	require.Equal(t, Progress{Done: 122000, Total: 122000}, last)
	require.Greater(t, calls, 5)
}

func TestBuildEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := newOld(t, fixtures.OldSchema).run(`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO users SELECT i, 'viewer' || i, NULL, NULL, NULL, '2025-01-01 00:00:00', '2025-01-01 00:00:00' FROM n`)
	_, err := opened(t, o.closed()).Build(ctx, Target{Path: filepath.Join(t.TempDir(), "new.db"), Identity: seventh},
		func(Progress) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ErrRefused)
}

func TestBuildNeverWritesOverAFile(t *testing.T) {
	t.Parallel()
	path := newOld(t, fixtures.OldSchema).closed()
	before := listing(t, path)
	_, err := opened(t, path).Build(t.Context(), Target{Path: path, Identity: seventh}, nil)
	require.Error(t, err)
	require.Equal(t, before, listing(t, path))
}

// A loader that loses or changes a row is found out, whichever row it is.
func TestVerifyFindsWhatWentWrong(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]string{
		"LostLedgerRow":    `DELETE FROM point_transactions WHERE amount = 3`,
		"LostViewer":       `DELETE FROM users WHERE username = 'Ann'`,
		"ChangedBalance":   `UPDATE user_points SET channel_points = channel_points + 1 WHERE channel_points = 5`,
		"MovedBetween":     `UPDATE user_points SET channel_points = 12 - channel_points WHERE channel_points IN (5, 7)`,
		"ChangedDrops":     `UPDATE user_points SET total_drops = 1`,
		"ChangedAmount":    `UPDATE point_transactions SET amount = 4 WHERE amount = 3`,
		"LedgerOfAnother":  `UPDATE point_transactions SET user_id = user_id + 1 WHERE amount = 3`,
		"PointsOfNobody":   `UPDATE user_points SET user_id = user_id + 50 WHERE channel_points = 7`,
		"SurplusOpening":   `INSERT INTO point_transactions (streamer_id, user_id, kind, amount, source, created_at) SELECT 7, id, 'drop', 0, 'import', 1 FROM users`,
		"ParkedRowMissing": `DELETE FROM legacy_rejects`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOld(t, fixtures.OldSchema).user(1, "Ann", int64(5)).user(2, "Bob", int64(7)).user(3, "Cid", nil).
				run(`INSERT INTO point_transactions VALUES (1, 1, 3, 'chat', NULL, '2025-01-01 00:00:00')`)
			s := opened(t, o.closed())
			target := Target{Path: filepath.Join(t.TempDir(), "new.db"), Identity: seventh}
			b, err := newBuild(t.Context(), s, target, func(Progress) {})
			require.NoError(t, err)
			to := b.to
			require.NoError(t, b.run(t.Context()))
			require.NoError(t, b.verify(t.Context()))
			require.NoError(t, to.Run(harm))
			b.report.Sums = Sums{}
			require.ErrorIs(t, b.verify(t.Context()), ErrMismatch)
			require.NoError(t, b.release())
			require.NoError(t, to.Close())
		})
	}
}

func TestTheSameSourceGivesTheSameRows(t *testing.T) {
	t.Parallel()
	from := fixtures.Copy(t, "legacy/g3-71b66b2-nasty.db")
	require.Equal(t, imported(t, from).digest(t), imported(t, from).digest(t))
}

func TestFilesAreReadAgainAsTheyWere(t *testing.T) {
	t.Parallel()
	from := settledThenMore(t)
	c, err := Take(t.Context(), from, t.TempDir())
	require.NoError(t, err)
	read := map[string]int64{}
	require.NoError(t, c.Files(t.Context(), collect(read)))
	require.Len(t, read, 2)
	require.Equal(t, c.Bytes, read["old.db"]+read["old.db-wal"])
	edit(t, from+"-wal", flip(-9))
	require.ErrorIs(t, c.Files(t.Context(), collect(read)), ErrRefused)
}

func TestNotesAreShort(t *testing.T) {
	t.Parallel()
	n := notes{}
	n.add("x", 2, string(make([]byte, 4000)))
	n.add("x", 1, "second")
	n.add("never", 0, "")
	require.Len(t, n.sorted(), 1)
	require.EqualValues(t, 3, n.sorted()[0].Count)
	require.Less(t, len(n.sorted()[0].Example), 200)
}

func collect(sizes map[string]int64) func(string, int64, io.Reader) error {
	return func(name string, size int64, body io.Reader) (err error) {
		sizes[name], err = io.Copy(io.Discard, body)
		return err
	}
}
