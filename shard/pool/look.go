package pool

// AcquireOpen lends the handle of id if it is open now; it opens nothing, waits for nothing and counts as no Acquire.
func (p *Pool[K, H]) AcquireOpen(id K) (l Lease[K, H], ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.keys[id]; e != nil && e.state == open {
		return p.lend(e), true
	}
	return l, false
}

// OpenHandle is one of the handles that were open at some moment.
type OpenHandle[K comparable, H Handle] struct {
	ID     K
	Handle H // may be closed by now: ask it only what a closed one can answer
	Leases int
}

// OpenHandles lists the handles that are open now, in no order.
func (p *Pool[K, H]) OpenHandles() []OpenHandle[K, H] {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]OpenHandle[K, H], 0, p.open)
	for id, e := range p.keys {
		if e.state == open || e.state == retiring {
			all = append(all, OpenHandle[K, H]{id, e.handle, e.leases})
		}
	}
	return all
}
