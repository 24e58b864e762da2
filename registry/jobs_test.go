package registry

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
)

func itemStates(t testing.TB, r *Registry, job int64) (states []ItemState) {
	t.Helper()
	require.NoError(t, r.EachJobItem(t.Context(), job, func(i JobItem) error {
		states = append(states, i.State)
		return nil
	}))
	return states
}

func TestAJobCountsItsItemsInTheTransactionThatMarksThem(t *testing.T) {
	t.Parallel()
	r := opened(t)
	a, b := create(t, r, "a"), create(t, r, "b")
	j, err := r.CreateJob(t.Context(), NewJob{Kind: "try", Actor: "key:1", Members: []scope.StreamerID{b.ID, a.ID, 0}, Detail: map[string]int{"x": 1}})
	require.NoError(t, err)
	require.EqualValues(t, 3, j.Total)
	require.JSONEq(t, `{"x":1}`, string(j.Detail))
	items, err := r.JobItems(t.Context(), j.ID, "", -1, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"", "a", "b"}, []string{items[0].Username, items[1].Username, items[2].Username}, "in the order of ids")

	require.NoError(t, r.MarkItems(t.Context(), []ItemChange{
		{Job: j.ID, Streamer: a.ID, State: ItemRunning},
		{Job: j.ID, Streamer: b.ID, State: ItemFailed, Detail: map[string]string{"error": "no"}},
		{Job: j.ID, Streamer: a.ID, State: ItemDone, Version: 1},
		{Job: j.ID, Streamer: a.ID, State: ItemDone},
	}))
	j, err = r.Job(t.Context(), j.ID)
	require.NoError(t, err)
	require.Equal(t, [3]int64{3, 1, 1}, [3]int64{j.Total, j.Done, j.Failed})
	s, err := r.Streamer(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, 1, s.SchemaVersion)

	require.ErrorIs(t, r.MarkItems(t.Context(), []ItemChange{{Job: j.ID, Streamer: 0, State: ItemDone}, {Job: j.ID, Streamer: 99, State: ItemDone}}), ErrNotFound)
	require.Equal(t, []ItemState{ItemWaiting, ItemDone, ItemFailed}, itemStates(t, r, j.ID), "all or nothing")
	failed, err := r.JobItems(t.Context(), j.ID, ItemFailed, -1, 10)
	require.NoError(t, err)
	require.Len(t, failed, 1)
	require.JSONEq(t, `{"error":"no"}`, string(failed[0].Detail))
}

func TestAJobThatWasHaltedGoesOnWithWhatIsLeft(t *testing.T) {
	t.Parallel()
	r := opened(t)
	ids := []scope.StreamerID{1, 2, 3, 4}
	j, err := r.CreateJob(t.Context(), NewJob{Kind: "try", Actor: "x", Members: ids})
	require.NoError(t, err)
	require.NoError(t, r.MarkItems(t.Context(), []ItemChange{
		{Job: j.ID, Streamer: 1, State: ItemDone}, {Job: j.ID, Streamer: 2, State: ItemFailed}, {Job: j.ID, Streamer: 3, State: ItemRunning, Detail: json.RawMessage(`{"from":1}`)}}))
	_, err = r.ResumeJob(t.Context(), j.ID, "x")
	require.ErrorIs(t, err, ErrWrongState, "it runs")
	require.NoError(t, r.HaltCrashed(t.Context()))
	require.Equal(t, []ItemState{ItemDone, ItemFailed, ItemWaiting, ItemWaiting}, itemStates(t, r, j.ID))
	halted, err := r.Job(t.Context(), j.ID)
	require.NoError(t, err)
	require.Equal(t, JobHalted, halted.State)
	require.NotNil(t, halted.EndedAt)

	again, err := r.ResumeJob(t.Context(), j.ID, "y")
	require.NoError(t, err)
	require.Equal(t, [4]any{JobRunning, int64(1), int64(0), true}, [4]any{again.State, again.Done, again.Failed, again.EndedAt == nil})
	require.Equal(t, []ItemState{ItemDone, ItemWaiting, ItemWaiting, ItemWaiting}, itemStates(t, r, j.ID))
	_, err = r.EndJob(t.Context(), j.ID, JobHalted, nil, "x")
	require.NoError(t, err)
	_, err = r.CancelJob(t.Context(), j.ID, "x")
	require.NoError(t, err)
	_, err = r.ResumeJob(t.Context(), j.ID, "x")
	require.EqualError(t, err, "job 1: job 1 is cancelled")

	var actions []string
	rows, err := r.Audit(t.Context(), 0, r.o.Now().AddDate(-1, 0, 0), 0, 100)
	require.NoError(t, err)
	for _, row := range rows {
		if row.Action != "key.create" {
			actions = append(actions, row.Action+" "+row.Actor)
		}
	}
	require.Equal(t, []string{"job.start x", "job.end system", "job.resume y", "job.end x", "job.end x"}, actions)
	require.NoError(t, r.VerifyAudit(t.Context()))
}

func TestJobsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	r := opened(t)
	for _, kind := range []string{"a", "b", "a", "c"} {
		_, err := r.CreateJob(t.Context(), NewJob{Kind: kind, Actor: "x"})
		require.NoError(t, err)
	}
	for name, c := range map[string]struct {
		before int64
		limit  int
		kinds  []string
		want   []int64
	}{
		"All":      {0, 10, nil, []int64{4, 3, 2, 1}},
		"Page":     {4, 2, nil, []int64{3, 2}},
		"OfAKind":  {0, 10, []string{"a"}, []int64{3, 1}},
		"OfKinds":  {4, 10, []string{"a", "c"}, []int64{3, 1}},
		"OfNoKind": {0, 10, []string{"z"}, []int64{}},
	} {
		t.Run(name, func(t *testing.T) {
			jobs, err := r.Jobs(t.Context(), c.before, c.limit, c.kinds...)
			require.NoError(t, err)
			ids := []int64{}
			for _, j := range jobs {
				ids = append(ids, j.ID)
			}
			require.Equal(t, c.want, ids)
		})
	}
}

func TestAHoldTakesAStreamerOutOfServiceAndIsEnded(t *testing.T) {
	t.Parallel()
	r := opened(t)
	s := create(t, r, "a")
	j, err := r.CreateJob(t.Context(), NewJob{Kind: "try", Actor: "x", Members: []scope.StreamerID{s.ID}})
	require.NoError(t, err)
	state := func() State {
		s, err := r.Streamer(t.Context(), s.ID)
		require.NoError(t, err)
		return s.State
	}
	require.NoError(t, r.MarkItems(t.Context(), []ItemChange{{Job: j.ID, Streamer: s.ID, State: ItemFailed, Hold: "wait"}}))
	require.Equal(t, Held, state())
	require.NoError(t, r.MarkItems(t.Context(), []ItemChange{{Job: j.ID, Streamer: s.ID, State: ItemDone, Free: true}}))
	require.Equal(t, Active, state())
}

func TestAJobMovesTheFleetsTarget(t *testing.T) {
	t.Parallel()
	r := open(t, dataDir(t), Options{FleetVersion: 1})
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	_, err := r.CreateJob(t.Context(), NewJob{Kind: "try", Actor: "x", Target: 2})
	require.NoError(t, err)
	require.Equal(t, 2, r.FleetTarget())
	require.Equal(t, 2, create(t, r, "a").SchemaVersion, "new streamers are born at it")
	members, err := r.FleetMembers(t.Context(), 2)
	require.NoError(t, err)
	require.Empty(t, members)
}
