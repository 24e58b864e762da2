package api

import (
	"bytes"
	"context"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"streamvault/api/metrics"
	"streamvault/shard"
	"streamvault/shard/tally"
)

// StatsStore tells what a store has done and what it holds.
type StatsStore interface {
	Stats(ctx context.Context) (shard.Stats, error)
}

// routeFigures count what was asked of one route.
type routeFigures struct {
	classes [6]atomic.Uint64 // by the first digit of the status
	latency *tally.Histogram // nanoseconds
}

func newRouteFigures() *routeFigures {
	ms := int64(time.Millisecond)
	return &routeFigures{latency: tally.New(ms/4, ms/2, ms, 5*ms/2, 5*ms, 10*ms, 25*ms, 50*ms, 100*ms, 250*ms, 500*ms, 1000*ms, 2500*ms, 10_000*ms)}
}

// count adds a request that has ended. One that follows has no latency to speak of.
func (c *call) count() {
	f := c.server.unrouted
	if c.route != nil {
		f = c.route.figures
	}
	f.classes[min(max(c.status/100, 0), 5)].Add(1)
	if c.route == nil || !c.route.Follows {
		f.latency.Observe(int64(time.Since(c.started)))
	}
}

func metricRoutes() []Route {
	r := declare[None, blob](Route{Method: http.MethodGet, Path: "/metrics", Who: Admin, Loopback: true, content: []string{"text/plain"},
		Summary: "Figures for Prometheus, none of a single streamer; also without a key for callers on this machine"})
	r.run = func(c *call) error {
		var b bytes.Buffer
		if err := c.server.metrics.Write(c.ctx, &b); err != nil {
			return err
		}
		c.send(http.StatusOK, metrics.ContentType, b.Bytes())
		return nil
	}
	return []Route{r}
}

// figures reads everything that is rendered.
func (s *Server) figures(ctx context.Context) (metrics.Figures, error) {
	store, err := s.ds.Stats(ctx)
	if err != nil {
		return metrics.Figures{}, err
	}
	f := metrics.Figures{Store: store, Build: s.build, StartedAt: float64(s.made.UnixMilli()) / 1000}
	f.Live.Hubs, f.Live.Followers = s.live.size()
	f.Live.Cut = s.live.cut.Load()
	if s.kickApp != nil {
		f.Chat = metrics.Chat(s.kickApp.Stats())
	}
	for i := range s.routes {
		r := &s.routes[i]
		f.Routes = append(f.Routes, r.figures.shown(r.Path, r.Method))
	}
	f.Routes = append(f.Routes, s.unrouted.shown("none", "none"))
	return f, nil
}

func (f *routeFigures) shown(path, method string) metrics.Route {
	r := metrics.Route{Path: path, Method: method, Latency: f.latency.Buckets()}
	for i := range f.classes {
		r.Classes[i] = f.classes[i].Load()
	}
	return r
}

// thisBuild is what the program says of itself.
func thisBuild() metrics.Build {
	b := metrics.Build{Version: "unknown", Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Revision = s.Value
			}
		}
	}
	return b
}

// proxied are headers that proxies put on what they hand on.
var proxied = []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via"}

// onLoopback says that the caller is on this machine and speaks for himself. In doubt he does
// not: a proxy on this machine hands on what the world asks.
func (c *call) onLoopback() bool {
	a := remote(c.r.RemoteAddr)
	if a == (netip.Addr{}) || !a.IsLoopback() || c.server.limits.trusts(a) {
		return false
	}
	for _, name := range proxied {
		if len(c.r.Header[name]) > 0 {
			return false
		}
	}
	return true
}
