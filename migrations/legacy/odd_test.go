package legacy

import (
	"database/sql/driver"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/fixtures"
)

func TestOddNumbersBecomeTheNearest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stored driver.Value
		want   int64
		code   string
	}{
		"Zero":            {int64(0), 0, ""},
		"Most":            {int64(most), most, ""},
		"AboveMost":       {int64(most + 1), most, "too-large"},
		"LargestInteger":  {int64(math.MaxInt64), most, "too-large"},
		"Negative":        {int64(-1), 0, "negative"},
		"Null":            {nil, 0, "no-value"},
		"Fraction":        {1.9, 1, "fraction"},
		"SmallNegative":   {-0.5, 0, "fraction"},
		"NegativeFaction": {-1.5, 0, "negative"},
		"HugeReal":        {1e300, most, "too-large"},
		"HugeNegative":    {-1e300, 0, "negative"},
		"Infinity":        {math.Inf(1), 0, "not-finite"},
		"MinusInfinity":   {math.Inf(-1), 0, "not-finite"},
		"NoNumber":        {"0[object Object]", 0, "not-a-number"},
		"EmptyText":       {"", 0, "not-a-number"},
		"InfinityText":    {"Infinity", 0, "not-a-number"},
		"HexText":         {"0x10", 0, "not-a-number"},
		"NumberInABlob":   {[]byte(" 12.7 "), 12, "text-number"},
		"HugeBlob":        {[]byte("1e400"), most, "too-large"},
		"Blob":            {[]byte{0xff, 0}, 0, "not-a-number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := imported(t, newOld(t, fixtures.OldSchema).user(5, "Ann", c.stored).closed())
			got, err := r.Int(`SELECT channel_points FROM user_points`)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			repaired := int64(0)
			if c.code != "" {
				repaired = 1
				require.EqualValues(t, 1, r.note(c.code).Count)
			}
			require.Equal(t, Count{Source: 1, Carried: 1 - repaired, Repaired: repaired}, r.Tables["user_points"])
			kept, err := r.Int(`SELECT count(*) FROM legacy_rejects WHERE kind = 'repaired' AND source_table = 'user_points'`)
			require.NoError(t, err)
			require.Equal(t, repaired, kept)
			left, err := r.Int(`SELECT p.channel_points - coalesce(sum(l.amount), 0) FROM user_points p LEFT JOIN point_transactions l ON l.user_id = p.user_id`)
			require.NoError(t, err)
			require.Zero(t, left, "the ledger adds up to the balance")
		})
	}
}

func TestOddTimes(t *testing.T) {
	t.Parallel()
	const created, newest = 1735689600000, 1735862400000
	for name, c := range map[string]struct {
		stored driver.Value
		want   int64
		code   string
	}{
		"Plain":         {"2025-01-01 00:00:00", created, ""},
		"ISO":           {"2025-01-01T00:00:00.007Z", created + 7, ""},
		"ISOSeconds":    {"2025-01-01T00:00:00Z", created, ""},
		"Offset":        {"2025-01-01T02:00:00+02:00", created, "odd-time"},
		"NoSeconds":     {"2025-01-01 00:00", created, "odd-time"},
		"Spaces":        {" 2025-01-01 00:00:00 ", created, "odd-time"},
		"Date":          {"2025-01-01", created, "odd-time"},
		"Seconds":       {int64(1735689600), created, "odd-time"},
		"Millis":        {int64(created), created, "odd-time"},
		"RealSeconds":   {1735689600.5, created + 500, "odd-time"},
		"MillisText":    {"1735689600000", created, "odd-time"},
		"Null":          {nil, newest, "no-time"},
		"NoTime":        {"yesterday", newest, "no-time"},
		"NoSuchDay":     {"2025-02-30 00:00:00", newest, "no-time"},
		"Zeros":         {"0000-00-00 00:00:00", newest, "no-time"},
		"SmallNumber":   {int64(7), newest, "no-time"},
		"YearTenThousd": {"9999-12-31T23:59:59-05:00", newest, "no-time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOld(t, fixtures.OldSchema).user(5, "Ann", int64(1))
			r := imported(t, o.run(`UPDATE users SET created_at = ?1`, c.stored).closed())
			got, err := r.Int(`SELECT created_at FROM users`)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			if c.code != "" {
				require.EqualValues(t, 1, r.note(c.code).Count)
			}
			require.Equal(t, c.code != "", r.Tables["users"].Repaired == 1)
		})
	}
}

func TestTheLedgerAddsUp(t *testing.T) {
	t.Parallel()
	o := newOld(t, fixtures.OldSchema).user(1, "Even", int64(30)).user(2, "More", int64(100)).user(3, "Less", int64(0)).
		user(4, "Vast", int64(5)).run(`UPDATE user_points SET drop_points = 7 WHERE user_id = 1`)
	for _, row := range [][]driver.Value{
		{int64(10), int64(1), int64(30), "chat"}, {int64(11), int64(2), int64(30), "tip"}, {int64(12), int64(3), int64(40), "sub"},
		{int64(13), int64(4), int64(most), "admin"}, {int64(14), int64(4), int64(most), "admin"}, {int64(15), int64(4), 1e300, "admin"},
		{int64(16), int64(3), int64(-5), "bribe"}, {int64(17), int64(3), int64(2), "import"}, {int64(18), int64(99), int64(2), "chat"},
	} {
		o.run(`INSERT INTO point_transactions (id, user_id, amount, source, created_at) VALUES (?1, ?2, ?3, ?4, '2025-03-01 00:00:00')`, row...)
	}
	r := imported(t, o.closed())
	require.Equal(t, Count{Source: 9, Carried: 5, Repaired: 3, Rejected: 1}, r.Tables["point_transactions"])
	require.Equal(t, Sum{30 + 30 + 40 + 2*most, 30 + 30 + 40 + 2*most}, r.Sums.Ledger)
	require.EqualValues(t, 2, r.note("unknown-source").Count, "a row that says import is none of ours")
	require.Equal(t, []string{"[1 drop 7]", "[2 channel 70]", "[3 channel -37]",
		"[4 channel -1000000000000]", "[4 channel -1000000000000]", "[4 channel -999999999995]"},
		r.rows(t, `SELECT user_id - (7 << 32), kind, amount FROM point_transactions
			WHERE source = 'import' AND created_at = 1740787200000 AND id - (7 << 32) > 18 ORDER BY id`))
	require.Equal(t, []string{"[orphan user_id 99]"}, r.rows(t, `SELECT reason, json_extract(source_row, '$.user_id.value')
		FROM legacy_rejects WHERE kind = 'rejected'`))
}

func TestAHalfRunMigrationOfTheLedger(t *testing.T) {
	t.Parallel()
	const second = `CREATE TABLE point_transactions_new (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL,
		amount INTEGER NOT NULL, source TEXT NOT NULL, description TEXT, created_at DATETIME);`
	const rows = `INSERT INTO point_transactions (id, user_id, amount, source, created_at)
		VALUES (1, 1, 10, 'chat', '2025-01-01 00:00:00'), (2, 1, 20, 'chat', '2025-01-01 00:00:00');`
	const copied = `INSERT INTO point_transactions_new SELECT * FROM point_transactions;`
	for name, c := range map[string]struct {
		sql         string
		first, both Count
		ledger      int64
	}{
		"NotCopied":  {second + rows, Count{Source: 2, Carried: 2}, Count{}, 30},
		"PartCopied": {second + rows + copied + `DELETE FROM point_transactions_new WHERE id = 2`, Count{Source: 2, Carried: 2}, Count{Source: 1, Skipped: 1}, 30},
		"AllCopied":  {second + rows + copied, Count{Source: 2, Carried: 2}, Count{Source: 2, Skipped: 2}, 30},
		"NotRenamed": {second + rows + copied + `DROP TABLE point_transactions`, Count{}, Count{Source: 2, Carried: 2}, 30},
		"BeganAnew": {second + rows + copied + `DELETE FROM point_transactions;
			INSERT INTO point_transactions (id, user_id, amount, source, created_at) VALUES (2, 1, 5, 'tip', '2025-02-01 00:00:00')`,
			Count{Source: 1, Carried: 1}, Count{Source: 2, Carried: 1, Repaired: 1}, 15},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := imported(t, newOld(t, fixtures.OldSchema).user(1, "Ann", int64(35)).run(c.sql).closed())
			require.Equal(t, G3, r.Generation)
			require.Equal(t, c.first, r.Tables[ledgerTable])
			require.Equal(t, c.both, r.Tables[halfMigrated])
			require.Equal(t, Sum{c.ledger, c.ledger}, r.Sums.Ledger)
			sum, err := r.Int(`SELECT sum(amount) FROM point_transactions`)
			require.NoError(t, err)
			require.EqualValues(t, 35, sum)
		})
	}
}

func TestTablesThatAreNotCarried(t *testing.T) {
	t.Parallel()
	r := imported(t, newOld(t, fixtures.OldSchema).user(1, "Ann", int64(35)).run(`
		INSERT INTO verification_codes (username, code, expires_at) VALUES ('Ann', 'A', '2099-01-01T00:00:00.000Z'), ('Ann', 'B', '2099-01-01T00:00:00.000Z');
		INSERT INTO admin_sessions (session_token, expires_at) VALUES ('hunter2', '2025-01-01T00:00:00.000Z');
		CREATE TABLE "my ""notes" (text, api_token, n REAL, PRIMARY KEY (text)) WITHOUT ROWID;
		INSERT INTO "my ""notes" VALUES (x'00ff', 'hunter2', 9e999);
		ALTER TABLE users ADD COLUMN email TEXT; UPDATE users SET email = 'ann@example.org'`).closed())
	require.Equal(t, Count{Source: 2, Skipped: 2}, r.Tables["verification_codes"])
	require.Equal(t, Count{Source: 1, Skipped: 1}, r.Tables["admin_sessions"])
	require.Equal(t, Count{Source: 1, Rejected: 1}, r.Tables[`my "notes`])
	require.Equal(t, Count{Source: 1, Repaired: 1}, r.Tables["users"], "what stays behind is parked")
	require.EqualValues(t, 2, r.note("verification-code").Count)
	parked := r.rows(t, `SELECT source_table, kind, reason, source_row FROM legacy_rejects ORDER BY source_table`)
	require.Equal(t, `[my "notes rejected unknown-table {"api_token":{"type":"text","redacted":true},"n":{"type":"real","value":"Infinity"},"text":{"type":"blob","hex":"00ff"}}]`, parked[0])
	require.Contains(t, parked[1], `ann@example.org`)
	body, err := r.Serialize("main")
	require.NoError(t, err)
	require.NotContains(t, string(body), "hunter2", "no secret is in the new file")
}
