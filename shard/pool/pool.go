package pool

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

var (
	// ErrBusy means that the caller's deadline passed before it could be served; it comes together with
	// context.DeadlineExceeded, and trying again later makes sense.
	ErrBusy = errors.New("pool: busy")
	// ErrClosed means that the pool is closed or closing; trying again is pointless.
	ErrClosed = errors.New("pool: closed")
)

// Handle is what a pool keeps open; Close is called exactly once, on a goroutine of the pool, when nobody uses it.
type Handle interface{ Close() error }

// Options bound a pool; zero values mean the defaults.
type Options[K comparable] struct {
	// Size is the most handles that exist at once, those opening and closing included; below 1 it means 1.
	Size int
	// IdleAfter is how long an unused handle stays open (at most an eighth longer); 0 means 5 minutes, below 0 for ever.
	IdleAfter time.Duration
	// Closers is how many handles may be in Close at once, the others queue for it; below 1 it means 2.
	Closers int
	// Now is the clock that idle and waiting times are read from; nil means time.Now.
	Now func() time.Time
	// OnCloseError, if set, is told of every Close that failed or panicked, before the slot is free again. It is called
	// from several goroutines, without locks held.
	OnCloseError func(id K, err error)
}

// Pool is an LRU of open handles, one per key, that are lent out; its methods are safe for concurrent use.
type Pool[K comparable, H Handle] struct {
	opener       func(ctx context.Context, id K) (H, error)
	now          func() time.Time
	onCloseError func(id K, err error)
	size         int
	maxClosers   int
	idleAfter    time.Duration
	done         chan struct{} // closed when the pool is closed and its last key is gone

	mu      sync.Mutex
	keys    map[K]*entry[K, H] // every key that is in some state; one entry per key at any time
	idle    idleHandles[K, H]
	queue   list.List // of *entry: keys that want a slot, by the arrival of their earliest caller
	toClose list.List // of *entry: closing, but no closer has taken them yet
	tickets *ticket   // unused tickets
	janitor *time.Timer
	armed   bool // the janitor will run
	closed  bool
	seq     uint64 // arrivals so far
	slots   int    // taken: opening, open, retiring or closing
	open    int    // handles open: idle, lent or retiring
	closing int    // handles whose Close has not returned
	closers int    // goroutines closing
	leases  int
	waiters int
	counts  Stats
}

// New makes a pool that opens handles with open. Its goroutines start on demand and end with their work. The context
// that open gets ends when open returns or the pool is closed and not before, so open must bound its own time; different
// keys are opened concurrently.
func New[K comparable, H Handle](open func(ctx context.Context, id K) (H, error), o Options[K]) *Pool[K, H] {
	o = o.withDefaults()
	return &Pool[K, H]{
		opener:       open,
		now:          o.Now,
		onCloseError: o.OnCloseError,
		size:         o.Size,
		maxClosers:   o.Closers,
		idleAfter:    o.IdleAfter,
		done:         make(chan struct{}),
		keys:         make(map[K]*entry[K, H]),
		idle:         newIdleHandles[K, H](o.Size),
	}
}

func (o Options[K]) withDefaults() Options[K] {
	o.Size = max(o.Size, 1)
	if o.Closers < 1 {
		o.Closers = 2
	}
	if o.IdleAfter == 0 {
		o.IdleAfter = 5 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
