package api

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkGET compares whole requests (router, key, log, one streamer's file, JSON) with a
// net/http handler that writes the same bytes, in turns. The metric is the ratio of rates.
func BenchmarkGET(b *testing.B) {
	h := newHouse(b)
	for i := range 200 {
		h.give(h.alice, fmt.Sprint("viewer", i), int64(1+i))
	}
	u, err := h.store.Tenant(h.alice.ID).UserByName(b.Context(), "viewer7")
	require.NoError(b, err)
	for name, c := range map[string]struct{ path, key string }{
		"Stats":       {"/alice/api/stats/viewer7", ""},
		"Leaderboard": {"/alice/api/leaderboard", ""},
		"UserWithKey": {"/alice/api/users/" + strconv.FormatInt(int64(u.ID), 10), h.aliceKey},
	} {
		b.Run(name, func(b *testing.B) {
			body := h.ask("GET", c.path, c.key, "").ok(200, nil).body
			raw := listen(b, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, body)
			})})
			ours, theirs := newPoller(b, h.public.URL+c.path, c.key), newPoller(b, raw.URL+c.path, c.key)
			var ratios []float64
			for b.Loop() {
				ratios = append(ratios, float64(theirs.poll(b))/float64(ours.poll(b)))
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "rate/net-http")
		})
	}
}

// poller asks for one address again and again over one connection.
type poller struct {
	client *http.Client
	req    *http.Request
}

func newPoller(b *testing.B, url, key string) poller {
	req, err := http.NewRequestWithContext(b.Context(), "GET", url, nil)
	require.NoError(b, err)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	p := poller{&http.Client{Transport: &http.Transport{DisableCompression: true}}, req}
	b.Cleanup(p.client.CloseIdleConnections)
	return p
}

// perTurn is how many requests one side makes before it is the other's turn.
const perTurn = 200

func (p poller) poll(b *testing.B) time.Duration {
	start := time.Now()
	for range perTurn {
		resp, err := p.client.Do(p.req)
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(b, err)
		require.Equal(b, 200, resp.StatusCode)
		_ = resp.Body.Close()
	}
	return time.Since(start)
}
