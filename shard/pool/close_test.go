package pool_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"streamvault/shard/pool"
)

func TestCloseWaitsForLeases(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{}
		p := newPool(t, f, pool.Options[int]{Size: 3})
		a, b := acquire(t, p, 1), acquire(t, p, 1)
		acquire(t, p, 2).Release()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := p.Close(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "2 leases")
		assert.False(t, f.isLive(2), "idle handles close at once")
		assert.False(t, a.Handle().closed.Load(), "a handle in use is never closed")
		_, err = p.Acquire(t.Context(), 1)
		assert.ErrorIs(t, err, pool.ErrClosed)
		assert.ErrorIs(t, p.Drain(t.Context(), 1, nil), pool.ErrClosed)
		a.Release()
		time.AfterFunc(time.Minute, b.Release)
		require.NoError(t, p.Close(t.Context()))
		assert.False(t, f.isLive(1))
	})
}

func TestCloseEndsAllWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{onOpen: func(ctx context.Context, id int) error {
			if id == 3 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}}
		p := newPool(t, f, pool.Options[int]{Size: 2})
		held := acquire(t, p, 1)
		drains := drainLater(t.Context(), p, 1, func(context.Context) error { panic("must not run") })
		runs := drainLater(t.Context(), p, 5, func(context.Context) error { time.Sleep(time.Hour); return nil })
		opens := arrive(t.Context(), p, 3)
		queues, retires, waits := arrive(t.Context(), p, 4), arrive(t.Context(), p, 1), arrive(t.Context(), p, 5)
		begin := time.Now()
		time.AfterFunc(time.Minute, held.Release)
		require.NoError(t, p.Close(t.Context()))
		assert.Equal(t, time.Hour, time.Since(begin), "it waits for the function of a Drain") // the bubble's clock
		for _, c := range []<-chan result{opens, queues, retires, waits} {
			assert.ErrorIs(t, (<-c).err, pool.ErrClosed)
		}
		assert.ErrorIs(t, <-drains, pool.ErrClosed)
		assert.NoError(t, <-runs)
	})
}

func TestPanickingCloseIsAnError(t *testing.T) {
	t.Parallel()
	var told atomic.Int32
	f := &fleet{onClose: func(int) error { panic("close") }}
	p := newPool(t, f, pool.Options[int]{Size: 1, OnCloseError: func(int, error) { told.Add(1) }})
	acquire(t, p, 1).Release()
	acquire(t, p, 2).Release()
	require.NoError(t, p.Close(t.Context()))
	assert.EqualValues(t, 2, told.Load())
	assert.EqualValues(t, 2, p.Stats().CloseFailures)
}

func TestClosersAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		f := &fleet{onClose: func(int) error {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Minute)
			now.Add(-1)
			return nil
		}}
		p := newPool(t, f, pool.Options[int]{Size: 20, Closers: 3})
		for id := range 20 {
			acquire(t, p, id).Release()
		}
		require.NoError(t, p.Close(t.Context()))
		assert.EqualValues(t, 3, most.Load())
	})
}

func TestIdleHandlesClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{}
		p := newPool(t, f, pool.Options[int]{Size: 9, IdleAfter: time.Hour})
		held := acquire(t, p, 1)
		acquire(t, p, 2).Release()
		time.Sleep(40 * time.Minute)
		acquire(t, p, 3).Release()
		time.Sleep(40 * time.Minute)
		assert.Equal(t, []bool{true, false, true}, []bool{f.isLive(1), f.isLive(2), f.isLive(3)})
		acquire(t, p, 3).Release() // used again: another hour
		time.Sleep(50 * time.Minute)
		assert.True(t, f.isLive(3))
		time.Sleep(20 * time.Minute)
		assert.Equal(t, []bool{true, false, false}, []bool{f.isLive(1), f.isLive(2), f.isLive(3)})
		assert.EqualValues(t, 2, p.Stats().Expired)
		held.Release()
		time.Sleep(2 * time.Hour)
		assert.Zero(t, p.Stats().Slots)
	})
}

// The injected clock decides; real time only makes the janitor look.
func TestIdleHandlesCloseByTheInjectedClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var passed atomic.Int64
		p := newPool(t, &fleet{}, pool.Options[int]{Size: 9, IdleAfter: time.Minute,
			Now: func() time.Time { return start.Add(time.Duration(passed.Load())) }})
		acquire(t, p, 1).Release()
		time.Sleep(24 * time.Hour)
		assert.Equal(t, 1, p.Stats().Idle, "no time has passed")
		passed.Store(int64(time.Minute))
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Zero(t, p.Stats().Slots)
	})
}

func TestIdleHandlesCanStay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &fleet{}, pool.Options[int]{Size: 9, IdleAfter: -1})
		acquire(t, p, 1).Release()
		time.Sleep(1000 * time.Hour)
		assert.Equal(t, 1, p.Stats().Idle)
	})
}
