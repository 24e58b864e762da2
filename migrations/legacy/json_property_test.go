package legacy

import (
	"encoding/json"
	"fmt"
	"math/big"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// anyJSON is what may stand where the old app wrote a number, or an object.
var anyJSON = rapid.OneOf(
	rapid.Map(rapid.Int64Range(-20, 5000), func(n int64) string { return fmt.Sprint(n) }),
	rapid.Map(rapid.Int64(), func(n int64) string { return fmt.Sprint(n) }),
	rapid.Map(rapid.Float64(), func(f float64) string { return marshalled(f) }),
	rapid.Map(rapid.String(), func(s string) string { return marshalled(s) }),
	rapid.SampledFrom([]string{"null", "true", "false", "[]", "{}", `[1, {"a": 2}]`, `"12"`, `" 7.9"`, `"1e3"`, `"NaN"`, "1e400", "-1e400",
		"-0", "0.5", "1E2", "123456789012345678901234567890", "9223372036854775807", "1000000000000", "1000000000001"}),
)

func marshalled(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(body)
}

// wanted is what must come of a random directory, worked out as it is made.
type wanted struct {
	rows    int64            // entries
	viewers int64            // that are objects and not shadowed
	points  map[string]*wish // by key: the last one
	tips    int64            // elements
	items   int64            // members of power-ups of viewers
}

// wish is an entry that may still be shadowed; points is nil for what is no object.
type wish struct {
	points *big.Int
	items  int64
}

// randomEntry is one value of user_data.json and what it should give.
func randomEntry(t *rapid.T) (string, wish) {
	if rapid.IntRange(0, 5).Draw(t, "kind") == 0 {
		raw := anyJSON.Draw(t, "entry")
		if raw == "{}" {
			return raw, wish{points: new(big.Int)}
		}
		return raw, wish{}
	}
	w := wish{points: new(big.Int)}
	var members []string
	for range rapid.IntRange(0, 6).Draw(t, "members") {
		name := rapid.SampledFrom([]string{"channelPoints", "channelPoints", "dropPoints", "totalDrops", "voiceId", "country", "powerups", "email", "channelpoints"}).Draw(t, "name")
		raw := anyJSON.Draw(t, "value")
		if name == "powerups" && rapid.Bool().Draw(t, "ordinary") {
			raw = fmt.Sprintf(`{"tnt": %s, "own": 1}`, anyJSON.Draw(t, "quantity"))
		}
		switch name {
		case "channelPoints":
			w.points = nearestJSON(raw)
		case "powerups":
			w.items = int64(strings.Count(raw, `"tnt"`)) * 2
		}
		members = append(members, fmt.Sprintf("%q: %s", name, raw))
	}
	return "{" + strings.Join(members, ",\n") + "}", w
}

// nearestJSON works with decimals of any size.
func nearestJSON(raw string) *big.Int {
	var text string
	if json.Unmarshal([]byte(raw), &text) == nil {
		return nearest(text)
	}
	number, ok := new(big.Rat).SetString(raw)
	if !ok || strings.HasSuffix(raw, "e400") {
		return new(big.Int) // no number, or beyond all of them
	}
	return clamp(new(big.Int).Quo(number.Num(), number.Denom()))
}

func randomUsers(t *rapid.T, w *wanted) string {
	var all []string
	w.points = map[string]*wish{}
	for range rapid.IntRange(0, 12).Draw(t, "entries") {
		key := rapid.OneOf(rapid.StringMatching(`[aAbB]{1,2}`), rapid.String(),
			rapid.SampledFrom([]string{"", "a\x00", "J%C3%BCrgen", "Jürgen", "Ju\u0308rgen", "a~2"})).Draw(t, "key")
		key = strings.ToValidUTF8(strings.ReplaceAll(key, "\uFFFD", "?"), "?")
		raw, entry := randomEntry(t)
		w.rows++
		w.points[key] = &entry
		all = append(all, marshalled(key)+" : "+raw)
	}
	for _, entry := range w.points {
		if entry.points != nil {
			w.viewers++
			w.items += entry.items
		}
	}
	return " {" + strings.Join(all, ",") + "}\n"
}

func randomFiles(t *rapid.T) (files, wanted) {
	var w wanted
	f := files{usersFile: randomUsers(t, &w)}
	if rapid.Bool().Draw(t, "tips") {
		tips := rapid.SliceOfN(anyJSON, 0, 4).Draw(t, "elements")
		f[tipsFile], w.tips = "["+strings.Join(tips, ",")+"]", int64(len(tips))
	}
	for _, name := range []string{goalsFile, tokensFile, gameFile} {
		if rapid.Bool().Draw(t, name) {
			f[name] = fmt.Sprintf(`{"followers": %s, "access_token": %s, "x": {"current": %s}}`,
				anyJSON.Draw(t, "one"), anyJSON.Draw(t, "two"), anyJSON.Draw(t, "three"))
		}
		if rapid.IntRange(0, 5).Draw(t, "spoilt") == 0 {
			f[name] = rapid.String().Draw(t, "text")
		}
	}
	return f, w
}

// Whatever is in the files, each entry is accounted for, the sums are those that decimals
// of any size give, and all viewers are found.
func TestAnyJSONFiles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		tb := &oneCase{TB: t}
		defer tb.end()
		f, want := randomFiles(rt)
		dir := f.written(tb)
		before := listing(t, filepath.Join(dir, usersFile))
		r := imported(tb, dir)
		require.Equal(rt, before, listing(t, filepath.Join(dir, usersFile)))
		sum := new(big.Int)
		for _, entry := range want.points {
			if entry.points != nil {
				sum.Add(sum, entry.points)
			}
		}
		users := r.Tables["users"]
		require.Equal(rt, want.rows, users.Source)
		require.Equal(rt, want.rows-want.viewers, users.Rejected)
		require.Equal(rt, want.viewers, users.Carried+users.Repaired)
		require.Equal(rt, want.viewers, r.Tables["user_points"].Source)
		require.Equal(rt, want.items, r.Tables["powerup_inventory"].Source)
		require.Equal(rt, want.tips, r.Tables["tips"].Source)
		require.Equal(rt, want.viewers, r.count(t, `SELECT count(*) FROM users JOIN user_points ON user_id = id`))
		require.Equal(rt, sum.String(), fmt.Sprint(r.count(t, `SELECT coalesce(sum(channel_points), 0) FROM user_points`)))
		for _, c := range r.Tables {
			require.Equal(rt, c.Source, c.Carried+c.Repaired+c.Rejected)
		}
		for key, entry := range want.points {
			if entry.points == nil || strings.ContainsRune(key, 0) {
				continue
			}
			got, err := r.Int(`SELECT channel_points FROM user_points WHERE user_id = ?1`, base+r.find(t, key))
			require.NoError(rt, err)
			require.Equal(rt, entry.points.String(), fmt.Sprint(got), "%q", key)
		}
		require.Equal(rt, r.digest(t), imported(tb, dir).digest(t), "the same source gives the same rows")
	})
}
