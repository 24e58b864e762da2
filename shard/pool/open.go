package pool

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

var errOpenerExited = errors.New("pool: the opener ended its goroutine")

// startOpen takes a slot and opens on a goroutine and a context that belong to no caller.
func (p *Pool[K, H]) startOpen(e *entry[K, H]) {
	ctx, cancel := context.WithCancel(context.Background())
	e.state, e.cancel, e.place = opening, cancel, nil
	p.slots++
	go p.runOpener(ctx, e)
}

// runOpener reports in a deferred call: whatever the opener does, those who wait get an answer.
func (p *Pool[K, H]) runOpener(ctx context.Context, e *entry[K, H]) {
	var h H
	err := errOpenerExited
	defer func() {
		if v := recover(); v != nil {
			err = panicError("opener", v)
		}
		p.opened(e, h, err)
	}()
	h, err = p.opener(ctx, e.key)
}

func (p *Pool[K, H]) opened(e *entry[K, H], h H, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.cancel()
	e.cancel = nil
	if err != nil {
		p.counts.OpenFailures++
		p.slots--
		e.retired = false
		p.answer(e, &e.waiters, err)
		p.settle(e)
		return
	}
	p.counts.Opens++
	p.open++
	e.handle, e.state, e.used = h, open, 0
	if e.retired || e.drains.Len() > 0 {
		e.state = retiring
	} else {
		p.answer(e, &e.waiters, nil)
	}
	if e.leases == 0 {
		p.rest(e)
	}
}

func panicError(who string, v any) error {
	return fmt.Errorf("pool: the %s panicked: %v\n%s", who, v, debug.Stack())
}
