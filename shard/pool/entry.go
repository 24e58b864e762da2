package pool

import (
	"container/list"
	"context"
	"time"
)

type state uint8

const (
	queued   state = iota // wants a slot
	opening               // has a slot; the opener runs
	open                  // has a slot and a handle that may be lent; idle while it has no leases
	retiring              // lent, but not lent anew; closes with its last lease
	closing               // has a slot until Close has returned
	drained               // no slot; the function of a Drain runs
)

// entry is one key's place in the pool. Pool.mu guards its fields; a closer alone reads handle while it closes.
type entry[K comparable, H Handle] struct {
	pool      *Pool[K, H]
	key       K
	handle    H
	state     state
	retired   bool // the handle (or the open under way) must not be lent any more
	leases    int
	used      int // times the handle was idle since it was opened
	idleSince time.Time
	cancel    context.CancelFunc // ends the open under way
	waiters   list.List          // of *waiter: callers of Acquire, by arrival
	drains    list.List          // of *waiter: callers of Drain whose turn has not come, by arrival
	place     *list.Element      // in Pool.queue while queued
}

// waiter is one caller that waits for a key. Once ready is closed, lease and err are its answer.
type waiter[K comparable, H Handle] struct {
	seq   uint64
	since time.Time
	place *list.Element
	ready chan struct{}
	lease Lease[K, H]
	err   error
}

// entry returns the key's entry; a new one is in no state yet and must be settled.
func (p *Pool[K, H]) entry(id K) (e *entry[K, H], fresh bool) {
	if e := p.keys[id]; e != nil {
		return e, false
	}
	e = &entry[K, H]{pool: p, key: id}
	p.keys[id] = e
	return e, true
}

func (p *Pool[K, H]) newWaiter(in *list.List) *waiter[K, H] {
	p.seq++
	w := &waiter[K, H]{seq: p.seq, since: p.now(), ready: make(chan struct{})}
	w.place = in.PushBack(w)
	return w
}

// settle decides what becomes of a key that has neither handle nor slot: the next Drain has it, or it queues for those
// who wait, or it is gone.
func (p *Pool[K, H]) settle(e *entry[K, H]) {
	switch {
	case e.drains.Len() > 0:
		e.state = drained
		close(pop[K, H](&e.drains).ready)
	case e.waiters.Len() > 0:
		e.state = queued
		p.enqueue(e)
	default:
		delete(p.keys, e.key)
		p.checkDone()
	}
	p.dispatch()
}

// answer gives err to all of ws, or a lease each if err is nil.
func (p *Pool[K, H]) answer(e *entry[K, H], ws *list.List, err error) {
	for ws.Len() > 0 {
		w := pop[K, H](ws)
		if w.err = err; err == nil {
			w.lease = p.lend(e)
		}
		close(w.ready)
	}
}

func pop[K comparable, H Handle](ws *list.List) *waiter[K, H] {
	return ws.Remove(ws.Front()).(*waiter[K, H])
}
