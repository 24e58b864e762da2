package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"streamvault/shard/pool"
)

// drainLater drains in the background of a synctest bubble; on return the Drain waits, runs or is done.
func drainLater(ctx context.Context, p *ids, id int, fn func(context.Context) error) <-chan error {
	c := make(chan error, 1)
	go func() { c <- p.Drain(ctx, id, fn) }()
	synctest.Wait()
	return c
}

func TestDrainKeepsTheKeyClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{}
		p := newPool(t, f, pool.Options[int]{Size: 2})
		held := acquire(t, p, 1)
		errFn := errors.New("fn")
		begun := make(chan struct{})
		drained := drainLater(t.Context(), p, 1, func(context.Context) error {
			close(begun)
			assert.False(t, f.isLive(1))
			time.Sleep(time.Minute)
			assert.False(t, f.isLive(1))
			return errFn
		})
		pending(t, begun, "a lease is out")
		assert.False(t, held.Handle().closed.Load())
		before := arrive(t.Context(), p, 1)
		pending(t, before, "a Drain waits")
		held.Release()
		<-begun
		during := arrive(t.Context(), p, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.Acquire(ctx, 1)
		assert.ErrorIs(t, err, pool.ErrBusy)
		acquire(t, p, 2).Release()
		acquire(t, p, 3).Release()
		pending(t, before, "fn runs")
		require.ErrorIs(t, <-drained, errFn)
		for _, c := range []<-chan result{before, during} {
			r := <-c
			require.NoError(t, r.err)
			r.lease.Release()
		}
		assert.Equal(t, []int{1, 2, 3, 1}, f.order())
	})
}

func TestDrainGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &fleet{}, pool.Options[int]{Size: 2})
		held := acquire(t, p, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		drained := drainLater(ctx, p, 1, func(context.Context) error { panic("must not run") })
		waiting := arrive(t.Context(), p, 1)
		err := <-drained
		assert.ErrorIs(t, err, pool.ErrBusy)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		r := <-waiting
		require.NoError(t, r.err)
		assert.Same(t, held.Handle(), r.lease.Handle(), "it was never closed")
		r.lease.Release()
		held.Release()
		assert.ErrorIs(t, p.Drain(ctx, 1, nil), pool.ErrBusy)
	})
}

// A Drain that gives up does not bring back a handle that was found bad meanwhile.
func TestDrainGivesUpOnARetiredHandle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{}
		p := newPool(t, f, pool.Options[int]{Size: 2})
		held := acquire(t, p, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		drained := drainLater(ctx, p, 1, func(context.Context) error { return nil })
		p.Retire(1)
		require.ErrorIs(t, <-drained, pool.ErrBusy)
		waiting := arrive(t.Context(), p, 1)
		pending(t, waiting, "the bad handle is still lent")
		held.Release()
		(<-waiting).lease.Release()
		assert.Equal(t, []int{1, 1}, f.order())
	})
}

func TestDrainInEveryState(t *testing.T) {
	t.Parallel()
	for name, reach := range map[string]func(t *testing.T, p *ids){
		"Absent":   func(*testing.T, *ids) {},
		"Idle":     func(t *testing.T, p *ids) { acquire(t, p, 1).Release() },
		"Opening":  func(t *testing.T, p *ids) { go func() { acquire(t, p, 1).Release() }() },
		"Closing":  func(t *testing.T, p *ids) { acquire(t, p, 1).Release(); p.Retire(1) },
		"Retiring": func(t *testing.T, p *ids) { l := acquire(t, p, 1); p.Retire(1); time.AfterFunc(time.Hour, l.Release) },
		"Queued": func(t *testing.T, p *ids) {
			time.AfterFunc(time.Hour, acquire(t, p, 2).Release)
			go func() { acquire(t, p, 1).Release() }()
		},
		"Drained": func(t *testing.T, p *ids) {
			drainLater(t.Context(), p, 1, func(context.Context) error { time.Sleep(time.Hour); return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				slow := func(int) error { time.Sleep(time.Minute); return nil }
				f := &fleet{onClose: slow, onOpen: func(_ context.Context, id int) error { return slow(id) }}
				p := newPool(t, f, pool.Options[int]{Size: 1})
				reach(t, p)
				synctest.Wait()
				ran := false
				require.NoError(t, p.Drain(t.Context(), 1, func(context.Context) error {
					ran = true
					time.Sleep(time.Minute)
					assert.False(t, f.isLive(1))
					return nil
				}))
				assert.True(t, ran)
				acquire(t, p, 1).Release()
			})
		})
	}
}

// A Drain needs no slot and is not held up by those who have no lease yet.
func TestDrainGoesBeforeThoseWhoWait(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"OfAQueuedKey": 1, "OfAnOpeningKey": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &fleet{onOpen: func(context.Context, int) error { time.Sleep(time.Minute); return nil }}
				p := newPool(t, f, pool.Options[int]{Size: size})
				held := acquire(t, p, 2)
				waiting := arrive(t.Context(), p, 1)
				require.NoError(t, p.Drain(t.Context(), 1, func(context.Context) error {
					pending(t, waiting, "the Drain goes first")
					return nil
				}))
				held.Release()
				r := <-waiting
				require.NoError(t, r.err)
				r.lease.Release()
			})
		})
	}
}

func TestDrainAfterAFailedClose(t *testing.T) {
	t.Parallel()
	errClose := errors.New("close")
	f := &fleet{onClose: func(int) error { return errClose }}
	p := newPool(t, f, pool.Options[int]{Size: 1})
	acquire(t, p, 1).Release()
	ran := 0
	fn := func(context.Context) error { ran++; return nil }
	require.ErrorIs(t, p.Drain(t.Context(), 1, fn), errClose)
	require.Zero(t, ran)
	require.NoError(t, p.Drain(t.Context(), 1, fn))
	require.Equal(t, 1, ran)
}

func TestDrainFunctionPanics(t *testing.T) {
	t.Parallel()
	p := newPool(t, &fleet{}, pool.Options[int]{Size: 1})
	assert.PanicsWithValue(t, "fn", func() {
		_ = p.Drain(t.Context(), 1, func(context.Context) error { panic("fn") })
	})
	acquire(t, p, 1).Release()
}

func TestRetire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{onOpen: func(context.Context, int) error { time.Sleep(time.Minute); return nil }}
		p := newPool(t, f, pool.Options[int]{Size: 2})
		p.Retire(1) // not open: nothing happens
		held, also := acquire(t, p, 1), acquire(t, p, 1)
		bad := held.Handle()
		p.Retire(1)
		next := arrive(t.Context(), p, 1)
		held.Release()
		synctest.Wait()
		pending(t, next, "the bad handle is still lent")
		assert.False(t, bad.closed.Load())
		also.Release()
		time.Sleep(time.Second) // it is opening now
		p.Retire(1)
		r := <-next
		require.NoError(t, r.err)
		assert.NotSame(t, bad, r.lease.Handle())
		assert.Equal(t, []int{1, 1, 1}, f.order(), "the open under way was not handed out either")
		r.lease.Release()
		p.Retire(1)
		synctest.Wait()
		assert.False(t, f.isLive(1), "idle: closed at once")
	})
}
