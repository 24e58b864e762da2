package pool

import "time"

// arm makes the janitor run in d, unless it will run anyway: there is one timer, whatever the number of idle handles.
func (p *Pool[K, H]) arm(d time.Duration) {
	if p.armed {
		return
	}
	p.armed = true
	if p.janitor == nil {
		p.janitor = time.AfterFunc(d, p.sweep)
		return
	}
	p.janitor.Reset(d)
}

// sweep closes what has been idle for long enough and comes back for the next, but not for each one separately.
func (p *Pool[K, H]) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = false
	if p.closed {
		return
	}
	now := p.now()
	for {
		e, ok := p.idle.longest()
		if !ok {
			return
		}
		if left := p.idleAfter - now.Sub(e.idleSince); left > 0 {
			p.arm(min(max(left, p.idleAfter/8), p.idleAfter))
			return
		}
		p.idle.remove(e.key)
		p.counts.Expired++
		p.startClose(e)
	}
}
