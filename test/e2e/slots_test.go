package e2e

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

func TestManyStreamersOnFewSlots(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("this system does not tell what a process has open")
	}
	const slots, rounds, callers = 64, 3, 8
	total := 200
	if *long {
		total = 1000
	}
	h := newHome(t)
	key := h.AdminKey()
	p := h.serve("--max-open", fmt.Sprint(slots))
	control := h.Control()
	each(callers, total, func(i int) error { return wants(201)(control.CreateStreamer(fmt.Sprintf("s%d", i))) })(t)
	var open [rounds]int
	for round := range rounds {
		each(callers, total, func(i int) error { return p.use(fmt.Sprintf("s%d", i), key, round) })(t)
		open[round] = p.Descriptors()
	}
	t.Logf("%d streamers on %d slots, descriptors after each round: %v", total, slots, open)
	const perShard, others = 7, 64
	require.LessOrEqual(t, open[rounds-1], slots*perShard+others)
	require.InDelta(t, open[0], open[rounds-1], 2*callers, "descriptors stay flat: %v", open)
	require.Zero(t, p.Term(), p.Stderr)
}

// use writes to a streamer and reads it back.
func (p *process) use(name, key string, round int) error {
	if err := wants(200)(p.HTTP("POST", "/"+name+"/api/points/Viewer", key, `{"amount":1,"source":"chat"}`)); err != nil {
		return err
	}
	r, err := p.HTTP("GET", "/"+name+"/api/points/Viewer/summary", key, "")
	if err := wants(200)(r, err); err != nil {
		return err
	}
	return nil
}

// wants turns any other answer into an error.
func wants(status int) func(program.Reply, error) error {
	return func(r program.Reply, err error) error {
		if err == nil && r.Status != status {
			err = fmt.Errorf("answered %d: %s", r.Status, r.Body)
		}
		return err
	}
}

// each calls do for 0 to n-1 from several callers, in order, and collects what failed.
func each(callers, n int, do func(i int) error) func(testing.TB) {
	var next, failures = make(chan int), make(chan error, n)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					failures <- fmt.Errorf("%d: %w", i, err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	close(failures)
	return func(t testing.TB) {
		t.Helper()
		for err := range failures {
			require.NoError(t, err)
		}
	}
}
