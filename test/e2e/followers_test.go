package e2e

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// crowd follows one streamer, whose one goal is moved again and again.
type crowd struct {
	*process
	key   string
	sent  sync.Map // count of the goal: when it was asked for
	count atomic.Int64

	mu        sync.Mutex
	late      []time.Duration // of each message, from the oldest change in it
	delivered int64
	gone      atomic.Int64
}

// TestOverlaysAreHeld holds many WebSockets of one streamer while his data changes: in the long
// form 1,000 for ten minutes. It prints what the server's process takes each minute; that must
// not grow, no follower may be lost, and each hears of the last change.
func TestOverlaysAreHeld(t *testing.T) {
	if !*long {
		t.Parallel()
	}
	followers, rounds, round := 100, 4, time.Second
	if *long {
		followers, rounds, round = 1000, 10, time.Minute
	}
	h := newHome(t)
	key := h.Create("alice").OwnerKey
	c := &crowd{process: h.serve(), key: key}
	require.Equal(t, 200, c.Must("PUT", "/alice/api/admin/goals/steps", key, `{"label":"Steps","target":1000000}`).Status)
	var reading sync.WaitGroup
	last := make([]atomic.Int64, followers)
	for i := range followers {
		conn := c.dial(t)
		reading.Go(func() { c.read(t, conn, &last[i]) })
	}
	done := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() { c.write(done) })
	var rss []int
	for minute := range rounds {
		time.Sleep(round)
		rss = append(rss, c.report(t, minute+1, round))
	}
	close(done)
	writing.Wait()
	require.Eventually(t, func() bool {
		return !slices.ContainsFunc(indexes(followers), func(i int) bool { return last[i].Load() != c.count.Load() })
	}, 10*time.Second, 50*time.Millisecond, "somebody has not heard of the last change")
	require.Zero(t, c.gone.Load(), "followers were lost")
	if *long {
		require.Less(t, rss[len(rss)-1], rss[1]*5/4, "the memory grows: %v KiB", rss)
	}
	c.Kill()
	reading.Wait()
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func (c *crowd) dial(t *testing.T) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(c.URL, "http")+"/alice/api/events",
		&websocket.DialOptions{HTTPHeader: map[string][]string{"Authorization": {"Bearer " + c.key}}})
	require.NoError(t, err)
	conn.SetReadLimit(1 << 20)
	return conn
}

// read notes how late each change of the goal is.
func (c *crowd) read(t *testing.T, conn *websocket.Conn, last *atomic.Int64) {
	defer conn.CloseNow()
	for {
		_, message, err := conn.Read(t.Context())
		if err != nil {
			c.gone.Add(1)
			return
		}
		now := time.Now()
		_, after, ok := strings.Cut(string(message), `"steps":{"current":`)
		if !ok {
			continue
		}
		digits, _, _ := strings.Cut(after, ",")
		n, _ := strconv.ParseInt(digits, 10, 64)
		oldest, known := c.sent.Load(last.Swap(n) + 1)
		c.mu.Lock()
		c.delivered++
		if known {
			c.late = append(c.late, now.Sub(oldest.(time.Time)))
		}
		c.mu.Unlock()
	}
}

// write moves the goal some twice a second.
func (c *crowd) write(done chan struct{}) {
	beat := time.NewTicker(450 * time.Millisecond)
	defer beat.Stop()
	for {
		select {
		case <-done:
			return
		case <-beat.C:
		}
		c.sent.Store(c.count.Load()+1, time.Now())
		r, err := c.HTTP("POST", "/alice/api/admin/goals/steps/progress", c.key, `{"by":1}`)
		if err == nil && r.Status == 200 {
			c.count.Add(1)
		}
	}
}

// report prints what the server takes, and what its followers got since the last report.
func (c *crowd) report(t *testing.T, minute int, round time.Duration) (kib int) {
	t.Helper()
	pid := strconv.Itoa(c.Cmd.Process.Pid)
	status, err := os.ReadFile("/proc/" + pid + "/status")
	require.NoError(t, err)
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	_, err = fmt.Sscan(after, &kib)
	require.NoError(t, err)
	open, err := os.ReadDir("/proc/" + pid + "/fd")
	require.NoError(t, err)
	c.mu.Lock()
	late, delivered := c.late, c.delivered
	c.late, c.delivered = nil, 0
	c.mu.Unlock()
	slices.Sort(late)
	p99 := time.Duration(0)
	if len(late) > 0 {
		p99 = late[len(late)*99/100]
	}
	t.Logf("after %v: %d KiB resident, %d descriptors, %d messages delivered, p99 %v, %d gone",
		time.Duration(minute)*round, kib, len(open), delivered, p99.Round(time.Millisecond), c.gone.Load())
	return kib
}
