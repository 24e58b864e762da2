package shard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/doctor"
	"streamvault/shard/fleet"
)

// Who is purged while he is backed up, cloned from, restored and migrated leaves no file, and no
// record of one.
func TestAPurgeBesideEverythingLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s, err := Open(t.Context(), dir, Options{FleetVersion: 1, MaxOpen: 3})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	rounds := 8
	if *long {
		rounds = 100
	}
	for round := range rounds {
		eve, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: fmt.Sprint("eve", round)})
		require.NoError(t, err)
		fill(t, s.Tenant(eve.ID))
		kept, err := s.CreateBackup(t.Context(), BackupRequest{Streamer: eve.ID})
		require.NoError(t, err)
		var all sync.WaitGroup
		for _, act := range []func() error{
			func() error { _, err := s.CreateBackup(t.Context(), BackupRequest{Streamer: eve.ID}); return err },
			func() error {
				_, _, err := s.BackUpOwn(t.Context(), BackupRequest{Streamer: eve.ID, Encrypt: true})
				return err
			},
			func() error {
				_, err := s.Restore(t.Context(), RestoreRequest{From: Source{Backup: kept.ID}, Streamer: eve.ID})
				return err
			},
			func() error {
				j, err := s.Fleet().Up(t.Context(), fleet.Request{Only: eve.Username, To: 1 + round%2, Down: true})
				if err == nil && j.ID != 0 {
					_, err = s.FollowJob(t.Context(), j.ID, nil)
				}
				return err
			},
			func() error {
				_, err := s.PurgeStreamer(t.Context(), eve.ID, Purge{Force: true, Actor: "test"})
				require.NoError(t, err)
				return nil
			},
		} {
			all.Go(func() { _ = act() })
		}
		all.Wait()
		_, err = s.Streamer(t.Context(), eve.ID)
		require.ErrorIs(t, err, registry.ErrNotFound)
		rows, err := s.Backups(t.Context(), eve.ID, 0, 10)
		require.NoError(t, err)
		require.Empty(t, rows)
		own := fmt.Sprintf("%010d", eve.ID)
		require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				require.NotContains(t, path, own, "round %d", round)
				require.False(t, strings.HasPrefix(path, filepath.Join(dir, "tmp")), path)
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}))
	}
	report, err := s.Examine(t.Context(), doctor.Order{Deep: true}, nil)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	require.Empty(t, of(t, s, registry.JobRunning))
}

// of lists the jobs in a state.
func of(t *testing.T, s *Store, state registry.JobState) (ids []int64) {
	t.Helper()
	all, err := s.Jobs(t.Context(), 0, 1000)
	require.NoError(t, err)
	for _, j := range all {
		if j.State == state {
			ids = append(ids, j.ID)
		}
	}
	return ids
}
