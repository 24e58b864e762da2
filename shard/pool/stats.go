package pool

import "time"

// Stats is what a pool did since New (counters) and what it holds now (gauges), all read at one moment.
type Stats struct {
	Hits          uint64        // Acquires served at once by an open handle
	Misses        uint64        // Acquires that had to wait, whatever became of them
	Opens         uint64        // opens that succeeded; Opens - Closes handles exist
	OpenFailures  uint64        // opens that failed or panicked
	Closes        uint64        // handles closed, failed Closes included
	CloseFailures uint64        // Closes that failed or panicked
	Evictions     uint64        // idle handles closed to make room
	Expired       uint64        // idle handles closed because of Options.IdleAfter
	Waited        time.Duration // total time that the Misses waited, those waiting now excluded

	Size    int // most slots, as in Options
	Slots   int // slots taken: opening, open or closing
	Open    int // handles open: Leased + Idle
	Leased  int // handles lent to somebody
	Idle    int // handles lent to nobody
	Leases  int // leases out; a handle can have many
	Waiters int // callers waiting in Acquire
}

// Stats returns the figures of this moment.
func (p *Pool[K, H]) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.counts
	s.Size, s.Slots, s.Open = p.size, p.slots, p.open
	s.Idle, s.Leases, s.Waiters = p.idle.len(), p.leases, p.waiters
	s.Leased = s.Open - s.Idle
	return s
}
