package kick

import (
	"slices"
	"sync"
	"time"

	"streamvault/shard/scope"
)

const (
	duelLife  = time.Minute
	mostDuels = 1000 // that wait on one channel
)

// duel waits for the one who was challenged.
type duel struct {
	from, to string
	amount   int64
	expires  time.Time
}

// duels are those that wait, by streamer. They are not kept: a minute later they are over.
type duels struct {
	now func() time.Time

	mu      sync.Mutex
	waiting map[scope.StreamerID][]duel
}

func newDuels(now func() time.Time) *duels {
	return &duels{now: now, waiting: map[scope.StreamerID][]duel{}}
}

// alive drops the duels that are over. The lock is held.
func (d *duels) alive(id scope.StreamerID) []duel {
	now := d.now()
	left := slices.DeleteFunc(d.waiting[id], func(one duel) bool { return !one.expires.After(now) })
	d.keep(id, left)
	return left
}

func (d *duels) keep(id scope.StreamerID, left []duel) {
	if len(left) == 0 {
		delete(d.waiting, id)
		return
	}
	d.waiting[id] = left
}

// add lets a duel wait, or returns false when one of the two is in one already.
func (d *duels) add(id scope.StreamerID, one duel) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := d.alive(id)
	busy := slices.ContainsFunc(left, func(other duel) bool { return same(other.from, one.from) || same(other.to, one.to) })
	if busy || len(left) >= mostDuels {
		return false
	}
	d.keep(id, append(left, one))
	return true
}

// take ends the waiting of the duel that fits, if there is one.
func (d *duels) take(id scope.StreamerID, fits func(duel) bool) (duel, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := d.alive(id)
	i := slices.IndexFunc(left, fits)
	if i < 0 {
		return duel{}, false
	}
	one := left[i]
	d.keep(id, slices.Delete(left, i, i+1))
	return one, true
}

func same(a, b string) bool { return folded(a) == folded(b) }
