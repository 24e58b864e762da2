package legacy

import (
	"database/sql/driver"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/fixtures"
)

// loose is the old schema without the rules that its own data broke.
const loose = `
CREATE TABLE users (id INTEGER, username TEXT, voice_id TEXT, drop_image TEXT, country TEXT, created_at DATETIME, updated_at DATETIME);
CREATE TABLE user_points (id INTEGER PRIMARY KEY, user_id INTEGER, channel_points INTEGER, drop_points INTEGER DEFAULT 0,
	total_drops INTEGER DEFAULT 0, last_updated DATETIME);
CREATE TABLE point_transactions (id INTEGER, user_id INTEGER, amount INTEGER, source TEXT, description TEXT, created_at DATETIME);`

// find is the tenant's own lookup: the exact spelling of a twin, then the key.
func (r *result) find(t testing.TB, name string) int64 {
	t.Helper()
	id, err := r.Int(`SELECT id - (7 << 32) FROM users WHERE streamer_id = 7 AND username_key = coalesce((
		SELECT username_key FROM users WHERE streamer_id = 7 AND username = ?1 AND twin > 0 ORDER BY username_key LIMIT 1), ?2)`,
		name, nameKey(name))
	require.NoError(t, err, "%q", name)
	return id
}

func TestEachViewerIsFoundByHisOwnSpelling(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		names    []string // old id = index + 1
		found    map[string]int64
		repaired int64
		codes    map[string]int64
	}{
		"Plain":          {[]string{"Ann", "Bob"}, map[string]int64{"Ann": 1, "ANN": 1, "bob": 2}, 0, map[string]int64{"twin-name": 0, "look-alike-name": 0}},
		"PercentEncoded": {[]string{"J%C3%BCrgen", "Jürgen"}, map[string]int64{"J%C3%BCrgen": 1, "Jürgen": 2}, 0, map[string]int64{"look-alike-name": 1}},
		"UnicodeCase":    {[]string{"Ünal", "ünal", "SS", "ß"}, map[string]int64{"Ünal": 1, "ünal": 2, "SS": 3, "ß": 4}, 0, map[string]int64{"look-alike-name": 2}},
		"Composition":    {[]string{"Jos\u00e9", "Jose\u0301", "한", "\u1112\u1161\u11ab"}, map[string]int64{"Jos\u00e9": 1, "Jose\u0301": 2, "한": 3}, 0, map[string]int64{"look-alike-name": 2}},
		"Twins":          {[]string{"ann", "ANN", "Ann"}, map[string]int64{"ann": 1, "ANN": 2, "Ann": 3, "aNN": 1}, 0, map[string]int64{"twin-name": 2}},
		"TwinOfATwin":    {[]string{"a", "A", "a\x1f1", "A\x1f1"}, map[string]int64{"a": 1, "A": 2, "a\x1f1": 3, "A\x1f1": 4}, 0, map[string]int64{"twin-name": 3}},
		"Nul":            {[]string{"a\x00b", "a\x00c", "a"}, map[string]int64{"a\uFFFDb": 1, "a\uFFFDc": 2, "a": 3}, 2, map[string]int64{"bad-text": 2}},
		"RepairedYields": {[]string{"a\x00", "a\uFFFD", "a\xff"}, map[string]int64{"a\uFFFD~2": 1, "a\uFFFD": 2, "a\uFFFD~3": 3}, 2, map[string]int64{"same-name": 2}},
		"RepairedTwin":   {[]string{"A\x00", "a\uFFFD"}, map[string]int64{"A\uFFFD": 1, "a\uFFFD": 2}, 1, map[string]int64{"twin-name": 1}},
		"SameTwice":      {[]string{"ann", "ann", "ann~2"}, map[string]int64{"ann": 1, "ann~3": 2, "ann~2": 3}, 1, map[string]int64{"same-name": 1}},
		"OddButKept":     {[]string{"", "new\nline", strings.Repeat("é", 300)}, map[string]int64{"": 1, "new\nline": 2, strings.Repeat("é", 300): 3}, 0, map[string]int64{"odd-name": 3}},
		"KelvinIsNotK":   {[]string{"\u212Aing", "king"}, map[string]int64{"\u212Aing": 1, "King": 2}, 0, map[string]int64{"look-alike-name": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOld(t, loose)
			for i, n := range c.names {
				o.user(int64(i+1), n, int64(i))
			}
			r := imported(t, o.closed())
			require.Equal(t, Count{Source: int64(len(c.names)), Carried: int64(len(c.names)) - c.repaired, Repaired: c.repaired}, r.Tables["users"])
			for spelling, id := range c.found {
				require.Equal(t, id, r.find(t, spelling), "%q", spelling)
			}
			for code, n := range c.codes {
				require.Equal(t, n, r.note(code).Count, code)
			}
			twice, err := r.Int(`SELECT count(*) - count(DISTINCT username) FROM users`)
			require.NoError(t, err)
			require.Zero(t, twice)
		})
	}
}

func TestIds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old  []driver.Value
		want []int64 // by old row
	}{
		"Kept":          {[]driver.Value{int64(1), int64(9), int64(maxOldID - 1)}, []int64{1, 9, maxOldID - 1}},
		"OutOfRange":    {[]driver.Value{int64(0), int64(5), int64(-7), int64(maxOldID + 1), int64(6)}, []int64{7, 5, 8, 9, 6}},
		"NoRoomAbove":   {[]driver.Value{int64(0), int64(maxOldID), int64(1), int64(-1), int64(3)}, []int64{2, maxOldID, 1, 4, 3}},
		"Twice":         {[]driver.Value{int64(5), int64(5), nil}, []int64{5, 6, 7}},
		"NotAnInteger":  {[]driver.Value{"x", 1.5, int64(2)}, []int64{3, 4, 2}},
		"BadNameWaits":  {[]driver.Value{int64(0), int64(2)}, []int64{3, 2}},
		"GapIsReserved": {[]driver.Value{int64(maxOldID), int64(-1), int64(1)}, []int64{maxOldID, 2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOld(t, loose)
			for i, id := range c.old {
				o.run(`INSERT INTO users VALUES (?1, ?2, 'v', 'd', 'us', '2025-01-01 00:00:00', '2025-01-01 00:00:00')`,
					id, []string{"\x00", "n", "\xff"}[i%3]+strings.Repeat("x", i))
				o.run(`INSERT INTO user_points (user_id, channel_points, last_updated) VALUES (?1, ?2, '2025-01-01 00:00:00')`, id, int64(i+1))
				o.run(`INSERT INTO point_transactions VALUES (?1, ?2, 1, 'chat', NULL, '2025-01-01 00:00:00')`, id, id)
			}
			r := imported(t, o.closed())
			for i, id := range c.want {
				row, err := r.Row(`SELECT username, voice_id, drop_image, country FROM users WHERE id = ?1`, base+id)
				require.NoError(t, err)
				require.True(t, strings.HasSuffix(row[0].(string), strings.Repeat("x", i)), "row %d", i)
				require.Equal(t, []driver.Value{"v", "d", "us"}, row[1:])
			}
		})
	}
}

// Rows of a viewer whose id is new follow him, and only his.
func TestRowsFollowAViewerToHisNewId(t *testing.T) {
	t.Parallel()
	r := imported(t, newOld(t, loose).user(0, "zero", int64(5)).user(1, "one", int64(7)).
		run(`INSERT INTO user_points (user_id, channel_points, last_updated) VALUES (2, 9, '2025-01-01 00:00:00')`).closed())
	require.Equal(t, []string{"[1 one 7]", "[2 zero 5]"},
		r.rows(t, `SELECT u.id - (7 << 32), u.username, p.channel_points FROM users u JOIN user_points p ON p.user_id = u.id ORDER BY u.id`))
	require.EqualValues(t, 1, r.Tables["user_points"].Rejected, "the old id 2 was nobody's")
}

func TestViewersWithoutPointsGetARow(t *testing.T) {
	t.Parallel()
	r := imported(t, newOld(t, fixtures.OldSchema).user(1, "Ann", int64(5)).run(
		`INSERT INTO users VALUES (2, 'Bob', NULL, NULL, NULL, '2025-01-01 00:00:00', '2025-01-02 00:00:00')`).closed())
	require.Equal(t, []string{"[2 0 0 0 1735776000000]"}, r.rows(t, `SELECT user_id - (7 << 32), channel_points, drop_points, total_drops, updated_at
		FROM user_points WHERE user_id = (7 << 32) + 2`))
	require.Equal(t, Note{"points-row-created", 1, "Bob"}, r.note("points-row-created"))
}
