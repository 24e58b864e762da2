package shard

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/tenant"
)

// operation is the nth of an endless list of what is done to a streamer: each is one commit.
func operation(ctx context.Context, s TenantStore, n int) error {
	viewer := fmt.Sprint("Viewer", n%13)
	var err error
	switch n % 6 {
	case 0, 1:
		_, err = s.AddPoints(ctx, viewer, tenant.Award{Amount: int64(n%97 + 1), Source: "chat", Description: fmt.Sprint("award ", n)})
	case 2:
		_, err = s.RecordDrop(ctx, viewer, tenant.Drop{Score: int64(n % 50), Perfect: n%5 == 0})
	case 3:
		err = s.SetSetting(ctx, fmt.Sprint("setting", n%7), fmt.Sprint(n))
	case 4:
		_, err = s.SetGoal(ctx, tenant.Goal{ID: tenant.GoalID(fmt.Sprint("goal", n%9)), Label: fmt.Sprint(n), Target: int64(n)})
	case 5:
		_, err = s.GivePowerup(ctx, viewer, "ghost", 1)
	}
	return err
}

// frozenClock makes what is done twice the same twice.
func frozenClock() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }

func openFrozen(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), Options{Now: frozenClock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	return s
}

// beginning is what both have before the list begins: enough for a file that is held still and
// copied by a child where it is large.
func beginning(t *testing.T, s TenantStore, large bool) {
	t.Helper()
	pictures := 1
	if large {
		pictures = 6
	}
	for i := range pictures {
		_, err := s.SaveUpload(t.Context(), fmt.Sprint("Painter", i), "image/png", bytes.Repeat([]byte{byte(i)}, 2<<20), nil)
		require.NoError(t, err)
	}
}

// A backup that is taken while somebody writes, restored in another installation, is what the
// first so many operations come to, however many its last commit says.
func TestABackupIsTheModelAtItsCommit(t *testing.T) {
	t.Parallel()
	small, large := 5, 2
	if *long {
		small, large = 100, 20
	}
	for name, rounds := range map[string]int{"Small": small, "Large": large} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here, there := openFrozen(t), openFrozen(t)
			alice, _, err := here.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice"})
			require.NoError(t, err)
			model, _, err := there.CreateStreamer(t.Context(), registry.NewStreamer{Username: "model"})
			require.NoError(t, err)
			beginning(t, here.Tenant(alice.ID), name == "Large")
			beginning(t, there.Tenant(model.ID), name == "Large")
			first := (&stand{Store: here, alice: alice}).backup(t, BackupRequest{}).CommitSeq
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			done, commits := make(chan error, 1), atomic.Int64{}
			go func() {
				for n := 0; ctx.Err() == nil; n++ {
					if err := operation(t.Context(), here.Tenant(alice.ID), n); err != nil {
						done <- err
						return
					}
					commits.Add(1)
					time.Sleep(time.Millisecond) // what is written here is written once more there
				}
				done <- nil
			}()
			replayed, at := 0, first
			for round := range rounds {
				for seen := commits.Load(); commits.Load() < seen+20 && len(done) == 0; {
					time.Sleep(time.Millisecond)
				}
				made := (&stand{Store: here, alice: alice}).backup(t, BackupRequest{Compress: round%2 == 0})
				for ; at < made.CommitSeq; at, replayed = commitOf(t, there, model), replayed+1 {
					require.NoError(t, operation(t.Context(), there.Tenant(model.ID), replayed))
				}
				require.Equal(t, made.CommitSeq, at, "each operation is as many commits on both sides")
				copied, err := there.Restore(t.Context(), RestoreRequest{As: fmt.Sprint("copy", round),
					From: Source{File: here.BackupPath(made)}, Actor: "test"})
				require.NoError(t, err)
				want := (&stand{Store: there}).content(t, model.ID)
				got := (&stand{Store: there}).content(t, copied.Streamer.ID)
				require.Empty(t, want.Differences(got, restore.Personal...), "at commit %d", at)
				require.Equal(t, want.Digest(), made.Digest)
			}
			stop()
			require.NoError(t, <-done)
		})
	}
}

func commitOf(t *testing.T, s *Store, of *registry.Streamer) int64 {
	t.Helper()
	lease, err := s.pool.Acquire(t.Context(), of.ID)
	require.NoError(t, err)
	defer lease.Release()
	return lease.Handle().CommitSeq()
}
