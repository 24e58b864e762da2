package api

import (
	"sync"
	"sync/atomic"

	"streamvault/shard/scope"
)

// crowding counts the requests of each streamer that are being served, so that one whom
// everybody asks at once leaves room for the others. A counter stays once there is one.
type crowding struct {
	most int64    // 0 is no limit
	now  sync.Map // of scope.StreamerID to *atomic.Int64
}

// enter takes a place, which leave gives back, or returns scope.ErrBusy.
func (d *crowding) enter(id scope.StreamerID) (leave func(), err error) {
	if d.most == 0 {
		return func() {}, nil
	}
	n, ok := d.now.Load(id)
	if !ok {
		n, _ = d.now.LoadOrStore(id, new(atomic.Int64))
	}
	count := n.(*atomic.Int64)
	if count.Add(1) > d.most {
		count.Add(-1)
		return nil, scope.ErrBusy
	}
	return func() { count.Add(-1) }, nil
}

// crowd runs the call's route in one of its streamer's places. Those who follow a channel are
// counted by its hub, and long work by itself.
func (c *call) crowd() error {
	if c.streamer == nil || c.trusted || c.route.Timeout < 0 {
		return c.route.run(c)
	}
	leave, err := c.server.crowding.enter(c.streamer.ID)
	if err != nil {
		return err
	}
	defer leave()
	return c.route.run(c)
}
