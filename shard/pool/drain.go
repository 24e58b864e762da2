package pool

import (
	"context"
	"fmt"
)

// Drain lends id to nobody any more, waits for its leases to come back, closes its handle, runs fn while the key stays
// closed, and then lets those who wait for the key open it anew. It takes no slot while fn runs, and goes before those
// who wait for a lease; several Drains of one key run one after the other.
//
// If ctx ends before the key is closed, the errors are those of Acquire, fn does not run and the handle is lent again.
// If closing the handle fails, that error is returned and fn does not run either; the next Drain finds the key closed.
// Else the result is fn's. fn runs on the caller's goroutine and must not acquire or drain id; nor may the caller hold a
// lease of it.
func (p *Pool[K, H]) Drain(ctx context.Context, id K, fn func(context.Context) error) error {
	if ctx.Err() != nil {
		return gaveUp(ctx)
	}
	e, w, err := p.askDrain(id)
	if err != nil {
		return err
	}
	if err := p.awaitDrain(ctx, e, w); err != nil {
		return err
	}
	defer p.endDrain(e) // also when fn panics: a key must not stay locked
	return fn(ctx)
}

func (p *Pool[K, H]) askDrain(id K) (*entry[K, H], *waiter[K, H], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, ErrClosed
	}
	e, fresh := p.entry(id)
	w := p.newWaiter(&e.drains)
	switch {
	case fresh:
		p.settle(e)
	case e.state == queued:
		p.queue.Remove(e.place)
		p.settle(e)
	case e.state == open:
		p.retire(e)
	}
	return e, w, nil
}

func (p *Pool[K, H]) awaitDrain(ctx context.Context, e *entry[K, H], w *waiter[K, H]) error {
	select {
	case <-w.ready:
		return drainError(e.key, w.err)
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-w.ready:
		if w.err == nil {
			p.settle(e)
		}
		return gaveUp(ctx)
	default:
	}
	e.drains.Remove(w.place)
	if e.state == retiring && !e.retired && e.drains.Len() == 0 {
		e.state = open
		p.answer(e, &e.waiters, nil)
	}
	return gaveUp(ctx)
}

func drainError(id any, err error) error {
	if err == nil || err == ErrClosed {
		return err
	}
	return fmt.Errorf("close %v to drain it: %w", id, err)
}

func (p *Pool[K, H]) endDrain(e *entry[K, H]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle(e)
}

// retire stops lending an open handle and closes it once nobody uses it.
func (p *Pool[K, H]) retire(e *entry[K, H]) {
	e.state = retiring
	if e.leases == 0 {
		p.idle.remove(e.key)
		p.startClose(e)
	}
}

// Retire makes sure that the handle of id that is open or opening now is never lent again: it closes as soon as its
// last lease is back, and whoever asks for id waits for that and then gets a new one. It does not wait, and does
// nothing for a key that is not open. Call it while holding a lease of the bad handle, else a healthy successor may be
// the one that goes.
func (p *Pool[K, H]) Retire(id K) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.keys[id]
	if e == nil {
		return
	}
	switch e.state {
	case open:
		e.retired = true
		p.retire(e)
	case opening, retiring:
		e.retired = true
	}
}
