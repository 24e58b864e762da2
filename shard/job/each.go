package job

import (
	"context"
	"fmt"
	"sync"

	"streamvault/registry"
)

// Pace is how items are gone through. The zero value is one after the other, whatever fails.
type Pace struct {
	Workers int // 0 is 1
	// Budget, unless it is nil, halts the job when it says false; it is asked with the
	// number of failures so far, after each.
	Budget func(failed int64) bool
	// Before, unless it is nil, runs before what became of items is recorded: once for as many
	// as share a transaction. What they left unsynced is synced there.
	Before func() error
	// Items are those to go through; nil is every one of the job that waits.
	Items []registry.JobItem
}

// Do does one item. The change it returns needs neither job nor streamer. ctx ends when the
// job is to stop: what can take long then returns an item as waiting again.
type Do func(ctx context.Context, item registry.JobItem) registry.ItemChange

// Outcome is the change of an item that was done, with what is worth knowing of it, or that
// failed with an error.
func Outcome(detail any, err error) registry.ItemChange {
	if err != nil {
		return registry.ItemChange{State: registry.ItemFailed, Detail: map[string]any{"error": err.Error()}}
	}
	return registry.ItemChange{State: registry.ItemDone, Detail: detail}
}

// Each does items with some workers and records what became of each. It returns when all
// are recorded: nil, a HaltError when the budget is used up, the context's error when the
// job is to stop.
func (r *Run) Each(ctx context.Context, p Pace, do Do) error {
	items := p.Items
	if items == nil {
		if err := r.reg.EachJobItem(ctx, r.job.ID, func(i registry.JobItem) error {
			if i.State == registry.ItemWaiting {
				items = append(items, i)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	w := &sweep{run: r, pace: p, do: do, failed: r.Progress().Failed}
	r.marks.prepare(p.Before)
	w.ctx, w.stop = context.WithCancelCause(ctx)
	defer w.stop(nil)
	w.through(items)
	if err := r.marks.settle(); err != nil {
		return fmt.Errorf("record what became of items: %w", err)
	}
	return context.Cause(w.ctx)
}

// sweep is one Each under way.
type sweep struct {
	run    *Run
	pace   Pace
	do     Do
	ctx    context.Context
	stop   context.CancelCauseFunc
	mu     sync.Mutex
	failed int64
}

func (w *sweep) through(items []registry.JobItem) {
	next := make(chan registry.JobItem)
	var workers sync.WaitGroup
	for range max(w.pace.Workers, 1) {
		workers.Go(func() {
			for item := range next {
				w.one(item)
			}
		})
	}
	for _, item := range items {
		if w.ctx.Err() != nil {
			break
		}
		select {
		case next <- item:
		case <-w.ctx.Done():
		}
	}
	close(next)
	workers.Wait()
}

func (w *sweep) one(item registry.JobItem) {
	c := w.safely(item)
	c.Job, c.Streamer = item.Job, item.Streamer
	w.run.marks.add(c)
	if c.State != registry.ItemFailed {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed++
	if w.pace.Budget != nil && !w.pace.Budget(w.failed) {
		w.stop(&HaltError{Why: fmt.Sprintf("%d failed", w.failed)})
	}
}

// safely makes a panic the failure of one item.
func (w *sweep) safely(item registry.JobItem) (c registry.ItemChange) {
	defer func() {
		if v := recover(); v != nil {
			c = Outcome(nil, fmt.Errorf("it panicked: %v", v))
		}
	}()
	return w.do(w.ctx, item)
}
