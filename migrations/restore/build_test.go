package restore

import (
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
)

func runAny(c *migrations.Conn, sql string, args []any) error {
	values := make([]driver.Value, len(args))
	for i, a := range args {
		values[i] = a
	}
	return c.Run(sql, values...)
}

// rebuilt checks a file and builds another of it.
func rebuilt(t testing.TB, from string, to migrations.Identity, version int, drop ...string) (string, Facts, Built) {
	t.Helper()
	copied := private(t, from)
	facts, err := Check(t.Context(), copied, Expected{})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "new.db")
	built, err := Build(t.Context(), Work{From: copied, Path: path, Drop: drop, Identity: to, Channel: "bob",
		Version: version, Now: day}, facts)
	require.NoError(t, err)
	return path, facts, built
}

func TestAFileIsBuiltOfAnother(t *testing.T) {
	t.Parallel()
	newest := migrations.Tenant().Newest()
	for name, c := range map[string]struct {
		to            migrations.Identity
		from, version int
		viewers       int
		drop          []string
	}{
		"NextGeneration": {to: migrations.Identity{Streamer: 3, UUID: someone(3).UUID, Generation: 3}, from: newest, version: newest, viewers: 5, drop: SignedIn},
		"Somebody Else":  {to: someone(700_000), from: newest, version: newest, viewers: 5, drop: Personal},
		"LowerBase":      {to: someone(1), from: newest, version: newest, viewers: 5, drop: Personal},
		"Older":          {to: someone(3), from: 1, version: newest, viewers: 5, drop: SignedIn},
		"StaysNewer":     {to: someone(3), from: newest, version: 1, viewers: 5, drop: SignedIn},
		"Empty":          {to: someone(3), from: newest, version: newest, viewers: 1},
		"Large":          {to: someone(9), from: newest, version: newest, viewers: 15_000, drop: Personal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, facts, built := rebuilt(t, tenantFile(t, someone(3), c.from, c.viewers), c.to, c.version, c.drop...)
			require.Equal(t, facts.Content.Digest(c.drop...), built.Content.Digest())
			require.Equal(t, max(c.from, c.version), built.Version)
			require.NoFileExists(t, path+"-wal")
			f, err := migrations.Open(t.Context(), path, migrations.Tenant(), &c.to, migrations.Options{Refuse: true})
			require.NoError(t, err)
			require.Equal(t, int64(8), f.CommitSeq)
			w := f.Writer()
			defer w.Close()
			require.NoError(t, migrations.Tenant().CheckSchema(w, built.Version))
			for _, table := range c.drop {
				n, err := w.Int(`SELECT count(*) FROM ` + table)
				require.NoError(t, err)
				require.Zero(t, n, table)
			}
			next, err := w.Int(`SELECT min(seq) FROM sqlite_sequence`)
			require.NoError(t, err)
			require.Equal(t, c.to.Streamer, next>>32)
			image, err := w.Row(`SELECT drop_image FROM users`)
			require.NoError(t, err)
			channel := map[bool]string{true: "alice", false: "bob"}[c.to.Streamer == 3]
			require.Equal(t, fmt.Sprintf("/%s/api/uploads/%d", channel, c.to.Streamer<<32+1), image[0])
			stats, err := w.Int(`SELECT count(*) FROM sqlite_stat1`)
			require.NoError(t, err)
			require.Equal(t, statistics(t, c.version, c.from), stats, "the planner knows every index")
		})
	}
}

func statistics(t testing.TB, versions ...int) int64 {
	t.Helper()
	who := someone(1)
	path := tenantFile(t, who, max(versions[0], versions[1]), 1)
	var n int64
	change(t, path, who, func(c *migrations.Conn) {
		var err error
		n, err = c.Int(`SELECT count(*) FROM sqlite_stat1`)
		require.NoError(t, err)
	})
	return n
}

// A digest sees every value of every table.
func TestADigestSeesEveryChange(t *testing.T) {
	t.Parallel()
	who := someone(3)
	path := tenantFile(t, who, 0, 3)
	before, err := Check(t.Context(), private(t, path), Expected{Streamer: 3, UUID: who.UUID})
	require.NoError(t, err)
	for name, sql := range map[string]string{
		"users": `UPDATE users SET country = 'DE' WHERE id = (SELECT min(id) FROM users)`,
		"tips":  `UPDATE tips SET content = content || ' '`, "goals": `UPDATE goals SET label = CAST(label AS TEXT) || 'x'`,
		"theme": `UPDATE theme SET config = '{ }'`, "uploads": `UPDATE uploads SET body = x'02'`,
		"user_sessions": `DELETE FROM user_sessions`, "overlay_settings": `INSERT INTO overlay_settings SELECT id, 'x', 'y', NULL, 1 FROM streamers`,
		"drop_history": `UPDATE drop_history SET powerup_used = ''`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := private(t, path)
			change(t, changed, who, func(c *migrations.Conn) { require.NoError(t, c.Run(sql)) })
			after, err := Check(t.Context(), changed, Expected{})
			require.NoError(t, err)
			require.Equal(t, []string{name}, before.Content.Differences(after.Content))
			require.NotEqual(t, before.Content.Digest(), after.Content.Digest())
			require.Equal(t, before.Content.Digest(name), after.Content.Digest(name))
		})
	}
}
