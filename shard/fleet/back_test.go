package fleet_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/fleet"
)

func TestRollingBackLosesNothingWrittenSince(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 5)
	h.spoil(2)
	j := h.up(fleet.Request{})
	require.Equal(t, registry.JobFailed, j.State)
	for i := range h.streamers {
		h.give(i, 7)
	}
	back := h.ended(h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: j.ID, Actor: "test"}))
	require.Equal(t, registry.JobDone, back.State)
	require.EqualValues(t, 4, back.Total, "only those who moved")
	o, err := fleet.OrdersOf(back)
	require.NoError(t, err)
	require.EqualValues(t, 4, o.Moved)
	for i := range h.streamers {
		require.Equal(t, 1, h.version(i))
		require.EqualValues(t, 17, h.points(i))
	}
	require.Equal(t, 1, h.FleetTarget())
	states, _ := h.accounts(j)
	require.Equal(t, []registry.ItemState{"rolled-back", "rolled-back", "failed", "rolled-back", "rolled-back"}, states)
	_, err = h.Fleet().Resume(t.Context(), j.ID, "test")
	require.ErrorIs(t, err, registry.ErrWrongState, "it was taken back")
	_, err = h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: back.ID})
	require.ErrorContains(t, err, "only a migration")
}

func TestGoingBackToTheCopySaysWhatItLoses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	j := h.up(fleet.Request{})
	h.give(0, 5)
	h.give(0, 5)
	h.give(2, 5)
	plan := h.ended(h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: j.ID, FromSnapshot: true, DryRun: true}))
	o, err := fleet.OrdersOf(plan)
	require.NoError(t, err)
	require.EqualValues(t, 3, o.Lost)
	require.EqualValues(t, 20, h.points(0), "nothing was done")
	require.Equal(t, 2, h.FleetTarget())

	back := h.ended(h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: j.ID, FromSnapshot: true}))
	require.Equal(t, registry.JobDone, back.State, string(back.Detail))
	o, err = fleet.OrdersOf(back)
	require.NoError(t, err)
	require.EqualValues(t, 3, o.Lost)
	_, accounts := h.accounts(back)
	require.EqualValues(t, []int64{2, 0, 1}, []int64{accounts[0].Lost, accounts[1].Lost, accounts[2].Lost})
	for i := range h.streamers {
		require.EqualValues(t, 10, h.points(i))
		require.Equal(t, 1, h.version(i))
	}
}

// A file that was overwritten by something else goes back to the copy from before.
func TestADamagedFileComesBackFromItsCopy(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	j := h.up(fleet.Request{})
	h.close()
	require.NoError(t, os.WriteFile(h.ShardPath(h.streamers[0]), []byte("not a database at all, by far"), 0o600))
	h.open(shard.Options{})
	_, err := h.Tenant(h.streamers[0].ID).UserByName(t.Context(), "viewer")
	require.ErrorIs(t, err, shard.ErrQuarantined)
	back := h.ended(h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: j.ID}))
	require.Equal(t, registry.JobFailed, back.State)
	back = h.ended(h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: j.ID, FromSnapshot: true}))
	require.Equal(t, registry.JobDone, back.State)
	require.EqualValues(t, 1, back.Total, "the other one went back before")
	require.EqualValues(t, 10, h.points(0))
}

// A crash after a file has moved and before that is recorded: the job knows from where.
func TestWhoMovedBeforeACrashIsKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	j := h.up(fleet.Request{})
	// The registry as it was when the batch began.
	require.NoError(t, h.MarkItems(t.Context(), []registry.ItemChange{
		{Job: j.ID, Streamer: h.streamers[0].ID, State: registry.ItemFailed, Detail: fleet.Account{From: 1}, Version: 1},
		{Job: j.ID, Streamer: h.streamers[1].ID, State: registry.ItemFailed, Detail: fleet.Account{From: 1}, Version: 1}}))
	_, err := h.Registry.ResumeJob(t.Context(), j.ID, "test")
	require.ErrorIs(t, err, registry.ErrWrongState)
	again := h.up(fleet.Request{})
	require.Equal(t, [2]int64{2, 2}, [2]int64{again.Total, again.Done})
	states, _ := h.accounts(again)
	require.Equal(t, []registry.ItemState{"done", "done"}, states, "the registry said version 1")
	for i := range h.streamers {
		require.Equal(t, 2, h.version(i))
	}
	back := h.ended(h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: again.ID}))
	require.EqualValues(t, 2, back.Total)
	require.Equal(t, 1, h.version(0))
}

// Only those whom a migration has moved before it was halted are in its rollback.
func TestRollingBackAHaltedJobIsAboutThoseWhoMoved(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 12)
	h.spoil(3)
	j := h.up(fleet.Request{Canary: 12, Workers: 1, MaxFailures: number(0)})
	require.Equal(t, registry.JobHalted, j.State)
	require.Equal(t, [2]int64{3, 1}, [2]int64{j.Done, j.Failed})
	back := h.ended(h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: j.ID}))
	require.Equal(t, [2]int64{3, 3}, [2]int64{back.Total, back.Done})
}

// Who was restored since a migration loses that too when he goes back to the copy from before, and
// is told so.
func TestGoingBackToTheCopiesCountsARestoreAsLost(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	kept, err := h.CreateBackup(t.Context(), shard.BackupRequest{Streamer: h.streamers[0].ID, Actor: "test"})
	require.NoError(t, err)
	for range 5 {
		h.give(0, 1)
	}
	j := h.up(fleet.Request{})
	_, err = h.Restore(t.Context(), shard.RestoreRequest{From: shard.Source{Backup: kept.ID}, Streamer: h.streamers[0].ID, Actor: "test"})
	require.NoError(t, err)
	h.give(0, 7)
	for _, dry := range []bool{true, false} {
		back := h.ended(h.Fleet().RollBack(t.Context(), fleet.BackRequest{Job: j.ID, FromSnapshot: true, DryRun: dry}))
		require.Equal(t, registry.JobDone, back.State)
		o, err := fleet.OrdersOf(back)
		require.NoError(t, err)
		require.EqualValues(t, 2, o.Lost, "the restore, and what he was given after it")
	}
	require.EqualValues(t, 15, h.points(0))
}
