package main

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDemoDataIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	require.Equal(t, demoEvents(), demoEvents())
}

func TestDemoDataIsBelievable(t *testing.T) {
	t.Parallel()
	events := demoEvents()
	balance := map[string]int64{}
	days := map[int]bool{}
	for _, e := range events {
		balance[e.viewer] += e.amount
		days[int(e.at/(24*time.Hour))] = true
		require.GreaterOrEqual(t, balance[e.viewer], int64(0), "%s could not pay", e.viewer)
		require.Less(t, e.at, demoDays*24*time.Hour, "nothing happens in the future")
	}
	require.Len(t, balance, demoViewers, "every name is used once, and each viewer has done something")
	require.Len(t, days, demoDays)
	require.Contains(t, balance, demoViewer)
	require.True(t, slices.IsSortedFunc(events, func(a, b demoEvent) int { return int(a.at - b.at) }))
	var drops, bought int
	for _, e := range events {
		if e.drop != nil {
			drops++
		}
		if e.buy != "" {
			bought++
		}
	}
	require.Positive(t, drops)
	require.Positive(t, bought)
	t.Logf("%d events, %d drops, %d power-ups bought", len(events), drops, bought)
}
