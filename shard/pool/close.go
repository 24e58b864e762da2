package pool

// startClose hands a handle that nobody uses to the closers. They are started on demand and end when they have nothing
// to do; what waits for them is bounded by the slots, as each handle keeps its own until it is closed.
func (p *Pool[K, H]) startClose(e *entry[K, H]) {
	e.state = closing
	p.open--
	p.closing++
	p.toClose.PushBack(e)
	if p.closers < p.maxClosers {
		p.closers++
		go p.runCloser()
	}
}

func (p *Pool[K, H]) runCloser() {
	for {
		p.mu.Lock()
		if p.toClose.Len() == 0 {
			p.closers--
			p.mu.Unlock()
			return
		}
		e := p.toClose.Remove(p.toClose.Front()).(*entry[K, H])
		p.mu.Unlock()
		err := closeHandle(e.handle)
		if err != nil && p.onCloseError != nil {
			p.onCloseError(e.key, err)
		}
		p.handleClosed(e, err)
	}
}

func closeHandle(h Handle) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicError("handle's Close", v)
		}
	}()
	return h.Close()
}

// handleClosed frees the slot. A failed Close is told to those who drain the key: they must not take it for closed.
func (p *Pool[K, H]) handleClosed(e *entry[K, H], err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var none H
	e.handle, e.retired = none, false
	p.counts.Closes++
	p.closing--
	p.slots--
	if err != nil {
		p.counts.CloseFailures++
		p.answer(e, &e.drains, err)
	}
	p.settle(e)
}
