package shard

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/doctor"
	"streamvault/shard/fleet"
)

// A fleet that moves while a streamer is restored, in whichever order, leaves him where it is
// itself.
func TestARestoreBesideAMigrationEndsWhereTheFleetIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, then int }{"Up": {1, 2, 2}, "Down": {2, 1, 2}} { // no file loses what it has
		for _, at := range []string{"fetch a file", "build a file", "drain a shard"} {
			t.Run(name+" at "+at, func(t *testing.T) {
				t.Parallel()
				var s *Store
				moves := 0
				s, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), Options{FleetVersion: c.from, Fault: func(step string) error {
					if step != at || moves > 0 {
						return nil
					}
					moves++
					j, err := s.Fleet().Up(context.Background(), fleet.Request{To: c.to, Down: true, Actor: "test"})
					if err == nil {
						j, err = s.FollowJob(context.Background(), j.ID, nil)
						require.Equal(t, registry.JobDone, j.State)
					}
					return err
				}})
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
				alice, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice"})
				require.NoError(t, err)
				fill(t, s.Tenant(alice.ID))
				before := points(t, s, alice)
				kept, err := s.CreateBackup(t.Context(), BackupRequest{Streamer: alice.ID})
				require.NoError(t, err)
				r, err := s.Restore(t.Context(), RestoreRequest{From: Source{Backup: kept.ID}, Streamer: alice.ID, Actor: "test"})
				require.NoError(t, err)
				require.Equal(t, 1, moves)
				require.Equal(t, c.then, r.Streamer.SchemaVersion)
				status, err := s.Fleet().Status(t.Context())
				require.NoError(t, err)
				require.Zero(t, status.Shards.Behind+status.Shards.Failed+status.Shards.Held)
				require.Equal(t, before, points(t, s, alice))
				report, err := s.Examine(t.Context(), doctor.Order{Deep: true}, nil)
				require.NoError(t, err)
				require.Empty(t, report.Problems)
			})
		}
	}
}

// A copy of a streamer whose file is ahead of the fleet is known to be ahead too.
func TestACopyOfWhoIsAheadIsAhead(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), Options{FleetVersion: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	alice, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice"})
	require.NoError(t, err)
	fill(t, s.Tenant(alice.ID))
	j, err := s.Fleet().Up(t.Context(), fleet.Request{Only: "alice", Actor: "test"})
	require.NoError(t, err)
	_, err = s.FollowJob(t.Context(), j.ID, nil)
	require.NoError(t, err)
	kept, err := s.CreateBackup(t.Context(), BackupRequest{Streamer: alice.ID})
	require.NoError(t, err)
	clone, _, err := s.CloneStreamer(t.Context(), Clone{Source: alice.ID, Username: "clone", Actor: "test"})
	require.NoError(t, err)
	as, err := s.Restore(t.Context(), RestoreRequest{From: Source{Backup: kept.ID}, As: "again", Actor: "test"})
	require.NoError(t, err)
	report, err := s.Examine(t.Context(), doctor.Order{}, nil)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	require.Equal(t, []int{2, 2}, []int{clone.SchemaVersion, as.Streamer.SchemaVersion})
}
