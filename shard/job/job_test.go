package job

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"streamvault/registry"
	"streamvault/shard/scope"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type desk struct {
	*Runner
	reg *registry.Registry
}

func newDesk(t *testing.T) desk {
	t.Helper()
	reg, err := registry.Open(t.Context(), filepath.Join(t.TempDir(), "data"), registry.Options{})
	require.NoError(t, err)
	r, err := Open(t.Context(), reg, zerolog.Nop(), nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, r.Close(context.Background()))
		require.NoError(t, reg.Close())
	})
	return desk{r, reg}
}

func members(n int) (ids []scope.StreamerID) {
	for i := range n {
		ids = append(ids, scope.StreamerID(i+1))
	}
	return ids
}

func try(n int) registry.NewJob {
	return registry.NewJob{Kind: "try", Actor: "test", Members: members(n)}
}

func (d desk) states(t *testing.T, job int64) (all []registry.ItemState) {
	t.Helper()
	require.NoError(t, d.reg.EachJobItem(t.Context(), job, func(i registry.JobItem) error {
		all = append(all, i.State)
		return nil
	}))
	return all
}

func TestEveryItemIsDoneOnceAndAnyNumberFollow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const n = 200
	var done sync.Map
	run, err := d.Start(t.Context(), try(n), func(ctx context.Context, run *Run) error {
		return run.Each(ctx, Pace{Workers: 8}, func(_ context.Context, i registry.JobItem) registry.ItemChange {
			_, twice := done.LoadOrStore(i.Streamer, true)
			if twice {
				return Outcome(nil, errors.New("twice"))
			}
			return Outcome(map[string]int64{"id": int64(i.Streamer)}, nil)
		})
	})
	require.NoError(t, err)
	var followers sync.WaitGroup
	for range 20 {
		followers.Go(func() {
			last := Progress{}
			j, err := d.Follow(context.Background(), run.Job().ID, func(p Progress) {
				if p.Done < last.Done {
					t.Error("progress goes back")
				}
				last = p
			})
			if err != nil || j.State != registry.JobDone || j.Done != n {
				t.Error(err, j.State, j.Done)
			}
		})
	}
	followers.Wait()
	require.Nil(t, d.Running(run.Job().ID))
	j, err := d.Follow(t.Context(), run.Job().ID, nil)
	require.NoError(t, err)
	require.Equal(t, registry.JobDone, j.State, "also when it has ended")
	require.NotContains(t, d.states(t, j.ID), registry.ItemWaiting)
}

func TestAFollowerWhoGoesAwayLeavesTheJobRunning(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	goOn := make(chan struct{})
	run, err := d.Start(t.Context(), try(1), func(ctx context.Context, run *Run) error {
		<-goOn
		return run.Each(ctx, Pace{}, func(context.Context, registry.JobItem) registry.ItemChange { return Outcome(nil, nil) })
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = run.Follow(ctx, func(Progress) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	close(goOn)
	j, err := run.Follow(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, registry.JobDone, j.State)
}

func TestAJobEndsAsItsWorkDoes(t *testing.T) {
	t.Parallel()
	odd := func(_ context.Context, i registry.JobItem) registry.ItemChange {
		if i.Streamer%2 == 1 {
			return Outcome(nil, errors.New("odd"))
		}
		return Outcome(nil, nil)
	}
	for name, c := range map[string]struct {
		work Work
		want registry.JobState
	}{
		"Nothing":    {func(context.Context, *Run) error { return nil }, registry.JobDone},
		"Error":      {func(context.Context, *Run) error { return errors.New("no") }, registry.JobFailed},
		"Panic":      {func(context.Context, *Run) error { panic("no") }, registry.JobFailed},
		"SomeFailed": {func(ctx context.Context, r *Run) error { return r.Each(ctx, Pace{Workers: 3}, odd) }, registry.JobFailed},
		"ItemPanics": {func(ctx context.Context, r *Run) error {
			return r.Each(ctx, Pace{}, func(context.Context, registry.JobItem) registry.ItemChange { panic("no") })
		}, registry.JobFailed},
		"OverBudget": {func(ctx context.Context, r *Run) error {
			return r.Each(ctx, Pace{Budget: func(failed int64) bool { return failed <= 2 }}, odd)
		}, registry.JobHalted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			run, err := d.Start(t.Context(), try(10), c.work)
			require.NoError(t, err)
			j, err := run.Follow(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, c.want, j.State)
			if name == "OverBudget" {
				require.EqualValues(t, 3, j.Failed, "it stops at the third")
				require.Contains(t, string(j.Detail), "3 failed")
			}
		})
	}
}

func TestAHaltedJobIsResumedAndACancelledOneIsNot(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var done atomic.Int64
	slow := func(ctx context.Context, run *Run) error {
		return run.Each(ctx, Pace{Workers: 2}, func(ctx context.Context, _ registry.JobItem) registry.ItemChange {
			if done.Add(1) > 10 {
				<-ctx.Done()
				return registry.ItemChange{State: registry.ItemWaiting}
			}
			return Outcome(nil, nil)
		})
	}
	run, err := d.Start(t.Context(), try(20), slow)
	require.NoError(t, err)
	id := run.Job().ID
	require.Eventually(t, func() bool { return done.Load() > 11 }, time.Minute, time.Millisecond)
	j, err := d.Halt(t.Context(), id, "someone")
	require.NoError(t, err)
	require.Equal(t, registry.JobHalted, j.State)
	require.EqualValues(t, 10, j.Done)
	_, err = d.Halt(t.Context(), id, "someone")
	require.ErrorIs(t, err, registry.ErrWrongState)

	var again []scope.StreamerID
	run, err = d.Resume(t.Context(), id, "someone", func(ctx context.Context, run *Run) error {
		return run.Each(ctx, Pace{}, func(_ context.Context, i registry.JobItem) registry.ItemChange {
			again = append(again, i.Streamer)
			return Outcome(nil, nil)
		})
	})
	require.NoError(t, err)
	j, err = run.Follow(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, registry.JobDone, j.State)
	require.Len(t, again, 10, "what was done is not done again")
	require.True(t, slices.IsSorted(again))

	done.Store(0)
	run, err = d.Start(t.Context(), try(20), slow)
	require.NoError(t, err)
	j, err = d.Cancel(t.Context(), run.Job().ID, "someone")
	require.NoError(t, err)
	require.Equal(t, registry.JobCancelled, j.State)
	_, err = d.Resume(t.Context(), j.ID, "someone", slow)
	require.ErrorIs(t, err, registry.ErrWrongState)
}

func TestClosingHaltsEveryJobAndBeginsNoMore(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	run, err := d.Start(t.Context(), try(1), func(ctx context.Context, _ *Run) error { <-ctx.Done(); return nil })
	require.NoError(t, err)
	require.NoError(t, d.Close(t.Context()))
	j, err := d.reg.Job(t.Context(), run.Job().ID)
	require.NoError(t, err)
	require.Equal(t, registry.JobHalted, j.State)
	_, err = d.Start(t.Context(), try(1), func(context.Context, *Run) error { return nil })
	require.ErrorIs(t, err, ErrClosing)
}
