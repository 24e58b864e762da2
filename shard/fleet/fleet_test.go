package fleet_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/fleet"
	"streamvault/shard/tenant"
)

func TestTheFleetMovesUpAndIsThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 7)
	require.Equal(t, fleet.Shards{Total: 7, Current: 7}, h.shards())
	j := h.up(fleet.Request{Actor: "key:1", Canary: 2, Workers: 3})
	require.Equal(t, registry.JobDone, j.State)
	require.Equal(t, [3]int64{7, 7, 0}, [3]int64{j.Total, j.Done, j.Failed})
	require.Equal(t, fleet.Shards{Total: 7, Current: 7}, h.shards())
	require.Equal(t, 2, h.FleetTarget())
	_, accounts := h.accounts(j)
	for i, a := range accounts {
		require.Equal(t, [2]int{1, 2}, [2]int{a.From, a.To})
		require.Len(t, a.Fingerprint, 64)
		require.Empty(t, a.Drift)
		require.FileExists(t, filepath.Join(h.Dir(), a.Snapshot))
		require.EqualValues(t, 10, h.points(i))
		require.Equal(t, 2, h.version(i))
	}
	s, _, err := h.CreateStreamer(t.Context(), registry.NewStreamer{Username: "later"})
	require.NoError(t, err)
	require.Equal(t, 2, s.SchemaVersion, "born at the target")

	again := h.up(fleet.Request{})
	require.Zero(t, again.ID, "nothing to do makes no job")
	require.Equal(t, registry.JobDone, again.State)
}

func TestAFailureIsOneStreamers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 5)
	h.spoil(1)
	h.spoil(3)
	require.NoError(t, os.Remove(h.ShardPath(h.streamers[4])))
	j := h.up(fleet.Request{})
	require.Equal(t, registry.JobFailed, j.State)
	require.Equal(t, [3]int64{5, 2, 3}, [3]int64{j.Total, j.Done, j.Failed})
	states, accounts := h.accounts(j)
	require.Equal(t, []registry.ItemState{"done", "failed", "done", "failed", "failed"}, states)
	require.Contains(t, accounts[1].Error, "there is already a table named point_transactions_by_time")
	require.Contains(t, accounts[4].Error, "missing")
	require.Equal(t, 1, accounts[1].To)
	require.Empty(t, accounts[1].Snapshot)
	require.Equal(t, fleet.Shards{Total: 5, Current: 2, Behind: 3, Failed: 3}, h.shards())
	h.give(1, 5)
	require.EqualValues(t, 15, h.points(1), "served at its old version")
	require.Equal(t, 1, h.version(1))

	h.mend(1)
	j = h.ended(h.Fleet().Resume(t.Context(), j.ID, "test"))
	require.Equal(t, registry.JobFailed, j.State)
	require.Equal(t, [3]int64{5, 3, 2}, [3]int64{j.Total, j.Done, j.Failed})
	require.Equal(t, 2, h.version(1))
	h.mend(3)
	j = h.up(fleet.Request{Only: "s4"})
	require.Equal(t, registry.JobDone, j.State)
	require.Equal(t, 2, h.version(3))
}

func TestTheBudgetHaltsTheJob(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 8)
	h.spoil(0)
	h.spoil(1)
	j := h.up(fleet.Request{Canary: 2, Workers: 1, MaxFailures: number(1)})
	require.Equal(t, registry.JobHalted, j.State)
	states, _ := h.accounts(j)
	require.Equal(t, []registry.ItemState{"failed", "failed", "waiting", "waiting", "waiting", "waiting", "waiting", "waiting"}, states)
	o, err := fleet.OrdersOf(j)
	require.NoError(t, err)
	require.Equal(t, "2 failed", o.Reason)
	_, accounts := h.accounts(j)
	require.Zero(t, accounts[2].From, "nobody has begun with him")
	h.mend(0)
	j = h.ended(h.Fleet().Resume(t.Context(), j.ID, "test"))
	require.Equal(t, registry.JobFailed, j.State, "one failure is within the budget")
	require.Equal(t, [2]int64{7, 1}, [2]int64{j.Done, j.Failed})
}

func TestAPlanTellsAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 4)
	h.spoil(1)
	h.sql(2, `CREATE INDEX stray ON tips (content)`)
	h.points(0) // open
	j := h.ended(h.Fleet().Plan(t.Context(), fleet.Request{}))
	require.Equal(t, registry.JobFailed, j.State)
	states, accounts := h.accounts(j)
	require.Equal(t, []registry.ItemState{"done", "failed", "done", "done"}, states)
	require.Contains(t, accounts[1].Error, "there is already a table")
	require.Equal(t, []string{"+ CREATE TABLE point_transactions_by_time (x)"}, accounts[1].Drift)
	require.Equal(t, []string{"+ CREATE INDEX stray ON tips (content)"}, accounts[2].Drift)
	require.Equal(t, 1, h.FleetTarget())
	for i := range h.streamers {
		require.Equal(t, 1, h.version(i))
	}
	left, err := os.ReadDir(filepath.Join(h.Dir(), "tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
	_, err = os.Stat(filepath.Join(h.Dir(), "backups", "migrations"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestWhatCannotBeMovedToIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	for name, c := range map[string]struct {
		r    fleet.Request
		want string
	}{
		"TooNew":    {fleet.Request{To: 3}, "to must be 1 to 2"},
		"TooOld":    {fleet.Request{To: -1}, "to must be 1 to 2"},
		"Workers":   {fleet.Request{Workers: 65}, "workers must be 1 to 64"},
		"Budget":    {fleet.Request{MaxFailures: number(-1)}, "maxFailures must be 0 or more"},
		"NoSuchOne": {fleet.Request{Only: "nobody"}, "not found"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.Fleet().Up(t.Context(), c.r)
			require.ErrorContains(t, err, c.want)
		})
	}
	h.up(fleet.Request{})
	_, err := h.Fleet().Up(t.Context(), fleet.Request{To: 1})
	require.ErrorContains(t, err, "has to be confirmed")
	j := h.up(fleet.Request{To: 1, Down: true})
	require.Equal(t, registry.JobDone, j.State)
	require.Equal(t, 1, h.version(0))
}

// Nobody who calls while the fleet moves gets an error, and nothing that was acknowledged is
// missing.
func TestCallersOnlyWaitWhileTheFleetMoves(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 20)
	stop := make(chan struct{})
	var calls atomic.Int64
	var callers sync.WaitGroup
	given := make([]int64, len(h.streamers))
	for i, s := range h.streamers {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				_, err := h.Tenant(s.ID).AddPoints(ctx, "viewer", tenant.Award{Amount: 1, Source: "chat"})
				cancel()
				if err != nil {
					t.Errorf("s%d: %v", i+1, err)
					return
				}
				given[i]++
				calls.Add(1)
			}
		})
	}
	for range 3 {
		j := h.up(fleet.Request{})
		require.Equal(t, registry.JobDone, j.State)
		back := h.ended(h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: j.ID}))
		require.Equal(t, registry.JobDone, back.State)
	}
	close(stop)
	callers.Wait()
	for i := range h.streamers {
		require.Equal(t, 10+given[i], h.points(i))
	}
	t.Logf("%d calls", calls.Load())
}

// A later program that serves nothing below version 3.
func TestFilesThatAreTooOldAreMigratedWhenOpened(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 4)
	h.sql(1, `CREATE TABLE extra (x)`)
	later := h.later()
	h.deploy(later)
	require.EqualValues(t, 10, h.points(0), "migrated as it is opened")
	require.Equal(t, 3, h.version(0))

	_, err := h.Tenant(h.streamers[1].ID).UserByName(t.Context(), "viewer")
	require.ErrorIs(t, err, shard.ErrHeld, "it cannot be, and waits")
	_, err = h.Resume(t.Context(), h.streamers[1].ID, "test")
	require.ErrorIs(t, err, shard.ErrHeld)

	j := h.up(fleet.Request{})
	require.Equal(t, registry.JobFailed, j.State)
	require.Equal(t, fleet.Shards{Total: 4, Current: 3, Behind: 1, Failed: 1, Held: 1}, h.shards())
	back := h.ended(h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: j.ID}))
	require.Equal(t, registry.JobDone, back.State)
	_, err = h.Tenant(h.streamers[2].ID).UserByName(t.Context(), "viewer")
	require.ErrorIs(t, err, shard.ErrHeld, "rolled back below what the program serves")
	require.EqualValues(t, 10, h.points(0), "nobody has rolled back who had moved before")
	j = h.up(fleet.Request{Only: "s3"})
	require.Equal(t, registry.JobDone, j.State)
	require.EqualValues(t, 10, h.points(2), "somebody has decided")
	_, err = h.Resume(t.Context(), h.streamers[3].ID, "test")
	require.NoError(t, err)
	require.EqualValues(t, 10, h.points(3))

	h.deploy(nil)
	_, err = h.Tenant(h.streamers[2].ID).UserByName(t.Context(), "viewer")
	require.ErrorIs(t, err, shard.ErrQuarantined, "the former program refuses it, alone")
	_, err = h.Fleet().Up(t.Context(), fleet.Request{})
	require.NoError(t, err)
}
