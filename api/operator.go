package api

import (
	"context"
	"net/http"
	"time"

	"streamvault/api/kickapp"
	"streamvault/shard/pool"
)

func operatorRoutes(chat *kickapp.App) []Route {
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: "/api/pool", Who: Admin,
			Summary: "How the streamers' open files are used, and what came of answers in chat"}, poolStats(chat)),
	}
}

// poolFigures are counters since the start, and gauges of this moment.
type poolFigures struct {
	Hits          uint64      `json:"hits"`
	Misses        uint64      `json:"misses"` // had to wait for a file
	Opens         uint64      `json:"opens"`
	OpenFailures  uint64      `json:"openFailures"`
	Closes        uint64      `json:"closes"`
	CloseFailures uint64      `json:"closeFailures"`
	Evictions     uint64      `json:"evictions"`
	Expired       uint64      `json:"expired"` // closed because nobody used them
	WaitedMs      float64     `json:"waitedMs"`
	Size          int         `json:"size"` // most files
	Slots         int         `json:"slots"`
	Open          int         `json:"open"`
	Leased        int         `json:"leased"`
	Idle          int         `json:"idle"`
	Leases        int         `json:"leases"`
	Waiters       int         `json:"waiters"`
	Chat          chatFigures `json:"chat"`
	Top           []busy      `json:"top"` // the open files that were asked most, 20 at most
}

// busy is one open file, with what was asked of it in the last five minutes.
type busy struct {
	Streamer string `json:"streamer"`
	Reads    int64  `json:"reads"`
	Writes   int64  `json:"writes"`
	WALBytes int64  `json:"walBytes"` // of its log
	Bytes    int64  `json:"bytes"`    // of its rows
	Leases   int    `json:"leases"`   // calls under way
}

// mostBusy is how many open files are listed.
const mostBusy = 20

// chatFigures count answers in Kick's chats since the start; all are 0 without an application.
type chatFigures struct {
	Sent    uint64 `json:"sent"`
	Unsaid  uint64 `json:"unsaid"`  // the streamer has not allowed it
	Dropped uint64 `json:"dropped"` // too many were waiting
	Failed  uint64 `json:"failed"`  // Kick did not take them
}

// poolStats reads the figures; chat may be nil.
func poolStats(chat *kickapp.App) func(context.Context, desk[PoolStore], *None) (poolFigures, error) {
	return func(ctx context.Context, d desk[PoolStore], _ *None) (poolFigures, error) {
		f := figuresOf(d.store.PoolStats())
		for _, b := range d.store.Busiest(ctx, mostBusy) {
			f.Top = append(f.Top, busy(b))
		}
		if chat != nil {
			f.Chat = chatFigures(chat.Stats())
		}
		return f, nil
	}
}

func figuresOf(s pool.Stats) poolFigures {
	return poolFigures{s.Hits, s.Misses, s.Opens, s.OpenFailures, s.Closes, s.CloseFailures, s.Evictions, s.Expired,
		float64(s.Waited) / float64(time.Millisecond), s.Size, s.Slots, s.Open, s.Leased, s.Idle, s.Leases, s.Waiters, chatFigures{}, []busy{}}
}
