package pool

import (
	"context"
	"fmt"
)

// Close stops lending: those who wait get ErrClosed, opens under way are cancelled, idle handles close at once and lent
// ones with their last lease. It waits for all of that, and for the functions of running Drains, until ctx ends; then
// the error says how many leases are still out and wraps ctx.Err(). Close may be called again, to wait on.
func (p *Pool[K, H]) Close(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.shut()
	}
	p.mu.Unlock()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.keys) == 0 {
		return nil
	}
	return fmt.Errorf("close pool: %d keys still busy, %d leases still out: %w", len(p.keys), p.leases, ctx.Err())
}

func (p *Pool[K, H]) shut() {
	p.closed = true
	if p.janitor != nil {
		p.janitor.Stop()
	}
	for _, e := range p.keys {
		p.answer(e, &e.waiters, ErrClosed)
		p.answer(e, &e.drains, ErrClosed)
		p.shutKey(e)
	}
	p.checkDone()
}

func (p *Pool[K, H]) shutKey(e *entry[K, H]) {
	e.retired = true
	switch e.state {
	case queued:
		p.queue.Remove(e.place)
		delete(p.keys, e.key)
	case opening:
		e.cancel()
	case open:
		p.retire(e)
	}
}

// checkDone ends Close when the last key is gone.
func (p *Pool[K, H]) checkDone() {
	if p.closed && len(p.keys) == 0 {
		close(p.done)
	}
}
