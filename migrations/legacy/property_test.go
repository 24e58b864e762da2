package legacy

import (
	"database/sql/driver"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// anyNumber is what the old app put where an integer belongs.
var anyNumber = rapid.OneOf(
	rapid.Map(rapid.Int64Range(-20, 5000), func(n int64) driver.Value { return n }),
	rapid.Map(rapid.Int64(), func(n int64) driver.Value { return n }),
	rapid.Map(rapid.Float64(), func(f float64) driver.Value { return f }),
	rapid.Map(rapid.String(), func(s string) driver.Value { return s }),
	rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 4), func(b []byte) driver.Value { return b }),
	rapid.SampledFrom([]driver.Value{nil, math.Inf(1), math.Inf(-1), "12", "1e3", " 7.9", "-4", "NaN", int64(most), int64(most + 1)}),
)

var anyName = rapid.OneOf(
	rapid.StringMatching(`[aAbB]{1,2}`), rapid.String(), rapid.StringMatching(`[aA](\x00|\xff|\x1f1|~2|%41|ü)?`),
	rapid.SampledFrom([]string{"", "a\x00", "A\x00", "a\uFFFD", "a\xff", "J%C3%BCrgen", "Jürgen"}),
)

var anyTime = rapid.OneOf(
	rapid.Just[driver.Value]("2025-01-01 00:00:00"), rapid.Just[driver.Value]("2025-03-04T05:06:07.089Z"),
	rapid.SampledFrom([]driver.Value{nil, "", "soon", int64(5), "2025-02-30 00:00:00", 1.7e9, "2024-12-31"}),
)

var anyID = rapid.OneOf(rapid.Int64Range(1, 12), rapid.Int64Range(-2, 2), rapid.SampledFrom([]int64{maxOldID, maxOldID + 1, math.MinInt64}))

// randomOld fills a database that breaks every rule of its schema.
func randomOld(t *rapid.T, o *oldDB) {
	for range rapid.IntRange(0, 12).Draw(t, "users") {
		o.run(`INSERT INTO users VALUES (?1, ?2, ?3, NULL, NULL, ?4, ?5)`, anyID.Draw(t, "id"), anyName.Draw(t, "name"),
			anyNumber.Draw(t, "voice"), anyTime.Draw(t, "created"), anyTime.Draw(t, "updated"))
	}
	for range rapid.IntRange(0, 12).Draw(t, "points") {
		o.run(`INSERT INTO user_points (user_id, channel_points, drop_points, total_drops, last_updated) VALUES (?1, ?2, ?3, ?4, ?5)`,
			anyID.Draw(t, "user"), anyNumber.Draw(t, "channel"), anyNumber.Draw(t, "drop"), anyNumber.Draw(t, "drops"), anyTime.Draw(t, "updated"))
	}
	tables := []string{"point_transactions", "point_transactions_new"}
	for range rapid.IntRange(0, 20).Draw(t, "ledger") {
		o.run(`INSERT INTO `+rapid.SampledFrom(tables).Draw(t, "table")+` VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
			anyID.Draw(t, "id"), anyID.Draw(t, "user"), anyNumber.Draw(t, "amount"),
			rapid.SampledFrom([]driver.Value{"chat", "tip", "import", "bribe", nil}).Draw(t, "source"), anyName.Draw(t, "text"), anyTime.Draw(t, "created"))
	}
}

// oneCase is a testing.TB that cleans up when its case ends, not with the whole test.
type oneCase struct {
	testing.TB
	done []func()
}

func (c *oneCase) Cleanup(fn func()) { c.done = append(c.done, fn) }

func (c *oneCase) TempDir() string {
	d, err := os.MkdirTemp(c.TB.TempDir(), "")
	require.NoError(c, err)
	c.Cleanup(func() { _ = os.RemoveAll(d) })
	return d
}

func (c *oneCase) end() {
	for i := range c.done {
		c.done[len(c.done)-1-i]()
	}
}

// Whatever is in an old database, its rows are accounted for, its sums are kept, its viewers
// are found and its ledgers add up. Build itself fails when one of the first two is not so;
// the figures are worked out once more here, from the source, in another way.
func TestAnyOldDatabase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		tb := &oneCase{TB: t}
		defer tb.end()
		o := newOld(tb, loose+`CREATE TABLE point_transactions_new (id INTEGER, user_id INTEGER, amount INTEGER, source TEXT, description TEXT, created_at DATETIME);`)
		randomOld(rt, o)
		want := o.expectations()
		from := o.closed()
		before := listing(t, from)
		r := imported(tb, from)
		require.Equal(rt, before, listing(t, from))
		require.Equal(rt, want.users, r.count(t, `SELECT count(*) FROM users`))
		require.Equal(rt, want.users, r.count(t, `SELECT count(*) FROM user_points`))
		require.Equal(rt, want.orphans, r.Tables["user_points"].Rejected)
		require.Equal(rt, want.channel.String(), big.NewInt(r.count(t, `SELECT coalesce(sum(channel_points), 0) FROM user_points`)).String())
		require.Zero(rt, r.count(t, `SELECT count(*) FROM users WHERE username_key GLOB '*[A-Z]*'`))
		require.NoError(rt, r.Each(`SELECT username, id FROM users`, func(row []driver.Value) error {
			require.Equal(rt, row[1].(int64)-base, r.find(t, row[0].(string)))
			return nil
		}))
		require.Equal(rt, r.digest(t), imported(tb, from).digest(t), "the same source gives the same rows")
	})
}

func (r *result) count(t testing.TB, sql string) int64 {
	t.Helper()
	n, err := r.Int(sql)
	require.NoError(t, err)
	return n
}

type expectation struct {
	users, orphans int64
	channel        *big.Int
}

// expectations are worked out with decimals of any size, from what the source stores.
func (o *oldDB) expectations() expectation {
	e := expectation{channel: new(big.Int)}
	rows, err := o.c.Query(`SELECT user_id IN (SELECT id FROM users) AND p.rowid = (SELECT min(rowid) FROM user_points q WHERE q.user_id = p.user_id),
		+channel_points, (SELECT count(*) FROM users) FROM user_points p
		UNION ALL SELECT NULL, NULL, count(*) FROM users`, nil)
	require.NoError(o.t, err)
	for row := make([]driver.Value, 3); rows.Next(row) == nil; {
		e.users = row[2].(int64)
		switch row[0] {
		case int64(1):
			e.channel.Add(e.channel, nearest(row[1]))
		case int64(0):
			e.orphans++
		}
	}
	require.NoError(o.t, rows.Close())
	return e
}

func nearest(v driver.Value) *big.Int {
	var text string
	switch v := v.(type) {
	case int64:
		return clamp(big.NewInt(v))
	case float64:
		if math.IsInf(v, 0) {
			return new(big.Int)
		}
		n, _ := big.NewFloat(v).Int(nil)
		return clamp(n)
	case string:
		text = v
	case []byte:
		text = string(v)
	}
	rational, ok := new(big.Rat).SetString(strings.TrimSpace(text))
	if !ok || strings.ContainsAny(text, "/_xXoObBpP") {
		return new(big.Int)
	}
	return clamp(new(big.Int).Quo(rational.Num(), rational.Denom()))
}

func clamp(n *big.Int) *big.Int {
	if n.Sign() < 0 {
		return new(big.Int)
	}
	if n.Cmp(big.NewInt(most)) > 0 {
		return big.NewInt(most)
	}
	return n
}
