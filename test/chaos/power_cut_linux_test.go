package chaos

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

// powered is a crowd whose installation lies on a volume.
type powered struct {
	*crowd
	volume *volume
	server *program.Server
	args   []string
}

func newPowered(t testing.TB, args ...string) *powered {
	t.Helper()
	return newPoweredAt(t, 0, args...)
}

// newPoweredAt makes an installation whose fleet is at a version; 0 is the newest.
func newPoweredAt(t testing.TB, version int, args ...string) *powered {
	t.Helper()
	h := program.NewHome(t, binary)
	v := newVolume(h, 512<<20)
	if version != 0 {
		require.Zero(t, h.Run("init", "--fleet-version", fmt.Sprint(version)).Code)
	}
	s := h.Serve(args...)
	return &powered{crowd: newCrowd(h), volume: v, server: s, args: args}
}

// cut takes the power in the middle of work, beside which meanwhile runs, and says what
// is there when it is back.
func (p *powered) cut(meanwhile func()) verdict {
	p.Helper()
	wait := p.load(p.server)
	var other sync.WaitGroup
	other.Go(meanwhile)
	time.Sleep(20*time.Millisecond + atMost(380*time.Millisecond, p.random))
	p.volume.cut(p.server)
	wait()
	other.Wait()
	p.server = p.restart(p.args...)
	for _, name := range p.home.Streamers() {
		r := p.server.Must("GET", "/"+name+"/api/leaderboard", "", "")
		require.Equal(p, 200, r.Status, "%s: %s", name, r.Body)
	}
	return p.audit(p.server)
}

func TestPowerCutsLoseNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	p := newPowered(t)
	cuts := times(10, 40)
	var v verdict
	for cut := range cuts {
		v = p.cut(func() { p.foundSome(fmt.Sprintf("new%d", cut)) })
		v.holds(t)
	}
	require.Greater(t, v.acked, cuts, "there was no load to speak of")
	p.report("cuts", v)
	t.Logf("%d streamers were acknowledged, %d are there", len(p.keys), len(p.home.Streamers()))
}

// foundSome makes a few streamers, until the power is cut. Their keys have to be good
// afterwards.
func (p *powered) foundSome(prefix string) {
	control := p.home.Control()
	for i := range 3 {
		if p.found(control, fmt.Sprintf("%s-%d", prefix, i)) != nil {
			return
		}
	}
}

// The same cuts have to be seen to lose something where the program does not wait for the
// disk, or they show nothing.
func TestPowerCutsLoseWhatWasNotWaitedFor(t *testing.T) {
	t.Parallel()
	p := newPowered(t, "--durability", "normal")
	for range 3 {
		v := p.cut(func() {})
		require.Empty(t, v.wrong, "what is left has to be whole")
		if v.lost > 0 {
			p.report("cuts", v)
			return
		}
	}
	require.Fail(t, "these cuts lose nothing even where they should: the test is blind")
}
