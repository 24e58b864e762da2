package backup

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRulesOfRetention(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Keep{
		"": {}, "24h,7d,4w": {Hours: 24, Days: 7, Weeks: 4}, "4w, 24h": {Hours: 24, Weeks: 4}, "1d": {Days: 1},
	} {
		got, err := ParseKeep(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := ParseKeep(got.String())
		require.NoError(t, err)
		require.Equal(t, want, again)
	}
	for _, bad := range []string{"24", "h", "0h", "-1d", "+1d", "1.5d", "1y", "24h,24h", "24h,,7d", ",", " ", "10001w", "24h;7d", "99999999999999999999h"} {
		_, err := ParseKeep(bad)
		require.ErrorIs(t, err, ErrKeep, bad)
	}
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestTheNewestOfEachSpanStays(t *testing.T) {
	t.Parallel()
	all := []Kept{
		{ID: 1, At: at("2026-03-01T10:00:00Z")}, // Sunday
		{ID: 2, At: at("2026-03-02T00:30:00Z")}, // Monday: another week
		{ID: 3, At: at("2026-03-02T23:00:00Z")},
		{ID: 4, At: at("2026-03-04T05:10:00Z")},
		{ID: 5, At: at("2026-03-04T05:50:00Z")},
		{ID: 6, At: at("2026-03-04T07:00:00Z")},
	}
	ids := func(k Keep) (gone []int64) {
		for _, b := range k.Surplus(all) {
			gone = append(gone, b.ID)
		}
		return gone
	}
	require.Empty(t, ids(Keep{}))
	require.Equal(t, []int64{1, 2, 3, 4}, ids(Keep{Hours: 2}))
	require.Equal(t, []int64{1, 2, 4}, ids(Keep{Hours: 3}), "an hour without one does not count")
	require.Equal(t, []int64{1, 2, 4, 5}, ids(Keep{Days: 2}))
	require.Equal(t, []int64{2, 3, 4, 5}, ids(Keep{Weeks: 2}))
	require.Equal(t, []int64{2, 4}, ids(Keep{Hours: 2, Days: 2, Weeks: 2}))
	require.Equal(t, []int64{1, 2, 3}, ids(Keep{Newest: 3}))
	require.Equal(t, []int64{2, 3}, ids(Keep{Newest: 3, Weeks: 2}))
	require.Empty(t, ids(Keep{Newest: 7}))
	all[1].Proven, all[0].Proven = true, true
	require.Equal(t, []int64{1, 3, 4, 5}, ids(Keep{Hours: 1}), "the newest that was proven stays too")
}

func TestRetentionHoldsForAnyBackups(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := Keep{rapid.IntRange(0, 9).Draw(t, "newest"), rapid.IntRange(0, 30).Draw(t, "hours"), rapid.IntRange(0, 10).Draw(t, "days"), rapid.IntRange(0, 5).Draw(t, "weeks")}
		var all []Kept
		for i := range rapid.IntRange(1, 60).Draw(t, "n") {
			seconds := rapid.Int64Range(-100_000, 60*24*3600).Draw(t, "at")
			all = append(all, Kept{ID: int64(i + 1), At: time.Unix(seconds, 0), Proven: rapid.IntRange(0, 9).Draw(t, "proven") == 0})
		}
		before := slices.Clone(all)
		gone := map[int64]bool{}
		for _, b := range k.Surplus(all) {
			gone[b.ID] = true
		}
		require.Equal(t, before, all, "what was given is not changed")
		var rest []Kept
		for _, b := range all {
			if !gone[b.ID] {
				rest = append(rest, b)
			}
		}
		require.Len(t, rest, len(all)-len(gone))
		if k == (Keep{}) {
			require.Empty(t, gone)
		}
		require.Empty(t, k.Surplus(rest), "a second time removes nothing")
		for _, rule := range []struct {
			n    int
			span func(time.Time) int64
		}{{k.Hours, hourOf}, {k.Days, dayOf}, {k.Weeks, weekOf}} {
			requireSpans(t, rule.n, rule.span, all, rest)
		}
		newest := slices.MaxFunc(all, later)
		require.False(t, gone[newest.ID], "the newest always stays")
		most := 2 + k.Newest + k.Hours + k.Days + k.Weeks
		require.True(t, k == (Keep{}) || len(rest) <= most, "%d of at most %d stay", len(rest), most)
		more := k.Surplus(append(slices.Clone(rest), Kept{ID: 1000, At: newest.At.Add(time.Second)}))
		require.LessOrEqual(t, len(more), 5, "one more makes few old ones go: one a rule, and the one that was the newest")
	})
}

func later(a, b Kept) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	return int(a.ID - b.ID)
}

// requireSpans holds that each of the last n spans with a backup has kept its newest.
func requireSpans(t *rapid.T, n int, span func(time.Time) int64, all, rest []Kept) {
	newest := map[int64]Kept{}
	for _, b := range all {
		if old, ok := newest[span(b.At)]; !ok || later(b, old) > 0 {
			newest[span(b.At)] = b
		}
	}
	var spans []int64
	for s := range newest {
		spans = append(spans, s)
	}
	slices.Sort(spans)
	slices.Reverse(spans)
	for _, s := range spans[:min(n, len(spans))] {
		require.Contains(t, rest, newest[s])
	}
}
