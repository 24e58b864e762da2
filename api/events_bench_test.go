package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/tenant"
)

// BenchmarkFollowers: how long it takes from asking for a commit until the overlays of a streamer hear of it, over
// real sockets, with everybody listening. An iteration is one commit of each streamer, one
// every millisecond; the 99th percentile is over all deliveries.
func BenchmarkFollowers(b *testing.B) {
	for _, size := range []struct{ streamers, each int }{{1, 1000}, {500, 10}} {
		b.Run(fmt.Sprintf("%dOfEach%d", size.each, size.streamers), func(b *testing.B) {
			total := size.streamers * size.each
			var limit syscall.Rlimit
			require.NoError(b, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
			if need := uint64(2*total + 1000); limit.Cur < need {
				b.Skipf("needs %d descriptors, the limit is %d", need, limit.Cur)
			}
			h := newHouse(b)
			streamers := []*registry.Streamer{h.alice}
			for i := 1; i < size.streamers; i++ {
				s, _ := h.streamer(fmt.Sprint("streamer", i))
				streamers = append(streamers, s)
			}
			crowd := newCrowd(h, streamers, size.each)
			b.ResetTimer()
			for range b.N {
				crowd.commit()
			}
			b.StopTimer()
			slices.Sort(crowd.delays)
			require.Len(b, crowd.delays, total*b.N)
			b.ReportMetric(float64(crowd.delays[len(crowd.delays)*99/100].Milliseconds()), "p99-ms")
			b.ReportMetric(float64(crowd.delays[len(crowd.delays)/2].Milliseconds()), "p50-ms")
		})
	}
}

// crowd is overlays that listen, and when each streamer last committed.
type crowd struct {
	*house
	streamers []*registry.Streamer
	each      int
	mu        sync.Mutex
	began     []time.Time
	delays    []time.Duration
	heard     sync.WaitGroup
}

func newCrowd(h *house, streamers []*registry.Streamer, each int) *crowd {
	c := &crowd{house: h, streamers: streamers, each: each, began: make([]time.Time, len(streamers))}
	var ready sync.WaitGroup
	gate := make(chan struct{}, 64) // handshakes at once
	for i, s := range streamers {
		for range each {
			ready.Add(1)
			go c.overlay(i, s, gate, ready.Done)
		}
	}
	ready.Wait()
	return c
}

func (c *crowd) overlay(i int, s *registry.Streamer, gate chan struct{}, ready func()) {
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	gate <- struct{}{}
	conn, _, err := websocket.Dial(ctx, c.public.URL+"/"+s.Username+"/api/events", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + c.adminKey}}})
	<-gate
	if err != nil {
		c.Error(err)
		ready()
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	for first := true; ; first = false {
		_, body, err := conn.Read(ctx)
		if err != nil {
			return
		}
		if first {
			ready()
		}
		if len(body) > 16 && string(body[:16]) == `{"type":"points"` {
			c.mu.Lock()
			c.delays = append(c.delays, time.Since(c.began[i]))
			c.mu.Unlock()
			c.heard.Done()
		}
	}
}

// commit gives a point at each streamer's and waits until everybody has heard of his.
func (c *crowd) commit() {
	c.heard.Add(len(c.streamers) * c.each)
	for i, s := range c.streamers {
		store := c.store.Tenant(s.ID)
		c.mu.Lock()
		c.began[i] = time.Now()
		c.mu.Unlock()
		_, err := store.AddPoints(c.Context(), "viewer", tenant.Award{Amount: 1, Source: "chat"})
		require.NoError(c, err)
		time.Sleep(time.Millisecond)
	}
	c.heard.Wait()
	time.Sleep(refreshEvery)
}
