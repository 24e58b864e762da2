package pool_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"streamvault/shard/pool"
)

func TestBusyAtTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &fleet{}, pool.Options[int]{Size: 1})
		held := acquire(t, p, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.Acquire(ctx, 2)
		assert.ErrorIs(t, err, pool.ErrBusy)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = p.Acquire(ctx, 1)
		assert.ErrorIs(t, err, pool.ErrBusy, "a context that has ended gets nothing, not even an open handle")

		ctx, cancel = context.WithCancel(t.Context())
		waiting := arrive(ctx, p, 2)
		assert.Equal(t, 1, p.Stats().Waiters)
		cancel()
		err = (<-waiting).err
		assert.ErrorIs(t, err, context.Canceled)
		assert.NotErrorIs(t, err, pool.ErrBusy)
		assert.Equal(t, time.Second, p.Stats().Waited)
		held.Release()
		assert.Equal(t, 1, p.Stats().Idle, "nobody waits any more, so nothing is closed")
	})
}

func TestFirstComeFirstServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{onClose: func(int) error { time.Sleep(time.Second); return nil }}
		p := newPool(t, f, pool.Options[int]{Size: 1})
		held := acquire(t, p, 0)
		var served []int
		var wg sync.WaitGroup
		caller := func(id int) {
			l, err := p.Acquire(t.Context(), id)
			assert.NoError(t, err)
			served = append(served, id) // one slot, so one at a time
			time.Sleep(time.Second)
			l.Release()
		}
		for id := 1; id <= 20; id++ {
			wg.Go(func() { caller(id) })
			synctest.Wait()
		}
		held.Release()
		for id := 21; id <= 40; id++ { // newcomers, while slots are freed and handed on
			time.Sleep(700 * time.Millisecond)
			wg.Go(func() { caller(id) })
			synctest.Wait()
			p.Check(t)
		}
		wg.Wait()
		for i, id := range served {
			assert.Equal(t, i+1, id)
		}
		assert.Len(t, served, 40)
	})
}

func TestFreedSlotWakesOneCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{}
		p := newPool(t, f, pool.Options[int]{Size: 2})
		one, two := acquire(t, p, 1), acquire(t, p, 2)
		var got []<-chan result
		for id := 3; id < 13; id++ {
			got = append(got, arrive(t.Context(), p, id))
		}
		one.Release()
		for i, c := range got {
			synctest.Wait()
			assert.Equal(t, []int{2, len(got) - i - 1}, []int{p.Stats().Leases, p.Stats().Waiters})
			r := <-c
			require.NoError(t, r.err)
			r.lease.Release()
		}
		two.Release()
		assert.Len(t, f.order(), 12)
	})
}

// Those who waited for their own key's Close queue at the place of their arrival, not behind those who came later.
func TestWaitingForACloseKeepsThePlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{onClose: func(id int) error { time.Sleep(time.Minute); return nil }}
		p := newPool(t, f, pool.Options[int]{Size: 1})
		acquire(t, p, 1).Release()
		p.Retire(1)
		one := arrive(t.Context(), p, 1)
		two := arrive(t.Context(), p, 2)
		r := <-one
		require.NoError(t, r.err)
		pending(t, two, "it came later")
		r.lease.Release()
		r = <-two
		require.NoError(t, r.err)
		r.lease.Release()
	})
}

func TestOpenKeyNeedsNoSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &fleet{}, pool.Options[int]{Size: 1})
		held := acquire(t, p, 1)
		queued := arrive(t.Context(), p, 2)
		acquire(t, p, 1).Release()
		pending(t, queued, "the slot is lent")
		held.Release()
		(<-queued).lease.Release()
	})
}

// Callers of a queued key get it together, when its earliest caller is served.
func TestQueuedKeyIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{}
		p := newPool(t, f, pool.Options[int]{Size: 1})
		held := acquire(t, p, 1)
		a := arrive(t.Context(), p, 2)
		b := arrive(t.Context(), p, 2)
		held.Release()
		ra, rb := <-a, <-b
		assert.Same(t, ra.lease.Handle(), rb.lease.Handle())
		ra.lease.Release()
		rb.lease.Release()
		assert.Equal(t, []int{1, 2}, f.order())
	})
}

func TestKeyStepsBackWhenItsFirstCallerLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{}
		p := newPool(t, f, pool.Options[int]{Size: 1})
		held := acquire(t, p, 0)
		ctx, cancel := context.WithCancel(t.Context())
		var got []<-chan result
		for i, id := range []int{1, 2, 1, 3} {
			by := t.Context()
			if i == 0 {
				by = ctx
			}
			got = append(got, arrive(by, p, id))
		}
		cancel()
		synctest.Wait()
		p.Check(t)
		held.Release()
		for _, c := range []<-chan result{got[1], got[2], got[3]} {
			r := <-c
			require.NoError(t, r.err)
			r.lease.Release()
		}
		assert.Equal(t, []int{0, 2, 1, 3}, f.order())
	})
}

// A caller that leaves at the very moment it is served must not keep what it was given.
func TestSlotOfACancelledCallerIsPassedOn(t *testing.T) {
	t.Parallel()
	f := &fleet{}
	p := newPool(t, f, pool.Options[int]{Size: 1})
	for range 2000 {
		held := acquire(t, p, 0)
		ctx, cancel := context.WithCancel(t.Context())
		leaves, stays := later(ctx, p, 1), later(t.Context(), p, 2)
		var wg sync.WaitGroup
		wg.Go(held.Release)
		wg.Go(cancel)
		wg.Go(func() { (<-leaves).lease.Release() })
		r := <-stays
		require.NoError(t, r.err)
		wg.Wait()
		r.lease.Release()
		require.Zero(t, p.Stats().Leases)
	}
}
