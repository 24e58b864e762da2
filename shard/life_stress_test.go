package shard

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/tenant"
)

// A streamer is deleted, had back, renamed, limited and cloned while callers write: what was
// acknowledged is there in the end, in every clone at least what was acknowledged before it,
// and callers learn that nobody is there, or nothing at all.
func TestALifeUnderLoad(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), Options{MaxOpen: 2})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(context.Background())) }()
	alice, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice", Actor: "test"})
	require.NoError(t, err)
	neighbours := make([]TenantStore, 3)
	for i := range neighbours {
		n, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: fmt.Sprint("n", i), Actor: "test"})
		require.NoError(t, err)
		neighbours[i] = s.Tenant(n.ID)
	}
	var acked, refused atomic.Int64
	stop := make(chan struct{})
	var callers sync.WaitGroup
	for i := range 6 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, err := s.Tenant(alice.ID).AddPoints(context.Background(), fmt.Sprint("viewer", i), tenant.Award{Amount: 1, Source: "chat"})
				switch {
				case err == nil:
					acked.Add(1)
				case errors.Is(err, registry.ErrNotFound):
					refused.Add(1)
				default:
					t.Errorf("a caller: %v", err)
					return
				}
				if _, err := neighbours[i%3].AddPoints(context.Background(), "viewer", tenant.Award{Amount: 1, Source: "chat"}); err != nil {
					t.Errorf("a neighbour: %v", err)
					return
				}
			}
		})
	}
	for round := range 15 {
		name := fmt.Sprint("alice", round)
		most := map[string]int64{"users": 100, "point_transactions": 1_000_000}
		_, err := s.UpdateStreamer(t.Context(), alice.ID, registry.Change{Username: &name, Limits: registry.LimitChange{Rows: most}}, "test")
		require.NoError(t, err)
		before := acked.Load()
		clone, _, err := s.CloneStreamer(t.Context(), Clone{Source: alice.ID, Username: fmt.Sprint("clone", round), Actor: "test"})
		require.NoError(t, err)
		require.GreaterOrEqual(t, points(t, s, clone), before)
		_, err = s.DeleteStreamer(t.Context(), alice.ID, nil, "test")
		require.NoError(t, err)
		for range 5 {
			_, err = s.Tenant(alice.ID).AddPoints(t.Context(), "late", tenant.Award{Amount: 1, Source: "chat"})
			require.ErrorIs(t, err, registry.ErrNotFound, "his file is closed")
		}
		_, err = s.PurgeStreamer(t.Context(), clone.ID, Purge{Force: true, Actor: "test"})
		require.NoError(t, err)
		for n := refused.Load(); refused.Load() < n+3; {
			time.Sleep(time.Millisecond)
		}
		now := acked.Load()
		_, err = s.UndeleteStreamer(t.Context(), alice.ID, "test")
		require.NoError(t, err)
		require.LessOrEqual(t, now, acked.Load())
		for n := acked.Load(); acked.Load() < n+3; {
			time.Sleep(time.Millisecond)
		}
	}
	close(stop)
	callers.Wait()
	t.Logf("%d writes acknowledged, %d found nobody", acked.Load(), refused.Load())
	require.Equal(t, acked.Load(), points(t, s, alice))
	require.NoError(t, s.VerifyAudit(t.Context()))
	path := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, s.copyShard(t.Context(), alice.ID, path))
	_, err = restore.Check(t.Context(), path, restore.Expected{})
	require.NoError(t, err)
}

func points(t *testing.T, s *Store, of *registry.Streamer) (sum int64) {
	t.Helper()
	ranks, err := s.Tenant(of.ID).Leaderboard(t.Context(), 100)
	require.NoError(t, err)
	for _, r := range ranks {
		sum += r.Points.Channel
	}
	return sum
}
