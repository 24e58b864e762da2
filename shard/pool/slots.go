package pool

// enqueue puts a key in the queue for slots at the place of its earliest caller. Mostly that is the end; a key that
// waited for its own Close or Drain first does not lose the place of those who waited for it.
func (p *Pool[K, H]) enqueue(e *entry[K, H]) {
	at := p.queue.Back()
	for at != nil && arrival(at.Value.(*entry[K, H])) > arrival(e) {
		at = at.Prev()
	}
	if at == nil {
		e.place = p.queue.PushFront(e)
		return
	}
	e.place = p.queue.InsertAfter(e, at)
}

func arrival[K comparable, H Handle](e *entry[K, H]) uint64 {
	return e.waiters.Front().Value.(*waiter[K, H]).seq
}

// dispatch hands free slots to the queue, first come, first served, and closes just as many idle handles as the rest of
// the queue needs. It runs whenever a slot is freed, a handle becomes idle or a key queues.
func (p *Pool[K, H]) dispatch() {
	for p.slots < p.size && p.queue.Len() > 0 {
		p.startOpen(p.queue.Remove(p.queue.Front()).(*entry[K, H]))
	}
	for p.closing < p.queue.Len() && p.idle.len() > 0 {
		p.counts.Evictions++
		p.startClose(p.idle.removeNext())
	}
}
