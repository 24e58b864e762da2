package pool

import (
	"context"
	"errors"
	"fmt"
)

// Acquire lends the handle of id, opening it if need be, and waits for the key or for a slot until ctx ends. The lease
// must be released.
//
// Errors: ErrBusy together with context.DeadlineExceeded when the deadline passed first; context.Canceled (and not
// ErrBusy) when the caller was cancelled; ErrClosed; else the opener's own error, as it is. A caller that holds a lease
// and waits for another can wait for itself: bound ctx.
func (p *Pool[K, H]) Acquire(ctx context.Context, id K) (Lease[K, H], error) {
	if ctx.Err() != nil {
		return Lease[K, H]{}, gaveUp(ctx)
	}
	p.mu.Lock()
	if e := p.keys[id]; e != nil && e.state == open {
		p.counts.Hits++
		l := p.lend(e)
		p.mu.Unlock()
		return l, nil
	}
	if p.closed {
		p.mu.Unlock()
		return Lease[K, H]{}, ErrClosed
	}
	e, w := p.join(id)
	p.mu.Unlock()
	return p.await(ctx, e, w)
}

// Lend lends the handle of id if it is open, and says whether it is. It never waits.
func (p *Pool[K, H]) Lend(id K) (Lease[K, H], bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.keys[id]; e != nil && e.state == open {
		return p.lend(e), true
	}
	return Lease[K, H]{}, false
}

// join makes the caller wait for a key that is not open, and gets a new key going.
func (p *Pool[K, H]) join(id K) (*entry[K, H], *waiter[K, H]) {
	e, fresh := p.entry(id)
	w := p.newWaiter(&e.waiters)
	p.counts.Misses++
	p.waiters++
	if fresh {
		p.settle(e)
	}
	return e, w
}

func (p *Pool[K, H]) await(ctx context.Context, e *entry[K, H], w *waiter[K, H]) (Lease[K, H], error) {
	var gone error
	select {
	case <-w.ready:
	case <-ctx.Done():
		gone = gaveUp(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiters--
	p.counts.Waited += p.now().Sub(w.since)
	if gone != nil {
		p.abandon(e, w)
		return Lease[K, H]{}, gone
	}
	return w.lease, w.err
}

// abandon takes a caller away. What it was given at the last moment goes to the next one, and its key steps back to the
// place of the next caller who waits for it, or leaves the queue.
func (p *Pool[K, H]) abandon(e *entry[K, H], w *waiter[K, H]) {
	select {
	case <-w.ready:
		if w.err == nil {
			p.release(w.lease)
		}
		return
	default:
	}
	first := e.waiters.Front() == w.place
	e.waiters.Remove(w.place)
	if e.state == queued && first {
		p.queue.Remove(e.place)
		p.settle(e)
	}
}

func gaveUp(ctx context.Context) error {
	err := ctx.Err()
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return fmt.Errorf("pool: gave up waiting: %w", err)
}
