package api

import (
	"context"
	"net/http"
	"time"
)

func operatorRoutes() []Route {
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: "/api/pool", Who: Admin,
			Summary: "How the streamers' open files are used"}, poolStats),
	}
}

// poolFigures are counters since the start, and gauges of this moment.
type poolFigures struct {
	Hits          uint64  `json:"hits"`
	Misses        uint64  `json:"misses"` // had to wait for a file
	Opens         uint64  `json:"opens"`
	OpenFailures  uint64  `json:"openFailures"`
	Closes        uint64  `json:"closes"`
	CloseFailures uint64  `json:"closeFailures"`
	Evictions     uint64  `json:"evictions"`
	Expired       uint64  `json:"expired"` // closed because nobody used them
	WaitedMs      float64 `json:"waitedMs"`
	Size          int     `json:"size"` // most files
	Slots         int     `json:"slots"`
	Open          int     `json:"open"`
	Leased        int     `json:"leased"`
	Idle          int     `json:"idle"`
	Leases        int     `json:"leases"`
	Waiters       int     `json:"waiters"`
}

func poolStats(_ context.Context, d desk[PoolStore], _ *None) (poolFigures, error) {
	s := d.store.PoolStats()
	return poolFigures{s.Hits, s.Misses, s.Opens, s.OpenFailures, s.Closes, s.CloseFailures, s.Evictions, s.Expired,
		float64(s.Waited) / float64(time.Millisecond), s.Size, s.Slots, s.Open, s.Leased, s.Idle, s.Leases, s.Waiters}, nil
}
