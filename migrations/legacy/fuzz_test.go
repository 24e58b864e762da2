package legacy

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
)

// FuzzTimes and FuzzTexts hold the two functions in SQL against those in Go.
func FuzzTimes(f *testing.F) {
	for _, seed := range []string{"2025-01-01 00:00:00", "2024-02-29T23:59:59.999Z", "2025-02-29 00:00:00", "0001-01-01T00:00:00Z", "9999-12-31 24:00:00", "2025-01-01  0:00:00"} {
		f.Add(seed)
	}
	c := memory(f)
	f.Fuzz(func(t *testing.T, text string) {
		ms, ok := parseTime(text)
		row, err := c.Row(`SELECT old_time(CAST(?1 AS TEXT))`, []byte(text))
		require.NoError(t, err)
		require.Equal(t, ok, row[0] == ms)
		require.Equal(t, !ok, row[0] == nil)
	})
}

func FuzzTexts(f *testing.F) {
	for _, seed := range []string{"", "Ünal", "a\x00b", "\xff", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80", "👨‍👩‍👧", "\xe2\x82"} {
		f.Add(seed)
	}
	c := memory(f)
	f.Fuzz(func(t *testing.T, text string) {
		row, err := c.Row(`SELECT old_text(CAST(?1 AS TEXT))`, []byte(text))
		require.NoError(t, err)
		require.Equal(t, wellFormed(text), row[0] == int64(1))
	})
}

func memory(tb testing.TB) old {
	require.NoError(tb, ordinary())
	d, err := (&sqlite3.SQLiteDriver{}).Open(":memory:")
	require.NoError(tb, err)
	c := old{Conn: connOf(d)}
	tb.Cleanup(func() { require.NoError(tb, c.Close()) })
	return c
}

// FuzzJSON: whatever stands in user_data.json is refused or accounted for.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"Ann": {"channelPoints": 1}}`, `{"": {"": 1}, "": null}`, `{"\ud800": {"channelPoints": -0.0}, "\ud801": {"powerups": {"x": 1e99}}}`,
		`{"a": {"channelPoints": 1, "channelPoints": 2}}`, `{"a\u0000b": {"dropPoints": "1"}}`, `[]`, `{"a": {}} x`, ``} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r, err := tryImport(t, fuzzed(t, body))
		if err != nil {
			require.ErrorIs(t, err, ErrRefused)
			return
		}
		c := r.Tables["users"]
		require.Equal(t, c.Source, c.Carried+c.Repaired+c.Rejected)
		require.Equal(t, c.Carried+c.Repaired, r.count(t, `SELECT count(*) FROM users`))
	})
}

// FuzzNames: two viewers of any names stay two, each found by his own.
func FuzzNames(f *testing.F) {
	for _, seed := range [][2]string{{"Ann", "ANN"}, {"Ünal", "ünal"}, {"a", "a\x00"}, {"a\xff", "a\ufffd"}, {"", " "}, {"J%C3%BCrgen", "Jürgen"}, {"x\x1f1", "X"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		o := newOld(t, loose)
		o.run(`INSERT INTO users VALUES (1, CAST(?1 AS TEXT), NULL, NULL, NULL, NULL, NULL), (2, CAST(?2 AS TEXT), NULL, NULL, NULL, NULL, NULL)`, []byte(one), []byte(other))
		r := imported(t, o.closed())
		names := r.rows(t, `SELECT username FROM users ORDER BY id`)
		require.Len(t, names, 2)
		require.NotEqual(t, names[0], names[1])
	})
}

func fuzzed(t testing.TB, users string) string {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, usersFile), []byte(users), 0o600))
	return dir
}
