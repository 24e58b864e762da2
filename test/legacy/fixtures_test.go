package legacy

import (
	"testing"

	"github.com/stretchr/testify/require"

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
