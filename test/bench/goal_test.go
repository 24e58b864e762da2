package main

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinesOfGoals(t *testing.T) {
	t.Parallel()
	g := goal{id: "M3", parts: []part{atLeast(15, "rate"), atMost(0.02, "p99")}}
	for want, ratios := range map[string][]float64{
		"M3 ratio=24.8 required>=15 ok":       {24.8, 0.001},
		"M3 ratio=14.9 required>=15 short":    {14.9, 0.001},
		"M3 ratio=0.025 required<=0.02 short": {24.8, 0.025},
		"M3 ratio=0.019 required<=0.02 ok":    {90, 0.019},
		"M3 ratio=NaN required>=15 short":     {math.NaN(), 0.001},
	} {
		require.Equal(t, want, g.line(g.worst(ratios)))
	}
}

func TestGoalsThatAreThere(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, g := range goals() {
		ids = append(ids, g.id)
		require.NotEmpty(t, g.parts)
	}
	require.Equal(t, []string{"M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "M11", "M12", "M13", "M14", "M15", "M16", "M17", "M18"}, ids)
	quick, err := choose("", true)
	require.NoError(t, err)
	for _, g := range quick {
		require.NotEqual(t, "M12", g.id, "building a server takes long")
	}
	var stdout, stderr bytes.Buffer
	require.Equal(t, 2, run([]string{"-only", "M99"}, &stdout, &stderr))
	require.Contains(t, stderr.String(), "the goals are M1, M2")
}

// A ratio is the median of the rounds', so that one disturbed round does not count.
func TestRatioIsOfRounds(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 2, ratio([]float64{2, 20, 6}, []float64{1, 10, 0.1}), 1e-9)
}
