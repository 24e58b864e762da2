package registry

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheTrashKeepsAStreamerAsHeWas(t *testing.T) {
	t.Parallel()
	for state, was := range map[State]func(*Registry, *Streamer){
		Active:    func(*Registry, *Streamer) {},
		Suspended: func(r *Registry, s *Streamer) { set(t, r, s, Active, Suspended, "unpaid") },
		Held:      func(r *Registry, s *Streamer) { set(t, r, s, Active, Held, "job 7") },
		Quarantined: func(r *Registry, s *Streamer) {
			set(t, r, s, Active, Suspended, "unpaid")
			set(t, r, s, Suspended, Quarantined, "I/O error: x")
		},
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			r, c := moving(t)
			s, key, err := r.CreateStreamer(t.Context(), NewStreamer{Username: "alice", KickUserID: text2("7"), Actor: "test"})
			require.NoError(t, err)
			token, _, err := r.CreateSession(t.Context(), s.ID, 0, time.Hour)
			require.NoError(t, err)
			was(r, s)
			before, err := r.Streamer(t.Context(), s.ID)
			require.NoError(t, err)
			_, err = r.Authenticate(t.Context(), key)
			require.NoError(t, err)

			gone, err := r.Trash(t.Context(), s.ID, 24*time.Hour, "test")
			require.NoError(t, err)
			require.Equal(t, Trashed, gone.State)
			require.Equal(t, c.now().Add(24*time.Hour), *gone.PurgeAfter)
			_, err = r.Authenticate(t.Context(), key)
			require.ErrorIs(t, err, ErrUnknownKey)
			_, err = r.Session(t.Context(), token)
			require.ErrorIs(t, err, ErrNotFound)
			var taken *TakenError
			_, _, err = r.CreateStreamer(t.Context(), NewStreamer{Username: "alice", Actor: "test"})
			require.ErrorAs(t, err, &taken)
			require.True(t, taken.Trashed)
			_, _, err = r.CreateStreamer(t.Context(), NewStreamer{Username: "bob", KickUserID: text2("7"), Actor: "test"})
			require.ErrorAs(t, err, &taken)
			_, err = r.UpdateStreamer(t.Context(), s.ID, Change{DisplayName: text2("x")}, "test")
			require.ErrorIs(t, err, ErrWrongState)
			_, _, err = r.CreateKey(t.Context(), RoleOwner, s.ID, "", "test")
			require.ErrorIs(t, err, ErrWrongState)
			c.move(time.Hour)
			again, err := r.Trash(t.Context(), s.ID, 240*time.Hour, "test")
			require.NoError(t, err)
			require.Equal(t, gone, again, "his time does not begin anew")
			in, err := r.StreamersIn(t.Context(), Trashed, 0, 10, "al")
			require.NoError(t, err)
			require.Len(t, in, 1)

			back, err := r.Undelete(t.Context(), s.ID, "test")
			require.NoError(t, err)
			before.UpdatedAt = back.UpdatedAt
			require.Equal(t, before, back)
			_, err = r.Undelete(t.Context(), s.ID, "test")
			require.ErrorIs(t, err, ErrWrongState)
			_, err = r.Authenticate(t.Context(), key)
			require.NoError(t, err)
			require.NoError(t, r.VerifyAudit(t.Context()))
		})
	}
}

func set(t testing.TB, r *Registry, s *Streamer, from, to State, reason string) {
	t.Helper()
	_, err := r.SetState(t.Context(), s.ID, []State{from}, to, reason, "test")
	require.NoError(t, err)
}

func TestWhoIsMigratedOrMadeIsNotTrashed(t *testing.T) {
	t.Parallel()
	r, _ := moving(t)
	s := create(t, r, "alice")
	set(t, r, s, Active, Migrating, "")
	made, err := r.Reserve(t.Context(), NewStreamer{Username: "bob"})
	require.NoError(t, err)
	for _, s := range []*Streamer{s, made} {
		_, err := r.Trash(t.Context(), s.ID, time.Hour, "test")
		require.ErrorIs(t, err, ErrWrongState)
		_, err = r.Purge(t.Context(), s.ID, Purging{Force: true})
		require.ErrorIs(t, err, ErrWrongState)
	}
}
