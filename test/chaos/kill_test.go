package chaos

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

func TestKillsUnderLoadLoseNothingAndCountNothingTwice(t *testing.T) {
	t.Parallel()
	survivesKills(t, times(30, 300))
}

// What --durability normal gives away is given away to power cuts only.
func TestKillsLoseNothingThatAPowerCutMay(t *testing.T) {
	t.Parallel()
	survivesKills(t, times(3, 30), "--durability", "normal")
}

func survivesKills(t testing.TB, kills int, args ...string) {
	t.Helper()
	h := program.NewHome(t, binary)
	s := h.Serve(args...)
	c := newCrowd(h)
	var v verdict
	for range kills {
		wait := c.load(s)
		time.Sleep(atMost(150*time.Millisecond, c.random))
		s.Kill()
		wait()
		s = c.restart(args...)
		v = c.audit(s)
		v.holds(t)
	}
	require.Greater(t, v.acked, kills, "there was no load to speak of")
	require.Zero(t, s.Term(), s.Stderr.Warnings())
	c.report("kills", v)
}

// report tells the figures; none of them is a condition.
func (c *crowd) report(what string, v verdict) {
	slices.Sort(c.starts)
	n := len(c.starts)
	c.Logf("%d %s: %d writes acknowledged, %d of them lost; from start to first answer median %v, longest %v",
		n, what, v.acked, v.lost, c.starts[n/2].Round(time.Millisecond), c.starts[n-1].Round(time.Millisecond))
}
