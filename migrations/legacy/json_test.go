package legacy

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// oldDirectory writes the files of a JSON generation and returns their directory.
func oldDirectory(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600))
	}
	return dir
}

func TestJSONFilesBecomeAStreamer(t *testing.T) {
	t.Parallel()
	dir := oldDirectory(t, map[string]string{
		fileUsers: `{"Ann": {"dropPoints": 3, "totalDrops": 1, "channelPoints": 75, "voiceId": "v", "country": "CA", "powerups": {"boost": 2, "tnt": 0}},
			"ANN": {"dropPoints": 0, "totalDrops": 0, "channelPoints": 25},
			"J%C3%BCrgen": {"dropPoints": 0, "totalDrops": 0, "channelPoints": 1}, "Jürgen": {"dropPoints": 0, "totalDrops": 0, "channelPoints": 2}}`,
		fileGoals:  `{"followers": {"current": 29}, "subscribers": {"current": 69}, "hearts": {"current": 1, "target": 7, "label": "♥"}}`,
		fileTips:   `["one", "", "<i>three</i>"]`,
		fileTokens: `{"access_token": "hunter2", "token_type": "Bearer", "refresh_token": "hunter3", "expires_in": 7200, "scope": "s"}`,
		fileGame:   `{"game": {"gravity": 5}}`, "package.json": `{"name": "not ours"}`,
	})
	before := listing(t, filepath.Join(dir, fileUsers))
	r := imported(t, dir)
	require.Equal(t, before, listing(t, filepath.Join(dir, fileUsers)))
	require.Equal(t, J3, r.Generation)
	for table, n := range map[string]int64{"users": 4, "user_points": 4, "powerup_inventory": 2, "goals": 3, "tips": 3, "api_tokens": 1, "overlay_settings": 1} {
		require.Equal(t, Count{Source: n, Carried: n}, r.Tables[table], table)
	}
	require.Len(t, r.Tables, 7)
	require.Equal(t, Sum{103, 103}, r.Sums.ChannelPoints)
	require.Equal(t, []string{"[Ann ann 0 v CA]", "[ANN ann\x1f1 1 <nil> <nil>]", "[J%C3%BCrgen j%c3%bcrgen 0 <nil> <nil>]", "[Jürgen jürgen 0 <nil> <nil>]"},
		r.rows(t, `SELECT username, username_key, twin, voice_id, country FROM users ORDER BY id`))
	require.Equal(t, []string{"[Followers 29 100]", "[♥ 1 7]", "[Subscribers 69 50]"}, r.rows(t, `SELECT label, current_value, target_value FROM goals ORDER BY sort_order`))
	require.Equal(t, []string{"[one]", "[]", "[<i>three</i>]"}, r.rows(t, `SELECT content FROM tips ORDER BY sort_order`))
	require.Equal(t, []string{`[{"game": {"gravity": 5}}]`}, r.rows(t, `SELECT value FROM overlay_settings`))
	require.EqualValues(t, 1, r.note("no-times").Count)
	require.Zero(t, r.note("no-wal").Count)
	body, err := r.Serialize("main")
	require.NoError(t, err)
	require.NotContains(t, string(body), "hunter2", "tokens are sealed")
	require.Equal(t, r.digest(t), imported(t, dir).digest(t))
}

func TestGenerationsOfJSON(t *testing.T) {
	t.Parallel()
	const one = `{"Ann": {"dropPoints": 0, "totalDrops": 0, "channelPoints": 1, "voiceId": "v"}}`
	for want, files := range map[Generation]map[string]string{
		J1: {fileUsers: one}, J2: {fileUsers: strings.Replace(one, `"voiceId"`, `"dropImage"`, 1)}, J3: {fileUsers: one, fileGame: "{}"},
	} {
		require.Equal(t, want, imported(t, oldDirectory(t, files)).Generation)
	}
}

func TestABadEntryDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	r := imported(t, oldDirectory(t, map[string]string{
		fileUsers: "\xef\xbb\xbf" + `{"Ann": 5, "Bob": {"channelPoints": "12", "dropPoints": 1.9, "totalDrops": null, "email": "bob@example.org", "powerups": 3},
			"Cid": null, "Dan": {"channelPoints": 7, "dropPoints": 0, "totalDrops": 0, "powerups": {"boost": 1}}, "Eve": [1], "Flo": {"channelPoints": 1e400, "dropPoints": true, "totalDrops": {}},
			"Dan": {"channelPoints": 9, "dropPoints": 0, "totalDrops": 0}}`,
		fileGoals: `{"followers": 5, "subscribers": {"current": -1}}`, fileTips: `["a", 5, null, "b"]`,
		fileTokens: `not JSON hunter2`, fileGame: `{`,
	}))
	require.Equal(t, Count{Source: 7, Carried: 2, Repaired: 1, Rejected: 4}, r.Tables["users"])
	require.Equal(t, Count{Source: 3, Carried: 1, Repaired: 2}, r.Tables["user_points"])
	require.Equal(t, Count{}, r.Tables["powerup_inventory"], "what the shadowed Dan had is parked with him")
	require.Equal(t, Count{Source: 2, Repaired: 1, Rejected: 1}, r.Tables["goals"])
	require.Equal(t, Count{Source: 4, Carried: 2, Rejected: 2}, r.Tables["tips"])
	require.Equal(t, Count{Source: 1, Rejected: 1}, r.Tables["api_tokens"])
	require.EqualValues(t, 1, r.note("shadowed-entry").Count)
	require.EqualValues(t, 1, r.note("broken-json").Count, "the configuration is kept as it is")
	require.Equal(t, []string{"[Bob 12 1 0]", "[Dan 9 0 0]", "[Flo 0 0 0]"},
		r.rows(t, `SELECT username, channel_points, drop_points, total_drops FROM users JOIN user_points ON user_id = id ORDER BY username`))
	parked := strings.Join(r.rows(t, `SELECT source_row FROM legacy_rejects`), "\n")
	for _, kept := range []string{"bob@example.org", `\"powerups\":3`, `"no-object":{"type":"text","value":"[1]"}`, `\"boost\": 1`} {
		require.Contains(t, parked, kept)
	}
	body, err := r.Serialize("main")
	require.NoError(t, err)
	require.NotContains(t, string(body), "hunter2", "what is parked holds no secret")
}

func TestBrokenDirectoriesAreRefused(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 20000)
	for name, c := range map[string]struct {
		why   string
		files map[string]string
	}{
		"Nothing":   {"holds neither", map[string]string{fileTips: "[]"}},
		"Empty":     {"is empty", map[string]string{fileUsers: ""}},
		"Truncated": {"no JSON from byte", map[string]string{fileUsers: `{"Ann": {"channelPoints": 7}, "Bob": {"chan`}},
		"Unclosed":  {"ends too early", map[string]string{fileUsers: `{"Ann": {"channelPoints": 7}`}},
		"HTML":      {"is broken", map[string]string{fileUsers: `<!doctype html>`}},
		"Array":     {"it is no object", map[string]string{fileUsers: `[1]`}},
		"Trailing":  {"behind its end", map[string]string{fileUsers: `{} {}`}},
		"Deep":      {"max depth", map[string]string{fileUsers: `{"Ann": ` + deep}},
		"Both":      {"give its path", map[string]string{fileUsers: `{}`, "kick-overlay.db": "x"}},
		"Two":       {"several databases", map[string]string{"a.db": "x", "b.db": "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tryImport(t, oldDirectory(t, c.files))
			require.ErrorIs(t, err, ErrRefused)
			require.ErrorContains(t, err, c.why)
			require.NotContains(t, err.Error(), "\n", "one sentence")
		})
	}
}

func TestTheDatabaseOfADirectory(t *testing.T) {
	t.Parallel()
	r := imported(t, filepath.Dir(settledThenMore(t)))
	require.EqualValues(t, 301, r.Tables["users"].Carried, "with what is in its log")
}

func TestAHandedOverCopyIsTheSame(t *testing.T) {
	t.Parallel()
	c, err := Take(t.Context(), oldDirectory(t, map[string]string{fileUsers: `{"Ann": {}}`, fileTips: `["a"]`}), t.TempDir())
	require.NoError(t, err)
	body, err := json.Marshal(c)
	require.NoError(t, err)
	var back Copy
	require.NoError(t, json.Unmarshal(body, &back))
	require.Equal(t, *c, back)
	var names []string
	require.NoError(t, c.Files(context.Background(), collectNames(&names)))
	require.Equal(t, []string{fileUsers, fileTips}, names)
}

// anyJSON is a value that may stand where a number belongs.
var anyJSON = rapid.OneOf(
	rapid.Map(rapid.Int64Range(0, 100000), func(n int64) string { return fmt.Sprint(n) }),
	rapid.Map(rapid.Int64(), func(n int64) string { return fmt.Sprint(n) }),
	rapid.Map(rapid.Float64(), func(f float64) string { b, _ := json.Marshal(f); return string(b) }),
	rapid.SampledFrom([]string{"null", "true", `"7"`, `"x"`, "1e999", "-1", "[]", "{}", "1.5", "99999999999999999999"}),
)

// Whatever stands in user_data.json, each entry is accounted for and every balance is the
// nearest there is.
func TestAnyJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		tb := &oneCase{TB: t}
		defer tb.end()
		names := rapid.SliceOfNDistinct(rapid.OneOf(rapid.String(), anyName), 0, 12, func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }).Draw(rt, "names")
		want, bad := new(big.Int), int64(0)
		var entries []string
		for _, name := range names {
			key, err := json.Marshal(name)
			require.NoError(rt, err)
			points := anyJSON.Draw(rt, "points")
			entry := `{"channelPoints": ` + points + `, "dropPoints": 0, "totalDrops": 0}`
			if rapid.IntRange(0, 5).Draw(rt, "bad") == 0 {
				entry, bad = anyJSON.Filter(func(s string) bool { return s != "{}" }).Draw(rt, "entry"), bad+1
			} else {
				want.Add(want, nearest(value(json.RawMessage(points))))
			}
			entries = append(entries, string(key)+": "+entry)
		}
		dir := oldDirectory(tb, map[string]string{fileUsers: "{" + strings.Join(entries, ",") + "}"})
		r := imported(tb, dir)
		n := int64(len(names))
		require.Equal(rt, n, r.Tables["users"].Source)
		require.Equal(rt, bad, r.Tables["users"].Rejected)
		require.Equal(rt, n-bad, r.count(tb, `SELECT count(*) FROM user_points`))
		require.Equal(rt, want.String(), fmt.Sprint(r.count(tb, `SELECT coalesce(sum(channel_points), 0) FROM user_points`)))
		require.Equal(rt, r.digest(tb), imported(tb, dir).digest(tb))
	})
}

// FuzzJSON: whatever stands in user_data.json is refused or accounted for.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"Ann": {"channelPoints": 1}}`, `{"": {"": 1}, "": null}`, `{"\ud800": {"channelPoints": -0.0}, "\ud801": {"powerups": {"x": 1e99}}}`,
		`{"a": {"channelPoints": 1, "channelPoints": 2}}`, `{"a\u0000b": {"dropPoints": "1"}}`, `[]`, `{"a": {}} x`, ``} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r, err := tryImport(t, oldDirectory(t, map[string]string{fileUsers: body}))
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
