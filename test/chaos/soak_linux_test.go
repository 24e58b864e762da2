package chaos

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

var soak = flag.Duration("soak", 0, "how long TestSoak runs")

const (
	soakStreamers = 200
	soakWriters   = 64
	soakSlots     = "32"
	// walLimit is what one log may reach: it is cut off at 64 MiB.
	walLimit = 80 << 20
)

// sample is what a server takes at one time.
type sample struct {
	rss, wal, longest    int64 // bytes; wal of all logs, longest of one
	descriptors, threads int64
	done, busy           int64 // requests so far
}

func (s sample) String() string {
	return fmt.Sprintf("rss %d MiB, %d descriptors, %d threads, wal %d KiB, longest %d KiB, %d requests done, %d told to come again",
		s.rss>>20, s.descriptors, s.threads, s.wal>>10, s.longest>>10, s.done, s.busy)
}

// A server under steady load, with far more streamers than slots, takes no more of
// anything as time goes by.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("runs only for as long as -soak says, such as -soak 30m")
	}
	h := program.NewHome(t, binary)
	key := h.AdminKey()
	s := h.Serve("--max-open", soakSlots)
	control := h.Control()
	for i := range soakStreamers {
		r, err := control.CreateStreamer(fmt.Sprintf("s%d", i))
		require.NoError(t, err)
		require.Equal(t, 201, r.Status, r.Body)
	}
	w := &wear{Server: s, key: key, wrong: make(chan string, soakWriters)}
	samples := w.run(*soak)
	require.Empty(t, w.wrong, "%v", w.first())
	require.GreaterOrEqual(t, len(samples), 3, "too short to compare anything")
	middle, end := typical(thirds(samples, 1)), typical(thirds(samples, 2))
	t.Logf("second third: %v", middle)
	t.Logf("last third: %v", end)
	require.LessOrEqual(t, float64(end.rss), 1.3*float64(middle.rss), "memory grows")
	require.LessOrEqual(t, end.descriptors, middle.descriptors+5, "descriptors grow")
	for _, one := range samples {
		require.Less(t, one.longest, int64(walLimit), "a log grows")
	}
	require.Zero(t, s.Term(), s.Stderr.Warnings())
}

// wear is a server under steady load.
type wear struct {
	*program.Server
	key        string
	over       atomic.Bool
	done, busy atomic.Int64
	wrong      chan string // each writer's end, if it was none of ours
}

// run loads the server for so long and samples what it takes.
func (w *wear) run(d time.Duration) (samples []sample) {
	w.Helper()
	var writers sync.WaitGroup
	for i := range soakWriters {
		writers.Go(func() { w.write(i) })
	}
	every := min(10*time.Second, d/6)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end) && len(w.wrong) == 0; {
		<-tick.C
		samples = append(samples, w.sample())
		w.Logf("%v", samples[len(samples)-1])
	}
	w.over.Store(true)
	writers.Wait()
	return samples
}

// write works on streamers at random: mostly awards, some purchases, some reads.
func (w *wear) write(i int) {
	random := rand.New(rand.NewPCG(uint64(i), 0))
	for !w.over.Load() {
		path := fmt.Sprintf("/s%d/api/", random.IntN(soakStreamers))
		viewer := fmt.Sprintf("Viewer%d", random.IntN(50))
		var r program.Reply
		var err error
		switch random.IntN(10) {
		case 0:
			r, err = w.HTTP("GET", path+"leaderboard", "", "")
		case 1:
			r, err = w.HTTP("POST", path+"powerups/"+viewer+"/buy", w.key, `{"powerupId":"boost"}`)
		default:
			r, err = w.HTTP("POST", path+"points/"+viewer, w.key, `{"amount":50,"source":"chat"}`)
		}
		switch {
		case err != nil:
			w.wrong <- err.Error()
			return
		case r.Status == 200, strings.Contains(r.Body, `"insufficient_points"`):
			w.done.Add(1)
		case r.Status == 503 && strings.Contains(r.Body, `"busy"`):
			w.busy.Add(1)
		default:
			w.wrong <- fmt.Sprintf("%d %s", r.Status, r.Body)
			return
		}
	}
}

// first is why the first writer gave up, if one did.
func (w *wear) first() string {
	select {
	case why := <-w.wrong:
		return why
	default:
		return ""
	}
}

func (w *wear) sample() (s sample) {
	w.Helper()
	status, err := os.ReadFile("/proc/" + w.PID() + "/status")
	require.NoError(w, err)
	for line := range bytes.Lines(status) {
		var n int64
		if _, err := fmt.Sscanf(string(line), "VmRSS: %d kB", &n); err == nil {
			s.rss = n << 10
		}
		_, _ = fmt.Sscanf(string(line), "Threads: %d", &s.threads)
	}
	s.descriptors, s.done, s.busy = int64(w.Descriptors()), w.done.Load(), w.busy.Load()
	_ = filepath.WalkDir(w.Data(), func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, "-wal") {
			if info, err := d.Info(); err == nil { // else it has just been closed
				s.wal, s.longest = s.wal+info.Size(), max(s.longest, info.Size())
			}
		}
		return nil
	})
	return s
}

// thirds is the n-th third of samples, from 0.
func thirds(samples []sample, n int) []sample {
	return samples[n*len(samples)/3 : (n+1)*len(samples)/3]
}

// typical is the median of each, except of what only grows.
func typical(samples []sample) sample {
	of := func(figure func(sample) int64) int64 {
		all := make([]int64, len(samples))
		for i, s := range samples {
			all[i] = figure(s)
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	s := samples[len(samples)-1]
	s.rss, s.wal, s.longest = of(func(s sample) int64 { return s.rss }), of(func(s sample) int64 { return s.wal }), of(func(s sample) int64 { return s.longest })
	s.descriptors, s.threads = of(func(s sample) int64 { return s.descriptors }), of(func(s sample) int64 { return s.threads })
	return s
}
