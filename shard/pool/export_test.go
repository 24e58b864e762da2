package pool

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Check holds the pool's books against each other at one moment.
func (p *Pool[K, H]) Check(t testing.TB) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var slots, openHandles, idle, leases, waiting, queueing int
	for key, e := range p.keys {
		assert.Equal(t, key, e.key)
		leases += e.leases
		waiting += e.waiters.Len()
		switch e.state {
		case queued:
			queueing++
			assert.Positive(t, e.waiters.Len(), "a queued key has somebody waiting")
		case opening, closing:
			slots++
			assert.Zero(t, e.leases)
		case retiring:
			slots, openHandles = slots+1, openHandles+1
			assert.Positive(t, e.leases, "a retiring key is lent")
		case open:
			slots, openHandles = slots+1, openHandles+1
			assert.Zero(t, e.waiters.Len(), "nobody waits for an open key")
			assert.Equal(t, e.leases == 0, p.idle.contains(key), "idle is: open and not lent")
			if e.leases == 0 {
				idle++
			}
		case drained:
			assert.Zero(t, e.leases)
		}
	}
	assert.Equal(t, []int{slots, openHandles, idle, leases, queueing},
		[]int{p.slots, p.open, p.idle.len(), p.leases, p.queue.Len()}, "slots, open, idle, leases, queue")
	assert.LessOrEqual(t, p.slots, p.size)
	assert.LessOrEqual(t, waiting, p.waiters)
	assert.LessOrEqual(t, p.closers, p.maxClosers)
	if p.queue.Len() > 0 {
		assert.Equal(t, p.size, p.slots, "nobody queues beside a free slot")
		assert.True(t, p.idle.len() == 0 || p.closing >= p.queue.Len(), "nobody queues beside an idle handle")
	}
	for at := p.queue.Front(); at != nil && at.Next() != nil; at = at.Next() {
		assert.Less(t, arrival(at.Value.(*entry[K, H])), arrival(at.Next().Value.(*entry[K, H])), "first come, first served")
	}
}
