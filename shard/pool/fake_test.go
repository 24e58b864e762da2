package pool_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"streamvault/shard/pool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type (
	ids   = pool.Pool[int, *fake]
	lease = pool.Lease[int, *fake]
)

// fleet opens fakes and notices what a pool must never do: two handles of one key, more handles than slots, closing
// twice, closing in use, using after close.
type fleet struct {
	onOpen  func(ctx context.Context, id int) error
	onClose func(id int) error

	mu       sync.Mutex
	live     map[int]bool // from before the open until after the Close
	maxLive  int
	opened   []int // in the order in which opens began
	problems []string
	opens    atomic.Int64
	closes   atomic.Int64
}

type fake struct {
	fleet  *fleet
	id     int
	users  atomic.Int32
	closed atomic.Bool
}

func (f *fleet) problem(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

func (f *fleet) enter(id int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.live == nil {
		f.live = map[int]bool{}
	}
	if f.live[id] {
		f.problems = append(f.problems, fmt.Sprintf("key %d opened beside its own handle", id))
	}
	f.live[id] = true
	f.maxLive = max(f.maxLive, len(f.live))
	f.opened = append(f.opened, id)
}

func (f *fleet) leave(id int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.live, id)
}

func (f *fleet) isLive(id int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.live[id]
}

// liveOf says which of some keys have a handle.
func (f *fleet) liveOf(ids ...int) []int {
	return slices.DeleteFunc(ids, func(id int) bool { return !f.isLive(id) })
}

func (f *fleet) order() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]int(nil), f.opened...)
}

func (f *fleet) open(ctx context.Context, id int) (*fake, error) {
	f.enter(id)
	ok := false
	defer func() {
		if !ok {
			f.leave(id)
		}
	}()
	if f.onOpen != nil {
		if err := f.onOpen(ctx, id); err != nil {
			return nil, err
		}
	}
	ok = true
	f.opens.Add(1)
	return &fake{fleet: f, id: id}, nil
}

// Use is a short piece of work with the handle.
func (h *fake) Use() {
	h.users.Add(1)
	for range 3 {
		if h.closed.Load() {
			h.fleet.problem("key %d used after close", h.id)
		}
		runtime.Gosched()
	}
	h.users.Add(-1)
}

func (h *fake) Close() error {
	if h.closed.Swap(true) {
		h.fleet.problem("key %d closed twice", h.id)
	}
	if h.users.Load() > 0 {
		h.fleet.problem("key %d closed in use", h.id)
	}
	defer h.fleet.leave(h.id)
	h.fleet.closes.Add(1)
	if h.fleet.onClose != nil {
		return h.fleet.onClose(h.id)
	}
	return nil
}

// newPool ends with the test, and then every handle must be closed and no rule broken.
func newPool(t testing.TB, f *fleet, o pool.Options[int]) *ids {
	t.Helper()
	p := pool.New(f.open, o)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		assert.NoError(t, p.Close(ctx))
		p.Check(t)
		f.mu.Lock()
		defer f.mu.Unlock()
		assert.Empty(t, f.problems)
		assert.Empty(t, f.live, "handles leaked")
		assert.Equal(t, f.opens.Load(), f.closes.Load(), "opens = closes")
		assert.LessOrEqual(t, f.maxLive, max(o.Size, 1), "handles at once")
		s := p.Stats()
		assert.Equal(t, []uint64{uint64(f.opens.Load()), uint64(f.closes.Load())}, []uint64{s.Opens, s.Closes})
		assert.Zero(t, s.Slots+s.Open+s.Idle+s.Leased+s.Leases+s.Waiters)
	})
	return p
}

func acquire(t testing.TB, p *ids, id int) lease {
	t.Helper()
	l, err := p.Acquire(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, id, l.Handle().id)
	return l
}

// result is what a caller in the background got.
type result struct {
	lease lease
	err   error
}

// later acquires in the background.
func later(ctx context.Context, p *ids, id int) <-chan result {
	c := make(chan result, 1)
	go func() {
		l, err := p.Acquire(ctx, id)
		c <- result{l, err}
	}()
	return c
}

// arrive is later in a synctest bubble: on return the caller waits (or is served), so callers arrive in program order.
func arrive(ctx context.Context, p *ids, id int) <-chan result {
	c := later(ctx, p, id)
	synctest.Wait()
	return c
}

func pending[T any](t testing.TB, c <-chan T, why string) {
	t.Helper()
	select {
	case <-c:
		require.Fail(t, "came too early", why)
	default:
	}
}
