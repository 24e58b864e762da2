package registry

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// moving is a registry whose clock the test moves.
func moving(t testing.TB) (*Registry, *clock) {
	t.Helper()
	c := newClock()
	r := open(t, dataDir(t), Options{Now: c.now})
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r, c
}

func rename(t testing.TB, r *Registry, s *Streamer, to string) {
	t.Helper()
	_, err := r.UpdateStreamer(t.Context(), s.ID, Change{Username: text2(to)}, "test")
	require.NoError(t, err)
}

func TestAFormerNameLeadsToItsStreamer(t *testing.T) {
	t.Parallel()
	r, c := moving(t)
	s, other := create(t, r, "alice"), create(t, r, "bob")
	rename(t, r, s, "anna")
	rename(t, r, s, "ann")
	for range 2 { // the second answer comes from memory
		for _, name := range []string{"alice", "ALICE", "anna"} {
			_, err := r.StreamerByName(t.Context(), name)
			var renamed *RenamedError
			require.ErrorAs(t, err, &renamed)
			require.ErrorIs(t, err, ErrNotFound)
			require.Equal(t, "ann", renamed.Now.Username)
			require.Equal(t, c.now().Add(defaultNameGrace), renamed.Until)
		}
	}
	former, err := r.FormerNames(t.Context(), s.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"alice", "anna"}, []string{former[0].Username, former[1].Username})

	var taken *TakenError
	_, _, err = r.CreateStreamer(t.Context(), NewStreamer{Username: "alice", Actor: "test"})
	require.ErrorAs(t, err, &taken)
	require.ErrorContains(t, err, "until 2026-04-03 05:06 UTC")
	_, err = r.UpdateStreamer(t.Context(), other.ID, Change{Username: text2("alice")}, "test")
	require.ErrorAs(t, err, &taken)
	rename(t, r, s, "alice") // his own he may have back
	found, err := r.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	require.Equal(t, s.ID, found.ID)

	c.move(defaultNameGrace)
	for range 2 {
		_, err = r.StreamerByName(t.Context(), "ann")
		require.Equal(t, "not found", err.Error()[max(0, len(err.Error())-9):], "it leads nowhere")
	}
	create(t, r, "ann") // though nobody has swept it
	require.NoError(t, r.ForgetNames(t.Context()))
	former, err = r.FormerNames(t.Context(), s.ID)
	require.NoError(t, err)
	require.Empty(t, former)
	count, err := r.one(t.Context(), `SELECT count(*) FROM former_names`)
	require.NoError(t, err)
	require.Zero(t, count[0])
}

func TestANameIsGivenUpAtOnceWithoutGrace(t *testing.T) {
	t.Parallel()
	r, _ := moving(t)
	s := create(t, r, "alice")
	_, err := r.UpdateStreamer(t.Context(), s.ID, Change{Username: text2("anna"), NameGrace: new(time.Duration)}, "test")
	require.NoError(t, err)
	create(t, r, "alice")
}
