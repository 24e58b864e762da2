package pool_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"streamvault/shard/pool"
)

var errFlaky = errors.New("flaky")

func flaky(rnd func(int) int, oneIn int) error {
	if rnd(3) == 0 {
		time.Sleep(time.Duration(rnd(200)) * time.Microsecond)
	}
	if rnd(oneIn) == 0 {
		return errFlaky
	}
	return nil
}

// stress does everything at once to many keys on few slots; the fleet notices broken rules, newPool leaks.
type stress struct {
	*testing.T
	pool     *ids
	fleet    *fleet
	keys     int
	draining [64]atomic.Bool
	served   atomic.Int64
}

func TestStress(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"OneSlot": 1, "FewSlots": 4, "ManySlots": 48} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fleet{
				onOpen: func(_ context.Context, id int) error {
					if id == 13 && rand.IntN(4) == 0 {
						panic("boom")
					}
					return flaky(rand.IntN, 20)
				},
				onClose: func(int) error { return flaky(rand.IntN, 20) },
			}
			s := &stress{T: t, fleet: f, keys: 40}
			s.pool = newPool(t, f, pool.Options[int]{Size: size, IdleAfter: time.Millisecond,
				OnCloseError: func(_ int, err error) { assert.ErrorIs(t, err, errFlaky) }})
			var wg sync.WaitGroup
			for range 24 {
				wg.Go(func() { s.run(400) })
			}
			wg.Wait()
			assert.Positive(t, s.served.Load())
			s.pool.Check(t)
			assert.Zero(t, s.pool.Stats().Leases)
		})
	}
}

func (s *stress) run(steps int) {
	for range steps {
		id := min(rand.IntN(s.keys), rand.IntN(s.keys))
		ctx, cancel := context.WithTimeout(s.Context(), time.Duration(rand.IntN(3000))*time.Microsecond)
		switch rand.IntN(40) {
		case 0:
			s.drain(ctx, id)
		case 1:
			s.pool.Retire(id)
		case 2:
			s.pool.Check(s)
		case 3, 4:
			time.AfterFunc(time.Duration(rand.IntN(300))*time.Microsecond, cancel)
			s.use(ctx, id)
		default:
			s.use(ctx, id)
		}
		cancel()
	}
}

func (s *stress) use(ctx context.Context, id int) {
	l, err := s.pool.Acquire(ctx, id)
	if err != nil {
		return
	}
	s.served.Add(1)
	if s.draining[id].Load() {
		s.fleet.problem("key %d lent while drained", id)
	}
	l.Handle().Use()
	if rand.IntN(8) == 0 {
		go l.Release()
	}
	l.Release()
}

func (s *stress) drain(ctx context.Context, id int) {
	err := s.pool.Drain(ctx, id, func(context.Context) error {
		if s.draining[id].Swap(true) {
			s.fleet.problem("key %d drained twice at once", id)
		}
		time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
		if s.fleet.isLive(id) {
			s.fleet.problem("key %d open while drained", id)
		}
		s.draining[id].Store(false)
		return nil
	})
	if err != nil && !errors.Is(err, errFlaky) {
		assert.True(s, errors.Is(err, pool.ErrBusy) || errors.Is(err, context.Canceled), "%v", err)
	}
}

// Nobody is forgotten: patient callers are all served, whatever the impatient ones do.
func TestStressPatience(t *testing.T) {
	t.Parallel()
	p := newPool(t, &fleet{}, pool.Options[int]{Size: 3})
	var wg sync.WaitGroup
	for g := range 32 {
		wg.Go(func() {
			for range 300 {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if g%2 == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(rand.IntN(500))*time.Microsecond)
				}
				l, err := p.Acquire(ctx, rand.IntN(30))
				if g%2 == 1 {
					assert.NoError(t, err)
				}
				if err == nil {
					l.Handle().Use()
					l.Release()
				}
				cancel()
			}
		})
	}
	wg.Wait()
}

// Closing in the middle of everything ends everything.
func TestStressClose(t *testing.T) {
	t.Parallel()
	for range 50 {
		f := &fleet{onClose: func(int) error { return flaky(rand.IntN, 20) }}
		s := &stress{T: t, fleet: f, keys: 20}
		s.pool = newPool(t, f, pool.Options[int]{Size: 4, IdleAfter: time.Microsecond})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for {
					l, err := s.pool.Acquire(t.Context(), rand.IntN(20))
					if err != nil {
						assert.ErrorIs(t, err, pool.ErrClosed)
						return
					}
					l.Handle().Use()
					l.Release()
				}
			})
		}
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		assert.NoError(t, s.pool.Close(t.Context()))
		assert.Zero(t, f.opens.Load()-f.closes.Load())
		wg.Wait()
	}
}
