package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"streamvault/shard"
	"streamvault/shard/tenant"
)

var backupGoals = []goal{
	{id: "M10", what: "online copy of a streamer's file of 1 GB while somebody writes to him, against cp of the same file",
		parts: []part{atLeast(0.8, "speed / cp"), atMost(5, "ms that nobody could write")}, measure: measureBackup},
}

func measureBackup(ctx context.Context, b *bench) (ratios []float64, err error) {
	h, err := b.full(ctx, shard.Options{}, 100)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close(ctx)) }()
	id := h.streamers[0].ID
	picture := make([]byte, 2<<20)
	for i := range b.pick(64, 512) {
		picture[0] = byte(i)
		if _, err := h.Tenant(id).SaveUpload(ctx, viewer(i), "image/png", picture, nil); err != nil {
			return nil, err
		}
	}
	if err := h.rest(ctx); err != nil {
		return nil, err
	}
	w := &writer{h: h}
	w.start(ctx)
	defer func() { err = errors.Join(err, w.stop()) }()
	to := filepath.Join(b.dir, "copy.db")
	var pauses []float64
	took, err := b.turns(ctx,
		variant{"online", func(ctx context.Context) (float64, error) {
			return timed(to, func() error {
				held, err := h.CopyShard(ctx, id, to)
				pauses = append(pauses, micros(held)/1000)
				return err
			})
		}},
		variant{"cp", func(ctx context.Context) (float64, error) {
			return timed(to, exec.CommandContext(ctx, "cp", h.ShardPath(h.streamers[0]), to).Run)
		}})
	if err != nil {
		return nil, err
	}
	online, cp := median(took[0]), median(took[1])
	info, err := os.Stat(h.ShardPath(h.streamers[0]))
	if err != nil {
		return nil, err
	}
	b.note("%d MiB: online %.0f ms, cp %.0f ms; pauses of %.1f ms, the longest %.1f; %d writes meanwhile, the slowest %.1f ms",
		info.Size()>>20, online/1000, cp/1000, median(pauses), slices.Max(pauses), w.n, micros(w.slowest)/1000)
	return []float64{cp / online, median(pauses)}, nil
}

// timed takes how long a copy is made, in µs, and removes it.
func timed(to string, do func() error) (float64, error) {
	start := time.Now()
	err := do()
	took := micros(time.Since(start))
	return took, errors.Join(err, os.Remove(to))
}

// writer writes one small thing after the other until it is stopped.
type writer struct {
	h       *house
	cancel  context.CancelFunc
	done    chan error
	n       int
	slowest time.Duration
}

func (w *writer) start(ctx context.Context) {
	ctx, w.cancel = context.WithCancel(ctx)
	w.done = make(chan error, 1)
	go func() {
		data := w.h.Tenant(w.h.streamers[0].ID)
		for ; ctx.Err() == nil; w.n++ {
			began := time.Now()
			if _, err := data.AddPoints(context.WithoutCancel(ctx), viewer(w.n%100), tenant.Award{Amount: 1, Source: "chat"}); err != nil {
				w.done <- fmt.Errorf("write beside a copy: %w", err)
				return
			}
			w.slowest = max(w.slowest, time.Since(began))
		}
		w.done <- nil
	}()
}

func (w *writer) stop() error {
	w.cancel()
	return <-w.done
}
