package legacy

import (
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"streamvault/test/fixtures"
)

// What SQLite carries by itself and what is carried row by row is the same, whatever is in
// the source.
func TestInBulkOrOneByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		tb := &oneCase{TB: t}
		defer tb.end()
		o := newOld(tb, fixtures.OldSchema+`PRAGMA foreign_keys = OFF`)
		for id := range int64(rapid.IntRange(1, 5).Draw(rt, "users")) {
			o.user(id+1, fmt.Sprint("viewer", id), id)
		}
		for range rapid.IntRange(0, 15).Draw(rt, "rows") {
			// One value of a row is odd, or none: an odd row is not carried in bulk anyway.
			values := []driver.Value{rapid.Int64Range(1, 30).Draw(rt, "id"), int64(1), int64(7), "chat", "a text", "2025-01-01 00:00:00", int64(1)}
			switch odd := rapid.IntRange(0, len(values)).Draw(rt, "odd"); odd {
			case 0:
				values[odd] = anyID.Draw(rt, "id")
			case 1:
				values[odd] = rapid.Int64Range(0, 7).Draw(rt, "user")
			case 2:
				values[odd] = anyNumber.Draw(rt, "n")
			case 3:
				values[odd] = anyWord.Draw(rt, "word")
			case 4:
				values[odd] = rapid.OneOf(rapid.Map(anyName, func(s string) driver.Value { return s }), anyNumber).Draw(rt, "text")
			case 5:
				values[odd] = anyTime.Draw(rt, "time")
			case 6:
				values[odd] = rapid.SampledFrom([]driver.Value{nil, int64(0), int64(2), 1.0, "1", "no"}).Draw(rt, "truth")
			}
			o.run(`INSERT OR IGNORE INTO point_transactions VALUES (?1, ?2, ?3, ?4, ?5, ?6)`, values[:6]...)
			o.run(`INSERT OR IGNORE INTO drop_history VALUES (?1, ?2, ?3, ?6, ?4, ?5)`, values[0], values[1], values[2], values[4], values[5], values[6])
			o.run(`INSERT OR IGNORE INTO powerup_purchases VALUES (?1, ?2, ?3, ?4, ?5)`, values[0], values[1], values[4], values[2], values[5])
		}
		from := o.closed()
		bulk, each := builtBy(tb, from, false), builtBy(tb, from, true)
		bulk.DurationMs, each.DurationMs = 0, 0
		require.Equal(rt, each.digest(tb), bulk.digest(tb))
		require.Equal(rt, each.Report, bulk.Report)
	})
}

// anyWord is a source of the ledger, most often one that there was.
var anyWord = rapid.SampledFrom([]driver.Value{"chat", "chat", "tip", "duel", "Chat", "import", "chat\x00", []byte("chat"), int64(1)})

func builtBy(t testing.TB, from string, oneByOne bool) *result {
	t.Helper()
	c, err := Take(t.Context(), from, t.TempDir())
	require.NoError(t, err)
	s, err := c.Open(t.Context())
	require.NoError(t, err)
	s.oneByOne = oneByOne
	return builtFrom(t, s)
}

// A source as large as real ones takes more than one step, and the odd rows in it are found.
func TestLargeTablesInSteps(t *testing.T) {
	t.Parallel()
	from := newOld(t, fixtures.OldSchema).user(1, "Ann", int64(5)).run(`
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250000)
		INSERT INTO point_transactions SELECT i * 3, 1, i % 50, 'chat', iif(i % 100000 = 0, x'ff', 'Ü'), '2025-01-01 00:00:00' FROM n;
		UPDATE point_transactions SET user_id = 9 WHERE id = 300;
		UPDATE point_transactions SET id = 6000000000 WHERE id = 600`).closed()
	r := builtBy(t, from, false)
	require.Equal(t, Count{Source: 250000, Carried: 249996, Repaired: 3, Rejected: 1}, r.Tables[ledgerTable])
	require.EqualValues(t, 1, r.note("new-id").Count)
	require.EqualValues(t, 2, r.note("not-text").Count)
}

// The two functions in SQL say yes to nothing that the code in Go would repair.
func TestOrdinaryIsWhatGoCallsOrdinary(t *testing.T) {
	t.Parallel()
	require.NoError(t, ordinary())
	d, err := (&sqlite3.SQLiteDriver{}).Open(filepath.Join(t.TempDir(), "x.db"))
	require.NoError(t, err)
	c := old{Conn: connOf(d)}
	defer func() { require.NoError(t, c.Close()) }()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), anyName, rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 8), func(b []byte) string { return string(b) }),
			rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]byte{0x41, 0x80, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0x9F, 0xA0, 0xED, 0xEF, 0xF0, 0x90, 0xF4, 0x8F, 0xF5}), 0, 6), func(b []byte) string { return string(b) })).Draw(rt, "text")
		row, err := c.Row(`SELECT old_text(CAST(?1 AS TEXT))`, []byte(text))
		require.NoError(rt, err)
		require.Equal(rt, wellFormed(text), row[0] == int64(1), "%q", text)
	})
	rapid.Check(t, func(rt *rapid.T) {
		text := someTime(rt)
		ms, ok := parseTime(text)
		row, err := c.Row(`SELECT old_time(CAST(?1 AS TEXT))`, []byte(text))
		require.NoError(rt, err)
		if !ok {
			require.Nil(rt, row[0], "%q", text)
			return
		}
		require.Equal(rt, ms, row[0], "%q", text)
	})
}

// someTime is a time in one of the forms of the old app, often with something changed.
func someTime(rt *rapid.T) string {
	at := time.Unix(rapid.Int64Range(-62200000000, 253500000000).Draw(rt, "seconds"), 0).UTC()
	text := []byte(at.Format(rapid.SampledFrom([]string{plainTime, isoTime, "2006-01-02T15:04:05Z"}).Draw(rt, "form")))
	for range rapid.IntRange(0, 2).Draw(rt, "changes") {
		i := rapid.IntRange(0, len(text)-1).Draw(rt, "at")
		text[i] = rapid.SampledFrom([]byte("0123456789 -:TZ.,x\xff")).Draw(rt, "byte")
	}
	return string(text)
}
