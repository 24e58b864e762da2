package job

import (
	"context"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

// A job that is done cancels what it has left nothing to do of, and nothing else; one that is not
// done cancels nothing.
func TestADoneJobEndsWhatItHasDoneTheWorkOf(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	over := func(done, earlier registry.Job) bool { return done.Kind == earlier.Kind }
	r, err := Open(t.Context(), d.reg, zerolog.Nop(), over)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close(context.Background())) })
	halted := func(kind string) int64 {
		j, err := d.reg.CreateJob(t.Context(), registry.NewJob{Kind: kind, Actor: "test", Members: members(2)})
		require.NoError(t, err)
		_, err = d.reg.EndJob(t.Context(), j.ID, registry.JobHalted, nil, "test")
		require.NoError(t, err)
		return j.ID
	}
	first, other, second := halted("try"), halted("other"), halted("try")
	states := func() (all []registry.JobState) {
		for _, id := range []int64{first, other, second} {
			j, err := d.reg.Job(t.Context(), id)
			require.NoError(t, err)
			all = append(all, j.State)
		}
		return all
	}
	for _, end := range []error{&HaltError{"enough"}, context.Canceled, nil} {
		require.Equal(t, []registry.JobState{registry.JobHalted, registry.JobHalted, registry.JobHalted}, states(), "%v", end)
		run, err := r.Start(t.Context(), try(1), func(context.Context, *Run) error { return end })
		require.NoError(t, err)
		_, err = run.Follow(t.Context(), nil)
		require.NoError(t, err)
	}
	require.Equal(t, []registry.JobState{registry.JobCancelled, registry.JobHalted, registry.JobCancelled}, states())
}
