package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Operators who do everything at once on a server that is killed again and again: nobody's points
// are lost but by who restored him, no job is left running, and when what was halted is ended, the
// doctor finds nothing.
func TestOperationsBesideEachOtherAndKills(t *testing.T) {
	t.Parallel()
	const streamers, seed = 10, 7
	h, key := fleetHome(t, streamers)
	require.Zero(t, h.Run("backup", "create", "--all").Code)
	rounds := 3
	if *long {
		rounds = 40
	}
	var acked [streamers]atomic.Int64 // points given to who is never restored
	for i := range streamers {
		acked[i].Store(5)
	}
	for round := range rounds {
		p := h.serve()
		stop, r := make(chan struct{}), rand.New(rand.NewPCG(seed, uint64(round)))
		var all sync.WaitGroup
		operator := func(of uint64, acts ...func(r *rand.Rand)) {
			r := rand.New(rand.NewPCG(seed+of, uint64(round)))
			all.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						acts[r.IntN(len(acts))](r)
					}
				}
			})
		}
		ask := func(method, path, body string) {
			_, _ = p.HTTP(method, path, key, body) // refused and cut off in many ways; what is left counts
		}
		operator(1, func(*rand.Rand) { ask("POST", "/api/migrations", `{"action":"up","workers":2}`) },
			func(*rand.Rand) { ask("POST", "/api/migrations", `{"action":"up","to":1,"down":true,"workers":1}`) },
			func(*rand.Rand) { ask("POST", "/api/migrations", `{"action":"plan"}`) },
			func(r *rand.Rand) { ask("POST", fmt.Sprintf("/api/migrations/%d/rollback", 1+r.IntN(20)), `{}`) },
			func(*rand.Rand) { time.Sleep(20 * time.Millisecond) })
		operator(2, func(*rand.Rand) { ask("POST", "/api/backups", `{"workers":2}`) }, func(*rand.Rand) { time.Sleep(30 * time.Millisecond) })
		operator(3, func(r *rand.Rand) {
			ask("POST", fmt.Sprintf("/api/jobs/%d/cancel", 1+r.IntN(30)), "")
		}, func(r *rand.Rand) { ask("POST", fmt.Sprintf("/api/jobs/%d/resume", 1+r.IntN(30)), "") },
			func(r *rand.Rand) { ask("POST", fmt.Sprintf("/api/migrations/%d/resume", 1+r.IntN(30)), "") },
			func(*rand.Rand) { time.Sleep(10 * time.Millisecond) })
		operator(4, func(r *rand.Rand) { // backups of s1 to s5 are 1 to 5
			n := 1 + r.IntN(5)
			ask("POST", fmt.Sprintf("/api/streamers/s%d/restore", n), fmt.Sprintf(`{"backup":%d}`, n))
		}, func(r *rand.Rand) {
			name := fmt.Sprintf("as-%d-%d", round, r.IntN(1000))
			ask("POST", "/api/streamers/s1/restore", fmt.Sprintf(`{"backup":1,"as":%q}`, name))
			ask("POST", "/api/streamers/"+name+"/backups", `{}`)
			ask("POST", "/api/streamers/"+name+"/purge", `{"force":true}`)
		})
		for i := 5; i < streamers; i++ {
			all.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					got, err := p.HTTP("POST", fmt.Sprintf("/s%d/api/points/Viewer0", i+1), key, `{"amount":1,"source":"chat"}`)
					if err == nil && got.Status == 200 {
						acked[i].Add(1)
					}
					time.Sleep(5 * time.Millisecond)
				}
			})
		}
		time.Sleep(time.Duration(300+r.IntN(1200)) * time.Millisecond)
		p.Kill()
		close(stop)
		all.Wait()
		h.afterChaos(round)
	}
	p := h.serve()
	for i := 5; i < streamers; i++ {
		var stats struct{ ChannelPoints int64 }
		require.NoError(t, json.Unmarshal([]byte(p.Must("GET", fmt.Sprintf("/s%d/api/stats/Viewer0", i+1), "", "").Body), &stats))
		require.GreaterOrEqual(t, stats.ChannelPoints, acked[i].Load(), "s%d: what was acknowledged is there", i+1)
	}
	require.Zero(t, p.Term(), p.Stderr)
}

// afterChaos ends what was halted and looks over all there is.
func (h home) afterChaos(round int) {
	h.Helper()
	var jobs struct{ Items []fleetJob }
	h.JSON(&jobs, "job", "list")
	for _, j := range jobs.Items {
		require.NotEqual(h, "running", j.State, "round %d: %+v", round, j)
	}
	require.Zero(h, h.Run("backup", "create", "--all").Code)
	o := h.Run("migrate", "up")
	require.Zero(h, o.Code, o.Stderr)
	h.JSON(&jobs, "job", "list")
	for _, j := range jobs.Items {
		if j.State == "halted" {
			require.Zero(h, h.Run("job", "cancel", fmt.Sprint(j.ID)).Code)
		}
	}
	for _, p := range h.doctor().Problems {
		require.Equal(h, "purge_unfinished", p.Code, "round %d: %+v", round, p)
		require.Zero(h, h.Run("streamer", "purge", *p.Streamer, "--yes").Code)
	}
	o = h.Run("doctor", "--deep")
	require.Zero(h, o.Code, "round %d: %s", round, o.Stdout)
	require.Zero(h, h.Run("audit", "verify").Code)
	require.False(h, strings.Contains(o.Stdout, "orphan"), o.Stdout)
}
