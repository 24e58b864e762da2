package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

var openGoals = []goal{
	{id: "M6", what: "a streamer's first call, which opens and checks the file, against open and read in C", measure: firstCalls,
		parts: []part{atMost(1.5, "time / C")}},
	{id: "M7", what: "many streamers on few slots, one in ten a write, against one lock that files are opened and closed under", measure: churn,
		parts: []part{atLeast(1.3, "rate / closing inline")}},
	{id: "M8", what: "a streamer made, durable, with keys and all, against running the schema in a transaction", measure: creates,
		parts: []part{atLeast(2.5, "rate / schema in one transaction")}},
	{id: "M16", what: "what an open streamer costs who rests", measure: idleCost,
		parts: []part{atMost(260, "KiB of memory"), atMost(3, "descriptors")}},
}

// settled opens a DataStore with n streamers who have a viewer each.
func (b *bench) settled(ctx context.Context, o shard.Options, n int) (*house, error) {
	h, err := b.house(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := h.settle(ctx, n); err != nil {
		return nil, err
	}
	for _, s := range h.streamers {
		if err := h.fill(ctx, s.ID, 1); err != nil {
			return nil, err
		}
	}
	return h, h.rest(ctx)
}

func firstCalls(ctx context.Context, b *bench) ([]float64, error) {
	n := b.pick(100, 300)
	h, err := b.settled(ctx, shard.Options{MaxOpen: n}, n)
	if err != nil {
		return nil, err
	}
	defer h.Close(ctx)
	paths, owners, err := h.copies(b)
	if err != nil {
		return nil, err
	}
	took, err := b.turns(ctx,
		variant{"DataStore, µs a first call", func(ctx context.Context) (float64, error) {
			if err := h.rest(ctx); err != nil {
				return 0, err
			}
			return perOperation(1, n, func(_, i int) error {
				_, err := h.Tenant(h.streamers[i].ID).UserByName(ctx, viewer(0))
				return err
			})
		}},
		variant{"C, µs an open and read", func(ctx context.Context) (float64, error) {
			d, err := plainOpens(paths, owners, viewer(0))
			return micros(d) / float64(n), err
		}})
	if err != nil {
		return nil, err
	}
	return []float64{ratio(took[0], took[1])}, nil
}

// copies copies the files at rest, for somebody else to open.
func (h *house) copies(b *bench) (paths []string, owners []int64, err error) {
	dir, err := b.place()
	if err != nil {
		return nil, nil, err
	}
	for i, s := range h.streamers {
		body, err := os.ReadFile(h.ShardPath(s))
		if err != nil {
			return nil, nil, err
		}
		paths = append(paths, filepath.Join(dir, fmt.Sprint(i)))
		owners = append(owners, int64(s.ID))
		if err := os.WriteFile(paths[i], body, 0o600); err != nil {
			return nil, nil, err
		}
	}
	return paths, owners, nil
}

func churn(ctx context.Context, b *bench) ([]float64, error) {
	n, slots := b.pick(2_000, 10_000), b.pick(64, 256)
	h, err := b.settled(ctx, shard.Options{MaxOpen: slots}, n)
	if err != nil {
		return nil, err
	}
	inline := newInlinePool(h, slots)
	ops := b.pick(10_000, 30_000)
	visit := func(of func(scope.StreamerID) *tenant.Store) func(context.Context) (float64, error) {
		return func(ctx context.Context) (float64, error) {
			if err := h.rest(ctx); err != nil {
				return 0, err
			}
			const goroutines = 16
			zipfs := make([]*rand.Zipf, goroutines)
			for g := range zipfs {
				zipfs[g] = rand.NewZipf(rand.New(rand.NewPCG(uint64(g), 1)), 1.1, 1, uint64(n-1))
			}
			took, err := perOperation(goroutines, ops, func(g, i int) (err error) {
				t := of(h.streamers[zipfs[g].Uint64()].ID)
				if i/goroutines%10 == 0 {
					_, err = t.AddPoints(ctx, viewer(0), tenant.Award{Amount: 1, Source: "chat"})
				} else {
					_, err = t.UserByName(ctx, viewer(0))
				}
				return err
			})
			return took, err
		}
	}
	took, err := b.turns(ctx,
		variant{"DataStore, µs a call", visit(func(id scope.StreamerID) *tenant.Store { return h.Tenant(id).(*tenant.Store) })},
		variant{"closing inline, under one lock, µs a call", func(ctx context.Context) (float64, error) {
			took, err := visit(inline.tenant)(ctx)
			if err != nil {
				return 0, err
			}
			return took, inline.closeAll()
		}})
	if err != nil {
		return nil, err
	}
	stats := h.PoolStats()
	b.note("%.0f %% of calls found the file open", 100*float64(stats.Hits)/float64(stats.Hits+stats.Misses))
	return []float64{ratio(took[1], took[0])}, h.Close(ctx)
}

func creates(ctx context.Context, b *bench) ([]float64, error) {
	h, err := b.house(ctx, shard.Options{})
	if err != nil {
		return nil, err
	}
	defer h.Close(ctx)
	// The directories that files are spread over are made by the first 256 streamers.
	if err := h.settle(ctx, 256); err != nil {
		return nil, err
	}
	plain, err := newPlainMaker(ctx, b, h)
	if err != nil {
		return nil, err
	}
	defer plain.close()
	n := b.pick(40, 100)
	made := 0
	took, err := b.turns(ctx,
		variant{"CreateStreamer, µs", func(ctx context.Context) (float64, error) {
			return perOperation(1, n, func(int, int) error {
				made++
				_, _, err := h.CreateStreamer(ctx, registry.NewStreamer{Username: fmt.Sprintf("new%d", made)})
				return err
			})
		}},
		variant{"schema in a transaction, µs", func(ctx context.Context) (float64, error) {
			return perOperation(1, n, func(int, int) error { return plain.make(ctx) })
		}})
	if err != nil {
		return nil, err
	}
	return []float64{ratio(took[1], took[0])}, nil
}

// idleCost opens streamers, has each write and read, lets them rest, and divides what the
// process grew by. A file that was read by several at once while it was written to costs up to
// two descriptors more until it is closed: SQLite may not close one while another
// connection of the process holds a lock on the same file.
func idleCost(ctx context.Context, b *bench) ([]float64, error) {
	n := b.pick(100, 200)
	h, err := b.settled(ctx, shard.Options{MaxOpen: 2 * n}, 2*n)
	if err != nil {
		return nil, err
	}
	defer h.Close(ctx)
	use := func(streamers []*registry.Streamer) error {
		for _, s := range streamers {
			if _, err := together(1, 10, func(_, i int) error {
				_, err := h.Tenant(s.ID).AddPoints(ctx, viewer(i), tenant.Award{Amount: 1, Source: "chat"})
				if err == nil {
					_, err = h.Tenant(s.ID).UserByName(ctx, viewer(i))
				}
				return err
			}); err != nil {
				return err
			}
		}
		select {
		case <-time.After(5 * time.Second): // twice the time after which a file rests
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	if err := use(h.streamers[:n]); err != nil { // what the first ones load, all share
		return nil, err
	}
	memory, files, err := footprint()
	if err != nil {
		return nil, err
	}
	if err := use(h.streamers[n:]); err != nil {
		return nil, err
	}
	memoryAfter, filesAfter, err := footprint()
	if err != nil {
		return nil, err
	}
	return []float64{float64(memoryAfter-memory) / 1024 / float64(n), float64(filesAfter-files) / float64(n)}, nil
}

// footprint is the memory that the process holds, in bytes, and how many descriptors.
func footprint() (memory, files int, err error) {
	runtime.GC()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, 0, err
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		return 0, 0, err
	}
	open, err := os.ReadDir("/proc/self/fd")
	return pages * os.Getpagesize(), len(open), err
}
