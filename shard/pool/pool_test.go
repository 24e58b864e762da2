package pool_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"streamvault/shard/pool"
)

func TestSharing(t *testing.T) {
	t.Parallel()
	p := newPool(t, &fleet{}, pool.Options[int]{Size: 2})
	a, b := acquire(t, p, 1), acquire(t, p, 1)
	assert.Same(t, a.Handle(), b.Handle())
	s := p.Stats()
	assert.Equal(t, []int{1, 1, 0, 2}, []int{s.Open, s.Leased, s.Idle, s.Leases})
	assert.Equal(t, []uint64{1, 1, 1}, []uint64{s.Hits, s.Misses, s.Opens})
	a.Release()
	b.Release()
	assert.Nil(t, a.Handle(), "a released lease has no handle")
	s = p.Stats()
	assert.Equal(t, []int{1, 0, 1, 0}, []int{s.Open, s.Leased, s.Idle, s.Leases})
}

func TestZeroValues(t *testing.T) {
	t.Parallel()
	var none lease
	none.Release()
	assert.Nil(t, none.Handle())
	p := newPool(t, &fleet{}, pool.Options[int]{})
	acquire(t, p, 1).Release()
	acquire(t, p, 2).Release()
	assert.Equal(t, 1, p.Stats().Size)
}

func TestReleaseCountsOnce(t *testing.T) {
	t.Parallel()
	p := newPool(t, &fleet{}, pool.Options[int]{Size: 1})
	for range 200 {
		held, twice := acquire(t, p, 1), acquire(t, p, 1)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(twice.Release)
		}
		wg.Wait()
		again := acquire(t, p, 1) // takes over the ticket of twice
		twice.Release()
		assert.NotNil(t, again.Handle())
		require.Equal(t, 2, p.Stats().Leases)
		again.Release()
		held.Release()
	}
}

func TestOneOpenHoweverManyWait(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	f := &fleet{onOpen: func(context.Context, int) error { <-gate; return nil }}
	p := newPool(t, f, pool.Options[int]{Size: 4})
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			l, err := p.Acquire(t.Context(), 7)
			assert.NoError(t, err)
			l.Handle().Use()
			l.Release()
		})
	}
	for p.Stats().Waiters < 64 {
		runtime.Gosched()
	}
	close(gate)
	wg.Wait()
	assert.Equal(t, []int{7}, f.order())
}

func TestImpatientCallerTakesOnlyItselfAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{onOpen: func(ctx context.Context, _ int) error {
			select {
			case <-time.After(time.Minute):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		p := newPool(t, f, pool.Options[int]{Size: 1, IdleAfter: -1})
		ctx, cancel := context.WithCancel(t.Context())
		first, second := arrive(ctx, p, 1), arrive(t.Context(), p, 1)
		cancel()
		assert.ErrorIs(t, (<-first).err, context.Canceled)
		r := <-second
		require.NoError(t, r.err)
		r.lease.Release()

		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.Acquire(ctx, 2)
		require.ErrorIs(t, err, pool.ErrBusy)
		time.Sleep(time.Hour)
		assert.Equal(t, 1, p.Stats().Idle, "what nobody waits for is idle")
		acquire(t, p, 2).Release()
		assert.Equal(t, []int{1, 2}, f.order())
	})
}

func TestFailingOpen(t *testing.T) {
	t.Parallel()
	errDisk := errors.New("disk")
	how := map[string]func() error{
		"Error":  func() error { return errDisk },
		"Panic":  func() error { panic("boom") },
		"Goexit": func() error { runtime.Goexit(); return nil },
	}
	for name, fail := range how {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				bad := true
				f := &fleet{onOpen: func(_ context.Context, id int) error {
					time.Sleep(time.Second)
					if bad && id == 1 {
						return fail()
					}
					return nil
				}}
				p := newPool(t, f, pool.Options[int]{Size: 1})
				a, b, other := arrive(t.Context(), p, 1), arrive(t.Context(), p, 1), arrive(t.Context(), p, 2)
				ra, rb := <-a, <-b
				require.Error(t, ra.err)
				assert.Equal(t, ra.err, rb.err)
				assert.Equal(t, name == "Error", errors.Is(ra.err, errDisk))
				r := <-other
				require.NoError(t, r.err, "the slot is free again")
				r.lease.Release()
				bad = false
				acquire(t, p, 1).Release()
				assert.EqualValues(t, 1, p.Stats().OpenFailures)
			})
		})
	}
}

func TestClosingKeyIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{onClose: func(int) error { time.Sleep(time.Minute); return nil }}
		p := newPool(t, f, pool.Options[int]{Size: 2})
		acquire(t, p, 1).Release()
		p.Retire(1)
		synctest.Wait()
		again := arrive(t.Context(), p, 1)
		pending(t, again, "its Close has not returned")
		r := <-again
		require.NoError(t, r.err)
		assert.Equal(t, []int{1, 1}, f.order())
		r.lease.Release()
	})
}

func TestSlotIsTakenUntilCloseHasReturned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{onClose: func(int) error { time.Sleep(time.Minute); return errors.New("close") }}
		var told []int
		p := newPool(t, f, pool.Options[int]{Size: 1, OnCloseError: func(id int, _ error) { told = append(told, id) }})
		acquire(t, p, 1).Release()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.Acquire(ctx, 2)
		require.ErrorIs(t, err, pool.ErrBusy)
		assert.True(t, f.isLive(1))
		acquire(t, p, 2).Release() // newPool checks that there never were two
		assert.Equal(t, []int{1}, told)
		assert.EqualValues(t, 1, p.Stats().Evictions)
	})
}

func TestWhatWasUsedOnceGoesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{}
		p := newPool(t, f, pool.Options[int]{Size: 4})
		for _, id := range []int{1, 2, 3, 4, 1} {
			acquire(t, p, id).Release()
		}
		held := acquire(t, p, 2) // lent: not a candidate
		acquire(t, p, 5).Release()
		assert.Equal(t, []int{1, 2, 4, 5}, f.liveOf(1, 2, 3, 4, 5), "one slot, one eviction: of those used once, the longest unused")
		acquire(t, p, 6).Release()
		acquire(t, p, 7).Release()
		assert.Equal(t, []int{1, 2, 6, 7}, f.liveOf(1, 2, 3, 4, 5, 6, 7))
		held.Release()
	})
}

// A handle that was used again makes room too, when all were.
func TestWhatWasUsedAgainGoesInItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{}
		p := newPool(t, f, pool.Options[int]{Size: 3})
		for _, id := range []int{1, 2, 3, 1, 3, 2} {
			acquire(t, p, id).Release()
		}
		for _, id := range []int{4, 4} {
			acquire(t, p, id).Release()
		}
		assert.Equal(t, []int{2, 3, 4}, f.liveOf(1, 2, 3, 4))
		acquire(t, p, 5).Release()
		assert.Equal(t, []int{2, 4, 5}, f.liveOf(1, 2, 3, 4, 5))
	})
}
