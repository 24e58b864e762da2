package legacy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/legacy"
	"streamvault/shard"
	"streamvault/shard/tenant"
	"streamvault/test/fixtures"
)

// jsonViewer is an entry of user_data.json.
type jsonViewer struct {
	DropPoints    int64            `json:"dropPoints"`
	TotalDrops    int64            `json:"totalDrops"`
	ChannelPoints int64            `json:"channelPoints"`
	Voice         *string          `json:"voiceId,omitempty"`
	Image         *string          `json:"dropImage,omitempty"`
	Country       *string          `json:"country,omitempty"`
	Powerups      map[string]int64 `json:"powerups,omitempty"`
}

func (v jsonViewer) points() tenant.Points {
	return tenant.Points{Channel: v.ChannelPoints, Drop: v.DropPoints, Drops: v.TotalDrops}
}

// oldFiles is a directory of JSON files with a bit of everything, made here: its names are
// told apart by case, by composition and by being encoded.
func oldFiles(t testing.TB) string {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	viewers := map[string]jsonViewer{}
	for i := range 200 {
		for _, form := range []string{"Viewer%d", "viewer%d", "J\u00fcrgen%d", "Ju\u0308rgen%d", "J%%C3%%BCrgen%d"} {
			v := jsonViewer{DropPoints: random.Int64N(500), TotalDrops: random.Int64N(9), ChannelPoints: random.Int64N(10_000)}
			if i%7 == 0 {
				country := "CA"
				v.Country, v.Powerups = &country, map[string]int64{"tnt": random.Int64N(4), "boost": 1}
			}
			viewers[fmt.Sprintf(form, i)] = v
		}
	}
	body, err := json.MarshalIndent(viewers, "", "  ")
	require.NoError(t, err)
	dir := t.TempDir()
	for name, body := range map[string]string{
		"user_data.json": string(body), "goals.json": `{"followers": {"current": 29}}`, "tips.json": `["a tip", "", 5]`,
		"tokens.json":          `{"access_token": "` + plainSecret + `", "refresh_token": "` + plainSecret + `"}`,
		"dropgame.config.json": `{"game": {"gravity": 5}}`,
		"package.json":         "{ not ours",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600))
	}
	return dir
}

// viewersOf reads user_data.json in another way than the import does.
func viewersOf(t testing.TB, dir string) map[string]jsonViewer {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(dir, "user_data.json"))
	require.NoError(t, err)
	var all map[string]jsonViewer
	require.NoError(t, json.Unmarshal(body, &all))
	return all
}

// held is how many of a power-up a viewer has.
func held(t testing.TB, ts shard.TenantStore, viewer tenant.UserID, powerup string) (n int64) {
	t.Helper()
	items, err := ts.Inventory(t.Context(), viewer)
	require.NoError(t, err)
	for _, item := range items {
		if string(item.Powerup) == powerup {
			n += item.Quantity
		}
	}
	return n
}

// requireViewers finds everybody by his exact name, with all that he had.
func requireViewers(t testing.TB, ts shard.TenantStore, want map[string]jsonViewer) {
	t.Helper()
	require.Len(t, users(t, ts), len(want))
	for name, w := range want {
		u, err := ts.UserByName(t.Context(), name)
		require.NoError(t, err, "%q", name)
		require.Equal(t, name, u.Username)
		require.Equal(t, w.points(), u.Points, "%q", name)
		require.Equal(t, []*string{w.Voice, w.Image, w.Country}, []*string{u.VoiceID, u.DropImage, u.Country}, "%q", name)
		for powerup, quantity := range w.Powerups {
			require.Equal(t, quantity, held(t, ts, u.ID, powerup), "%q %s", name, powerup)
		}
	}
}

func TestJSONFilesBecomeAStreamer(t *testing.T) {
	t.Parallel()
	s, dir := store(t), oldFiles(t)
	before := tree(t, dir)
	report, ts := moved(t, s, dir)
	require.Equal(t, before, tree(t, dir), "the source is as it was")
	want := viewersOf(t, dir)
	require.Len(t, want, 1000)
	require.Equal(t, legacy.J3, report.Generation)
	require.Equal(t, legacy.Count{Source: 1000, Carried: 1000}, report.Tables["users"])
	require.Equal(t, legacy.Count{Source: 3, Carried: 2, Rejected: 1}, report.Tables["tips"])
	requireViewers(t, ts, want)
	tips, err := ts.Tips(t.Context(), true)
	require.NoError(t, err)
	require.Len(t, tips, 2)
	_, err = ts.AddPoints(t.Context(), "viewer0", tenant.Award{Amount: 1, Source: "chat"})
	require.NoError(t, err, "life goes on")
}

func TestTheSameJSONFilesAgainChangeNothing(t *testing.T) {
	t.Parallel()
	s, dir := store(t), oldFiles(t)
	first, _ := moved(t, s, dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "another.txt"), nil, 0o600))
	report, key, err := s.ImportLegacy(t.Context(), request(dir), nil)
	require.NoError(t, err)
	require.Empty(t, key)
	require.Equal(t, legacy.AlreadyImported, report.Status)
	require.Equal(t, first.Tables, report.Tables)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "goals.json"), []byte(`{}`), 0o600))
	_, _, err = s.ImportLegacy(t.Context(), request(dir), nil)
	var conflict *shard.ImportConflictError
	require.ErrorAs(t, err, &conflict, "another source")
}

// The kept source gives back the files as they were, and the import can be verified by it.
func TestTheSealedCopyOfJSONFilesIsKept(t *testing.T) {
	t.Parallel()
	s, dir := store(t), oldFiles(t)
	report, _ := moved(t, s, dir)
	require.NoError(t, filepath.WalkDir(s.Dir(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		require.False(t, bytes.Contains(body, []byte(plainSecret)), "%s holds a secret in clear", path)
		return err
	}))
	out := filepath.Join(t.TempDir(), "out")
	paths, err := s.Source(t.Context(), report.Run, out)
	require.NoError(t, err)
	require.Len(t, paths, 5)
	for _, path := range paths {
		want, err := os.ReadFile(filepath.Join(dir, filepath.Base(path)))
		require.NoError(t, err)
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	v, err := s.VerifyImport(t.Context(), report.Run, "", nil)
	require.NoError(t, err)
	require.True(t, v.OK, "%+v", v.Differences)
	require.EqualValues(t, 1000, v.Tables["users"].Same)
}

func TestBrokenJSONFilesChangeNothing(t *testing.T) {
	t.Parallel()
	s := store(t)
	before := tree(t, s.Dir())
	for name, body := range map[string]string{
		"HTML": "<html></html>", "Empty": "", "Cut": `{"a": {"channelPoints": 1}, "b`,
		"Long": `{"a": {"voiceId": "` + strings.Repeat("x", 100<<20) + `"}}`,
		"Deep": `{"a": ` + strings.Repeat(`{"a":`, 2_000_000),
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "user_data.json"), []byte(body), 0o600))
		_, _, err := s.ImportLegacy(t.Context(), request(dir), nil)
		var refused *legacy.RefusedError
		require.ErrorAs(t, err, &refused, name)
		require.NotContains(t, refused.Why, "reader was", "%s: it was judged, not stopped", name)
		require.Equal(t, before, tree(t, s.Dir()))
	}
}

// The largest entry that is allowed is read within the limits of the process that reads it.
func TestALargeEntryMovesIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	body := `{"a": {"channelPoints": 7, "dropImage": "` + strings.Repeat("x", 32<<20-100) + `", "voiceId": "v"}, "b": {"channelPoints": 8}}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "user_data.json"), []byte(body), 0o600))
	report, ts := moved(t, store(t), dir)
	require.Equal(t, legacy.Count{Source: 2, Carried: 1, Repaired: 1}, report.Tables["users"])
	u, err := ts.UserByName(t.Context(), "a")
	require.NoError(t, err)
	require.Len(t, *u.DropImage, 4<<20)
}

func realDirectories(t *testing.T) []string {
	return slices.DeleteFunc(fixtures.Names(t, "legacy/json-*"), func(name string) bool { return strings.HasSuffix(name, ".json") })
}

// Every real directory comes over whole, with its sums and power-ups.
func TestRealDirectoriesBecomeStreamers(t *testing.T) {
	t.Parallel()
	for _, name := range realDirectories(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir, truth := store(t), fixtures.CopyDir(t, name), fixtures.JSONTruthOf(t, name)
			before := tree(t, dir)
			report, ts := moved(t, s, dir)
			require.Equal(t, before, tree(t, dir))
			require.Equal(t, legacy.Generation("J"+strings.TrimPrefix(name, "legacy/json-")[:1]), report.Generation)
			require.EqualValues(t, truth.Users.Entries, report.Tables["users"].Source)
			for table, c := range report.Tables {
				require.Equal(t, legacy.Count{Source: c.Source, Carried: c.Source}, c, table)
			}
			require.Equal(t, []string{truth.Users.Sums["channelPoints"], truth.Users.Sums["dropPoints"], truth.Users.Sums["totalDrops"]},
				[]string{fmt.Sprint(report.Sums.ChannelPoints.Result), fmt.Sprint(report.Sums.DropPoints.Result), fmt.Sprint(report.Sums.TotalDrops.Result)})
			requireViewers(t, ts, viewersOf(t, dir))
			for powerup, want := range truth.Users.Powerups {
				require.Equal(t, want, heldByAll(t, ts, powerup), powerup)
			}
			again, _, err := s.ImportLegacy(t.Context(), request(dir), nil)
			require.NoError(t, errors.Join(err, s.VerifyAudit(t.Context())))
			require.Equal(t, legacy.AlreadyImported, again.Status)
			_, err = os.Stat(filepath.Join(s.Dir(), filepath.FromSlash(report.Backup)))
			require.NoError(t, err)
		})
	}
}

// heldByAll adds up what viewers have of a power-up.
func heldByAll(t testing.TB, ts shard.TenantStore, powerup string) (n int64) {
	t.Helper()
	for _, u := range users(t, ts) {
		n += held(t, ts, u.ID, powerup)
	}
	return n
}
