package pool

import "sync/atomic"

// Lease is the right to use a handle until Release. It is a small value and its copies are one and the same lease, so
// it costs no allocation; the zero Lease has no handle, and releasing it does nothing.
type Lease[K comparable, H Handle] struct {
	handle H
	entry  *entry[K, H]
	ticket *ticket
	serial uint64
}

// ticket tells a live lease from one that was released: the lease is live while their serials agree. Tickets are used
// again, serials never are. There are as many as there ever were leases at the same time.
type ticket struct {
	serial atomic.Uint64 // written with Pool.mu held
	next   *ticket       // in Pool.tickets
}

// Handle returns the lent handle, or the zero H once the lease is released. The handle must not be used after Release:
// it may be closed by then.
func (l Lease[K, H]) Handle() H {
	if l.entry == nil || l.ticket.serial.Load() != l.serial {
		var none H
		return none
	}
	return l.handle
}

// Release gives the lease back. It never waits for a Close; releasing twice, also from two goroutines at once, counts
// once.
func (l Lease[K, H]) Release() {
	if l.entry == nil {
		return
	}
	p := l.entry.pool
	p.mu.Lock()
	p.release(l)
	p.mu.Unlock()
}

func (p *Pool[K, H]) release(l Lease[K, H]) {
	if l.ticket.serial.Load() != l.serial {
		return
	}
	l.ticket.serial.Add(1)
	l.ticket.next, p.tickets = p.tickets, l.ticket
	p.leases--
	if l.entry.leases--; l.entry.leases == 0 {
		p.rest(l.entry)
	}
}

// lend makes a lease of an open handle.
func (p *Pool[K, H]) lend(e *entry[K, H]) Lease[K, H] {
	if e.leases == 0 {
		p.idle.remove(e.key) // not there if it was opened just now
	}
	e.leases++
	p.leases++
	t := p.tickets
	if t == nil {
		t = &ticket{}
	} else {
		p.tickets = t.next
	}
	return Lease[K, H]{handle: e.handle, entry: e, ticket: t, serial: t.serial.Load()}
}

// rest is called with a handle that nobody uses: it closes, or is idle until somebody needs it or its slot.
func (p *Pool[K, H]) rest(e *entry[K, H]) {
	if e.state == retiring {
		p.startClose(e)
		return
	}
	if p.idleAfter > 0 {
		e.idleSince = p.now()
		p.arm(p.idleAfter)
	}
	p.idle.add(e)
	if p.queue.Len() > 0 {
		p.dispatch()
	}
}
