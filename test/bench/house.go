package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// house is a DataStore on files of its own, as the program opens it.
type house struct {
	*shard.Store
	dir       string
	o         shard.Options
	streamers []*registry.Streamer
}

// house opens an empty DataStore.
func (b *bench) house(ctx context.Context, o shard.Options) (*house, error) {
	dir, err := b.place()
	if err != nil {
		return nil, err
	}
	o.Log = zerolog.Nop()
	s, err := shard.Open(ctx, dir, o)
	return &house{s, dir, o, nil}, err
}

// full opens a DataStore with one streamer who has viewers.
func (b *bench) full(ctx context.Context, o shard.Options, viewers int) (*house, error) {
	h, err := b.house(ctx, o)
	if err != nil {
		return nil, err
	}
	if err = h.settle(ctx, 1); err == nil {
		err = h.fill(ctx, h.streamers[0].ID, viewers)
	}
	return h, errors.Join(err, h.rest(ctx))
}

// settle makes n more streamers.
func (h *house) settle(ctx context.Context, n int) error {
	for range n {
		s, _, err := h.CreateStreamer(ctx, registry.NewStreamer{Username: fmt.Sprintf("streamer%d", len(h.streamers)+1)})
		if err != nil {
			return err
		}
		h.streamers = append(h.streamers, s)
	}
	return nil
}

// fill gives a streamer viewers with points, each with a row in the ledger.
func (h *house) fill(ctx context.Context, id scope.StreamerID, viewers int) error {
	_, err := together(64, viewers, func(_, i int) error {
		_, err := h.Tenant(id).AddPoints(ctx, viewer(i), tenant.Award{Amount: int64(1 + i*7919%100003), Source: "chat"})
		return err
	})
	return err
}

// rest closes the files and opens the DataStore again: logs are in the files, nothing is
// open.
func (h *house) rest(ctx context.Context) error {
	err := h.Store.Close(ctx)
	if err == nil {
		h.Store, err = shard.Open(ctx, h.dir, h.o)
	}
	return err
}

// Close ends the Store that is open now.
func (h *house) Close(ctx context.Context) error { return h.Store.Close(ctx) }

func viewer(i int) string { return fmt.Sprintf("viewer_%d", i) }

// anyViewers picks n of many, the same ones every time.
func anyViewers(n, of int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = viewer(i * 7919 % of)
	}
	return names
}

// together runs n operations from several goroutines and returns how long each took, or the
// error that ended one of them.
func together(goroutines, n int, op func(goroutine, i int) error) (latencies []time.Duration, err error) {
	each := make([][]time.Duration, goroutines)
	errs := make([]error, goroutines)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := g; i < n && errs[g] == nil; i += goroutines {
				start := time.Now()
				errs[g] = op(g, i)
				each[g] = append(each[g], time.Since(start))
			}
		})
	}
	wg.Wait()
	return slices.Concat(each...), cmp.Or(errs...)
}

// perOperation takes the mean time of n operations of several goroutines, in µs.
func perOperation(goroutines, n int, op func(goroutine, i int) error) (float64, error) {
	start := time.Now()
	_, err := together(goroutines, n, op)
	return micros(time.Since(start)) / float64(n), err
}

// slowest is the time that one operation in a hundred takes longer than, in µs.
func slowest(latencies []time.Duration) float64 {
	slices.Sort(latencies)
	return micros(latencies[len(latencies)*99/100])
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
