package legacy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// files is a directory of an old app, by name.
type files map[string]string

func (f files) written(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range f {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600))
	}
	return dir
}

// usersOnly is a directory with no other file.
func usersOnly(t testing.TB, body string) string { return files{usersFile: body}.written(t) }

const ordinaryUsers = `{
	"Ann": {"dropPoints": 20, "totalDrops": 2, "channelPoints": 100, "voiceId": "v1", "dropImage": "data:x", "country": "CA", "powerups": {"tnt": 2, "boost": 0}},
	"Ben": {"dropPoints": 0, "totalDrops": 0, "channelPoints": 5}
}`

func allFiles() files {
	return files{
		usersFile: ordinaryUsers,
		goalsFile: `{"followers": {"current": 29}, "subscribers": {"current": 3, "target": 75}}`, tipsFile: `["first", "", "third"]`,
		tokensFile:  `{"access_token": "at", "token_type": "Bearer", "refresh_token": "rt", "expires_in": 7200, "scope": "chat"}`,
		gameFile:    `{"game": {"gravity": 5}}`,
		"notes.txt": "not ours", "package.json": "{",
	}
}

func TestJSONFilesAreCarried(t *testing.T) {
	t.Parallel()
	dir := allFiles().written(t)
	before := listing(t, filepath.Join(dir, usersFile))
	r := imported(t, dir)
	require.Equal(t, before, listing(t, filepath.Join(dir, usersFile)), "the directory is as it was")
	require.Equal(t, J3, r.Generation)
	require.Equal(t, map[string]Count{
		"users": {Source: 2, Carried: 2}, "user_points": {Source: 2, Carried: 2}, "powerup_inventory": {Source: 2, Carried: 2},
		"goals": {Source: 2, Carried: 2}, "tips": {Source: 3, Carried: 3}, "api_tokens": {Source: 1, Carried: 1},
		"overlay_settings": {Source: 1, Carried: 1},
	}, r.Tables)
	require.Equal(t, Sums{ChannelPoints: Sum{105, 105}, DropPoints: Sum{20, 20}, TotalDrops: Sum{2, 2}}, r.Sums)
	require.EqualValues(t, 1, r.note("no-times").Count)
	require.Zero(t, r.note("no-wal").Count)
	require.Zero(t, r.count(t, `SELECT count(*) FROM legacy_rejects`))
	for sql, want := range map[string][]string{
		`SELECT id - 30064771072, username, voice_id, drop_image, country, created_at FROM users`:                     {"[1 Ann v1 data:x CA 0]", "[2 Ben <nil> <nil> <nil> 0]"},
		`SELECT user_id - 30064771072, powerup_type, quantity FROM powerup_inventory ORDER BY quantity`:               {"[1 boost 0]", "[1 tnt 2]"},
		`SELECT id, label, current_value, target_value, enabled FROM goals ORDER BY sort_order`:                       {"[followers Followers 29 100 1]", "[subscribers Subscribers 3 75 1]"},
		`SELECT content, enabled, sort_order FROM tips ORDER BY id`:                                                   {"[first 1 0]", "[ 1 1]", "[third 1 2]"},
		`SELECT key, value FROM overlay_settings`:                                                                     {`[dropgame_config {"game": {"gravity": 5}}]`},
		`SELECT provider, CAST(access_token AS TEXT), CAST(refresh_token AS TEXT), scope, expires_at FROM api_tokens`: {"[kick kick access_token 6174 kick refresh_token 7274 chat 0]"},
	} {
		require.Equal(t, want, r.rows(t, sql), sql)
	}
}

func TestGenerationsOfJSONFiles(t *testing.T) {
	t.Parallel()
	plain := `{"a": {"channelPoints": 1, "dropPoints": 1, "totalDrops": 1, "voiceId": "v"}}`
	for name, c := range map[string]struct {
		files files
		want  Generation
	}{
		"Nobody":   {files{usersFile: `{}`}, J1},
		"Points":   {files{usersFile: plain, goalsFile: `{}`}, J1},
		"Country":  {files{usersFile: `{"a": {"country": null}}`}, J2},
		"Picture":  {files{usersFile: `{"a": {"dropImage": "x"}}`}, J2},
		"Powerups": {files{usersFile: `{"a": {"powerups": {}}}`}, J2},
		"Config":   {files{usersFile: plain, gameFile: `{}`}, J3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, imported(t, c.files.written(t)).Generation)
		})
	}
}

// fates is what became of the rows of users and points, and of the power-ups.
type fates struct{ users, points, items Count }

func (r *result) fates() fates {
	return fates{r.Tables["users"], r.Tables["user_points"], r.Tables["powerup_inventory"]}
}

// Good is beside each odd entry and is always carried.
func TestAnOddEntryDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	one := Count{Source: 1, Carried: 1}
	two, mended, parked := Count{Source: 2, Carried: 2}, Count{Source: 2, Carried: 1, Repaired: 1}, Count{Source: 2, Carried: 1, Rejected: 1}
	for name, c := range map[string]struct {
		entry string
		want  fates
		code  string
		left  string // the odd viewer's points, voice and text of what was parked
	}{
		"Number":       {`5`, fates{users: parked, points: one}, "no-object", ""},
		"Null":         {`null`, fates{users: parked, points: one}, "no-object", ""},
		"Text":         {`"x"`, fates{users: parked, points: one}, "no-object", ""},
		"Array":        {`[{"channelPoints": 5}]`, fates{users: parked, points: one}, "no-object", ""},
		"Empty":        {`{}`, fates{users: two, points: mended}, "no-value", "[0 0 0 <nil>]"},
		"NullPoints":   {`{"channelPoints": null, "dropPoints": 1, "totalDrops": 1}`, fates{users: two, points: mended}, "no-value", "[0 1 1 <nil>]"},
		"Fraction":     {`{"channelPoints": 7.9, "dropPoints": 1, "totalDrops": 1}`, fates{users: two, points: mended}, "fraction", "[7 1 1 <nil>]"},
		"Negative":     {`{"channelPoints": -3, "dropPoints": 1, "totalDrops": 1}`, fates{users: two, points: mended}, "negative", "[0 1 1 <nil>]"},
		"Infinite":     {`{"channelPoints": 1e400, "dropPoints": 1, "totalDrops": 1}`, fates{users: two, points: mended}, "not-finite", "[0 1 1 <nil>]"},
		"Huge":         {`{"channelPoints": 99999999999999999999, "dropPoints": 1, "totalDrops": 1}`, fates{users: two, points: mended}, "too-large", "[1000000000000 1 1 <nil>]"},
		"TextNumber":   {`{"channelPoints": "12", "dropPoints": 1, "totalDrops": 1}`, fates{users: two, points: mended}, "text-number", "[12 1 1 <nil>]"},
		"NoNumber":     {`{"channelPoints": {"n": 1}, "dropPoints": 1, "totalDrops": 1}`, fates{users: two, points: mended}, "not-a-number", "[0 1 1 <nil>]"},
		"True":         {`{"channelPoints": true, "dropPoints": 1, "totalDrops": 1}`, fates{users: two, points: mended}, "not-a-number", "[0 1 1 <nil>]"},
		"NumberVoice":  {`{"channelPoints": 1, "dropPoints": 1, "totalDrops": 1, "voiceId": 3}`, fates{users: mended, points: two}, "not-text", "[1 1 1 3]"},
		"ObjectVoice":  {`{"channelPoints": 1, "dropPoints": 1, "totalDrops": 1, "voiceId": {}}`, fates{users: mended, points: two}, "not-text", "[1 1 1 {}]"},
		"Unknown":      {`{"channelPoints": 1, "dropPoints": 1, "totalDrops": 1, "email": "a@b"}`, fates{users: mended, points: two}, "unknown-column", "[1 1 1 <nil>]"},
		"PowerupsText": {`{"channelPoints": 1, "dropPoints": 1, "totalDrops": 1, "powerups": "tnt"}`, fates{users: mended, points: two}, "unknown-column", "[1 1 1 <nil>]"},
		"PowerupsNull": {`{"channelPoints": 1, "dropPoints": 1, "totalDrops": 1, "powerups": null}`, fates{users: two, points: two}, "no-times", "[1 1 1 <nil>]"},
		"PowerupsOdd": {`{"channelPoints": 1, "dropPoints": 1, "totalDrops": 1, "powerups": {"tnt": "many", "own": 2}}`,
			fates{two, two, mended}, "not-a-number", "[1 1 1 <nil>]"},
		"PowerupTwice": {`{"channelPoints": 1, "dropPoints": 1, "totalDrops": 1, "powerups": {"tnt": 1, "tnt": 2}}`,
			fates{two, two, parked}, "second-row", "[1 1 1 <nil>]"},
		"MemberTwice": {`{"channelPoints": 9, "channelPoints": 1, "dropPoints": 1, "totalDrops": 1}`, fates{users: mended, points: two}, "unknown-column", "[1 1 1 <nil>]"},
		"Case":        {`{"ChannelPoints": 9, "channelPoints": 1, "dropPoints": 1, "totalDrops": 1}`, fates{users: mended, points: two}, "unknown-column", "[1 1 1 <nil>]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := imported(t, usersOnly(t, `{"odd": `+c.entry+`, "Good": {"channelPoints": 3, "dropPoints": 2, "totalDrops": 1}}`))
			require.Equal(t, c.want, r.fates())
			require.EqualValues(t, 2, r.find(t, "Good"), "ids are places in the file")
			require.NotZero(t, r.note(c.code).Count)
			require.Equal(t, c.left, strings.Join(r.rows(t, `SELECT channel_points, drop_points, total_drops, voice_id
				FROM users JOIN user_points ON user_id = id WHERE username = 'odd'`), ""))
		})
	}
}

// Whatever cannot be carried is kept as it stood in the file.
func TestWhatIsRejectedIsKept(t *testing.T) {
	t.Parallel()
	r := imported(t, files{
		usersFile: `{"n": 5, "Ann": {"channelPoints": 9, "powerups": {"tnt": 4}}, "Ben": {"channelPoints": 1, "email": "b@x", "a": [1, 2]},
			"Ann": {"channelPoints": 1, "dropPoints": 1, "totalDrops": 1}}`,
		tipsFile:  `["a", 7, ["b"], "c"]`,
		goalsFile: `{"followers": {"current": 1}, "odd": 5, "followers": {"current": 2, "colour": "red"}}`,
	}.written(t))
	require.Equal(t, map[string]Count{
		"users": {Source: 4, Carried: 1, Repaired: 1, Rejected: 2}, "user_points": {Source: 2, Carried: 1, Repaired: 1},
		"tips": {Source: 4, Carried: 2, Rejected: 2}, "goals": {Source: 3, Repaired: 1, Rejected: 2},
	}, r.Tables)
	require.Equal(t, []string{
		"[no-object user_data.json 5]",
		`[shadowed-entry user_data.json {"channelPoints": 9, "powerups": {"tnt": 4}}]`,
		`[unknown-column other {"email":"b@x","a":[1, 2]}]`,
	}, r.rows(t, `SELECT reason, coalesce(json_extract(source_row, '$."user_data.json".value'), json_extract(source_row, '$.other.value'))
		FROM legacy_rejects WHERE source_table = 'users' ORDER BY id`))
	require.Equal(t, []string{"[not-text tips.json 7]", `[not-text tips.json ["b"]]`},
		r.rows(t, `SELECT reason, json_extract(source_row, '$."tips.json".value') FROM legacy_rejects WHERE source_table = 'tips' ORDER BY id`))
	require.Equal(t, []string{"[followers 2]"}, r.rows(t, `SELECT id, current_value FROM goals`), "the last one counts")
	require.Zero(t, r.count(t, `SELECT count(*) FROM legacy_rejects WHERE source_row LIKE '%"rejected"%'`))
}

// What the old app's JSON held apart is apart, and the last of equal keys counts.
func TestNamesOfJSONFiles(t *testing.T) {
	t.Parallel()
	body := `{"Bob": {"channelPoints": 1}, "bob": {"channelPoints": 2}, "BOB": {"channelPoints": 3},
		"J%C3%BCrgen": {"channelPoints": 4}, "Jürgen": {"channelPoints": 5}, "Ju\u0308rgen": {"channelPoints": 6},
		"B\u006fb": {"channelPoints": 7}, "\ud800": {"channelPoints": 8}, "\ud801": {"channelPoints": 9}, "a\u0000b": {"channelPoints": 10},
		"": {"channelPoints": 11}}`
	r := imported(t, usersOnly(t, body))
	require.Equal(t, Count{Source: 11, Carried: 8, Repaired: 2, Rejected: 1}, r.Tables["users"])
	for name, want := range map[string]int64{"Bob": 7, "bob": 2, "BOB": 3, "J%C3%BCrgen": 4, "Jürgen": 5, "Ju\u0308rgen": 6,
		"\uFFFD": 8, "\uFFFD~2": 9, "a\uFFFDb": 10, "": 11} {
		points, err := r.Int(`SELECT channel_points FROM user_points WHERE user_id = ?1`, base+r.find(t, name))
		require.NoError(t, err)
		require.Equal(t, want, points, "%q", name)
	}
	require.EqualValues(t, 1, r.note("shadowed-entry").Count)
	require.EqualValues(t, 2, r.note("twin-name").Count)
}

// Nothing that opens anything may lie in legacy_rejects.
func TestSecretsOfJSONFilesAreNotParked(t *testing.T) {
	t.Parallel()
	const key = "sesame"
	r := imported(t, files{
		usersFile:  `{"Ann": {"channelPoints": 1, "session_token": "sesame", "deep": [{"\u0070assword": "sesame", "n": 1e999}]}, "Ben": [{"apiKey": "sesame"}], "Ann": {}, "Cid": {"code": "sesame"}}`,
		tokensFile: `{"access_token": null, "refresh_token": "sesame", "extra": {"secret": "sesame"}, "id_token": "sesame"}`,
		goalsFile:  `{"a": {"current": 1, "token": "sesame"}}`,
	}.written(t))
	require.EqualValues(t, 6, r.count(t, `SELECT count(*) FROM legacy_rejects WHERE source_table IN ('users', 'api_tokens', 'goals')`)+1)
	require.NotContains(t, strings.Join(r.rows(t, `SELECT source_row FROM legacy_rejects`), ""), key)
}
