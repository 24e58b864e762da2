// Package metrics renders what an installation counts in the text format of Prometheus.
//
// Nothing is counted here: figures come as plain structs, are read when somebody asks, and
// live in a registry of their own. No label names a streamer or a viewer; what of a route is
// a label is its template. Names are part of the outside: dashboards and alerts use them.
package metrics

import (
	"context"
	"fmt"
	"io"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"streamvault/shard"
	"streamvault/shard/tally"
)

// Figures are everything that is rendered.
type Figures struct {
	Store     shard.Stats
	Routes    []Route
	Live      Live
	Chat      Chat
	Build     Build
	StartedAt float64 // Unix seconds
}

// Route is what was asked of one route.
type Route struct {
	Path    string    // template
	Method  string    // "none" where no route fits
	Classes [6]uint64 // requests by the first digit of their status
	// Latency in nanoseconds of those that end by themselves.
	Latency tally.Buckets
}

// Live is who follows channels.
type Live struct {
	Hubs, Followers int
	Cut             uint64 // followers who did not keep up
}

// Chat is what came of answers in Kick's chats.
type Chat struct{ Sent, Unsaid, Dropped, Failed uint64 }

// Build says which program this is.
type Build struct{ Version, Revision, Go string }

// Source reads the figures of this moment.
type Source func(context.Context) (Figures, error)

// Metrics renders figures.
type Metrics struct {
	read    Source
	process *prometheus.Registry // what is the process's own
}

// New makes a renderer.
func New(read Source) *Metrics {
	m := &Metrics{read: read, process: prometheus.NewRegistry()}
	m.process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// ContentType is of what Write writes.
const ContentType = `text/plain; version=0.0.4; charset=utf-8`

// Write reads the figures and writes them.
func (m *Metrics) Write(ctx context.Context, w io.Writer) error {
	figures, err := m.read(ctx)
	if err != nil {
		return fmt.Errorf("read figures: %w", err)
	}
	own := prometheus.NewRegistry()
	if err := own.Register(collector{figures}); err != nil {
		return fmt.Errorf("render figures: %w", err)
	}
	families, err := prometheus.Gatherers{own, m.process}.Gather()
	if err != nil {
		return fmt.Errorf("render figures: %w", err)
	}
	e := expfmt.NewEncoder(w, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range families {
		if err := e.Encode(f); err != nil {
			return fmt.Errorf("render figures: %w", err)
		}
	}
	return nil
}
