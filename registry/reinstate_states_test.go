package registry

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A copy that was made while a streamer was being made, and one from before he was had back from
// the trash, take nothing from him.
func TestARestoredRegistryTakesNobodysDataAway(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		clock, dir := newClock(), dataDir(t)
		r := open(t, dir, Options{Now: clock.now})
		alice, bob := create(t, r, "alice"), create(t, r, "bob")
		carol, err := r.Reserve(t.Context(), NewStreamer{Username: "carol", Actor: "test"})
		require.NoError(t, err)
		for _, s := range []*Streamer{alice, bob} {
			_, err = r.Trash(t.Context(), s.ID, time.Hour, "test")
			require.NoError(t, err)
		}
		path := copied(t, r)

		body, err := os.ReadFile(r.ShardPath(alice))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(r.BuildPath(carol), body, 0o600)) // stands for what was built
		carolsKey, err := r.Adopt(t.Context(), carol, Entry{Actor: "test", Action: "test"}, func(*Tx) error { return nil })
		require.NoError(t, err)
		_, err = r.Undelete(t.Context(), alice.ID, "test")
		require.NoError(t, err)
		require.NoError(t, r.Close())
		clock.move(48 * time.Hour)
		if !known {
			lose(t, dir)
		}

		done := Reinstatement{Dir: dir, Copy: from(path), Keys: KeysKeep, Now: clock.now}.do(t)
		r = open(t, dir, Options{Now: clock.now, Recover: true})
		require.FileExists(t, r.ShardPath(carol))
		due, err := r.PurgeDue(t.Context())
		require.NoError(t, err)
		if known {
			require.Equal(t, []string{"carol"}, done.Came)
			require.True(t, alive(t, r, carolsKey))
			back, err := r.Streamer(t.Context(), alice.ID)
			require.NoError(t, err)
			require.Equal(t, Active, back.State, "he was had back")
			require.Nil(t, back.PurgeAfter)
			require.Len(t, due, 1, "his time was over in the registry of now too")
			require.Equal(t, bob.ID, due[0].ID)
		} else {
			require.Empty(t, due, "nobody knows who was had back: the time in the trash begins anew")
			_, err = r.Undelete(t.Context(), alice.ID, "test")
			require.NoError(t, err)
			clock.move(61 * time.Minute)
			due, err = r.PurgeDue(t.Context())
			require.NoError(t, err)
			require.Len(t, due, 1)
		}
		require.NoError(t, r.VerifyAudit(t.Context()))
		require.NoError(t, r.Close())
	}
}
