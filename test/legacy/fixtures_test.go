package legacy

import (
	"fmt"
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/legacy"
	"streamvault/test/fixtures"
)

// Every real database becomes a streamer all of whose viewers are found by their names.
func TestRealDatabasesBecomeStreamers(t *testing.T) {
	t.Parallel()
	for _, name := range append(fixtures.Names(t, "legacy/*.db"), "contract/start.db") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			truth := fixtures.TruthOf(t, name)
			_, ts := moved(t, store(t), fixtures.Copy(t, name))
			all := users(t, ts)
			require.EqualValues(t, truth.Tables["users"].Rows, len(all))
			for _, u := range all {
				found, err := ts.UserByName(t.Context(), u.Username)
				require.NoError(t, err)
				require.Equal(t, u.ID, found.ID, "%q", u.Username)
			}
		})
	}
}

// Every real directory of JSON files becomes a streamer with everybody in it, however they are
// spelled, and everything they had.
func TestRealJSONFilesBecomeStreamers(t *testing.T) {
	t.Parallel()
	for _, name := range fixtures.Names(t, "legacy/json-?-???????") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var truth map[string]struct {
				Users    int64
				Sums     map[string]string
				Powerups map[string]int64
			}
			fixtures.JSON(t, name+".truth.json", &truth)
			want := truth["user_data.json"]
			s, dir := store(t), fixtures.CopyDir(t, name)
			report, ts := moved(t, s, dir)
			require.Equal(t, "J"+path.Base(name)[5:6], string(report.Generation))
			require.Equal(t, legacy.Count{Source: want.Users, Carried: want.Users}, report.Tables["users"])
			require.Equal(t, want.Sums, map[string]string{
				"channelPoints": fmt.Sprint(report.Sums.ChannelPoints.Result),
				"dropPoints":    fmt.Sprint(report.Sums.DropPoints.Result),
				"totalDrops":    fmt.Sprint(report.Sums.TotalDrops.Result),
			})
			all, powerups := users(t, ts), map[string]int64{"tnt": 0, "powerdrop": 0, "shield": 0, "magnet": 0, "ghost": 0, "boost": 0}
			require.EqualValues(t, want.Users, len(all))
			for _, u := range all {
				found, err := ts.UserByName(t.Context(), u.Username)
				require.NoError(t, err)
				require.Equal(t, u.ID, found.ID, "%q", u.Username)
				items, err := ts.Inventory(t.Context(), u.ID)
				require.NoError(t, err)
				for _, i := range items {
					powerups[string(i.Powerup)] += i.Quantity
				}
			}
			require.Equal(t, want.Powerups, powerups)
			again, _, err := s.ImportLegacy(t.Context(), request(dir), nil)
			require.NoError(t, err)
			require.Equal(t, legacy.AlreadyImported, again.Status)
		})
	}
}

// line is one of the recorded leaderboard.
type line struct {
	Username                                           string
	TotalPoints, ChannelPoints, DropPoints, TotalDrops int64
}

// recorded is what the old app answered to the steps of a case.
func recorded[T any](t *testing.T, name string) []T {
	t.Helper()
	var c struct {
		Steps []struct{ Response struct{ JSON T } }
	}
	fixtures.JSON(t, "contract/cases/"+name+".json", &c)
	answers := make([]T, len(c.Steps))
	for i, s := range c.Steps {
		answers[i] = s.Response.JSON
	}
	return answers
}

func TestTheLeaderboardIsTheRecordedOne(t *testing.T) {
	t.Parallel()
	_, ts := moved(t, store(t), fixtures.Copy(t, "contract/start.db"))
	ranks, err := ts.Leaderboard(t.Context(), 50)
	require.NoError(t, err)
	got := []line{}
	for _, r := range ranks {
		got = append(got, line{r.Username, r.Points.Total(), r.Points.Channel, r.Points.Drop, r.Points.Drops})
	}
	require.Equal(t, recorded[[]line](t, "get-leaderboard")[0], got)
}

func TestLedgersAreTheRecordedOnes(t *testing.T) {
	t.Parallel()
	_, ts := moved(t, store(t), fixtures.Copy(t, "contract/start.db"))
	want := recorded[map[string]int64](t, "points-summary")
	for i, name := range []string{"alice", "bob"} {
		u, err := ts.UserByName(t.Context(), name)
		require.NoError(t, err)
		got, err := ts.LedgerSummary(t.Context(), u.ID, "channel")
		require.NoError(t, err)
		require.Equal(t, want[i], got)
	}
}
