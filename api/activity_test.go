package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestActivityByTheHour(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask("POST", "/alice/api/points/Bob", h.aliceKey, `{"amount":25,"source":"chat"}`).ok(200, nil)
	h.ask("POST", "/alice/api/dropgame/score", h.aliceKey, `{"username":"Bob","score":7}`).ok(200, nil)
	var day struct {
		Items []busyHour
		Next  *string
	}
	h.ask("GET", "/alice/api/activity", h.aliceKey, "").ok(200, &day)
	require.Len(t, day.Items, 24)
	require.Nil(t, day.Next)
	last := day.Items[23]
	last.Points += day.Items[22].Points // the hour may have turned
	last.Viewers += day.Items[22].Viewers
	last.Drops += day.Items[22].Drops
	require.WithinDuration(t, time.Now(), last.Hour.Time, 61*time.Minute)
	require.Equal(t, [3]int64{25, 1, 1}, [3]int64{last.Points, last.Viewers, last.Drops})
	h.ask("GET", "/alice/api/activity?hours=744", h.aliceKey, "").ok(200, &day)
	require.Len(t, day.Items, 744)
	for _, bad := range []string{"0", "745", "-1", "x"} {
		require.Equal(t, 400, h.ask("GET", "/alice/api/activity?hours="+bad, h.aliceKey, "").status, bad)
	}
}
