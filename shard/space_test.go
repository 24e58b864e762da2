package shard

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"streamvault/registry"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func openWith(t *testing.T, o Options) (*Store, TenantStore) {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	alice, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice"})
	require.NoError(t, err)
	return s, s.Tenant(alice.ID)
}

// fillUp makes viewers with uploads until a write is refused.
func fillUp(t *testing.T, s TenantStore) (last tenant.User, err error) {
	t.Helper()
	picture := []byte(strings.Repeat("x", 64<<10))
	for i := range 400 {
		name := fmt.Sprint("viewer", i)
		if _, err = save(t, s, name, picture); err != nil {
			return last, err
		}
		last, err = s.UserByName(t.Context(), name)
		require.NoError(t, err)
	}
	return last, errors.New("nothing was refused")
}

func save(t *testing.T, s TenantStore, viewer string, body []byte) (tenant.Upload, error) {
	return s.SaveUpload(t.Context(), viewer, "image/png", body, func(tenant.UploadID) string { return "https://example.com/x.png" })
}

func TestAQuotaRefusesWritesAndNothingElse(t *testing.T) {
	t.Parallel()
	s, alice := openWith(t, Options{Quota: 4 << 20})
	last, err := fillUp(t, alice)
	require.ErrorIs(t, err, scope.ErrQuota)
	_, err = alice.AddPoints(t.Context(), "somebody", tenant.Award{Amount: 1, Source: "chat"})
	require.ErrorIs(t, err, scope.ErrQuota)
	_, err = alice.User(t.Context(), last.ID)
	require.NoError(t, err, "reads go on")
	bob, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "bob"})
	require.NoError(t, err)
	_, err = s.Tenant(bob.ID).EnsureUser(t.Context(), "somebody")
	require.NoError(t, err, "others are not concerned")

	users, err := alice.Users(t.Context(), 0, 100)
	require.NoError(t, err)
	for i, u := range users {
		require.NoError(t, alice.DeleteUser(t.Context(), u.ID), "what makes room is not refused")
		if i == 4 {
			_, err = alice.EnsureUser(t.Context(), "somebody")
			require.NoError(t, err, "there is room again")
		}
	}
	streamer, err := s.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	s.pool.Retire(streamer.ID)
	_, err = alice.EnsureUser(t.Context(), "somebody else")
	require.NoError(t, err, "nor is it the file's size that counts when it is opened")
}

func TestAFullDiskRefusesWritesUntilThereIsRoom(t *testing.T) {
	t.Parallel()
	s, alice := openWith(t, Options{})
	u, err := alice.EnsureUser(t.Context(), "somebody")
	require.NoError(t, err)
	s.disk.minFree = 1 << 60
	require.Eventually(t, func() bool { return errors.Is(s.Room(), scope.ErrFull) }, 5*time.Second, time.Millisecond)
	_, err = alice.AddPoints(t.Context(), "somebody", tenant.Award{Amount: 1, Source: "chat"})
	require.ErrorIs(t, err, scope.ErrFull)
	_, _, err = s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "bob"})
	require.ErrorIs(t, err, scope.ErrFull)
	_, err = alice.User(t.Context(), u.ID)
	require.NoError(t, err, "reads go on")

	s.disk.minFree = 1
	require.Eventually(t, func() bool { return s.Room() == nil }, 5*time.Second, time.Millisecond)
	_, err = alice.AddPoints(t.Context(), "somebody", tenant.Award{Amount: 1, Source: "chat"})
	require.NoError(t, err)
}

// The floor must leave something to use of a small disk.
func TestTheFloorOfASmallDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var s unix.Statfs_t
	require.NoError(t, unix.Statfs(dir, &s))
	floor := newDisk(dir, 0).minFree
	require.LessOrEqual(t, floor, uint64(DefaultMinFree))
	require.LessOrEqual(t, floor, s.Blocks*uint64(s.Bsize)/16)
	require.NotZero(t, floor)
	require.EqualValues(t, 5, newDisk(dir, 5).minFree)
}

// Above the quota SQLite itself is the last to refuse; that breaks nothing either.
func TestTheHardStopIsNoQuarantine(t *testing.T) {
	t.Parallel()
	s, alice := openWith(t, Options{Quota: 1 << 20})
	streamer, err := s.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	lease, err := s.pool.Acquire(t.Context(), streamer.ID)
	require.NoError(t, err)
	defer lease.Release()
	body := []byte(strings.Repeat("x", 3<<20/2))
	u, err := alice.EnsureUser(t.Context(), "somebody")
	require.NoError(t, err)
	for i := range 3 { // fewer than after which the file's size is looked at
		if _, err = save(t, alice, fmt.Sprint("viewer", i), body); err != nil {
			break
		}
	}
	require.ErrorIs(t, err, scope.ErrFull)
	require.NoError(t, lease.Handle().Broken())
	_, err = alice.User(t.Context(), u.ID)
	require.NoError(t, err)
}

// TestCallersOfOneStreamerAreBounded: more than mostCalls are turned away, those of others
// and those that come when the crowd is gone are not.
func TestCallersOfOneStreamerAreBounded(t *testing.T) {
	t.Parallel()
	s, alice := openWith(t, Options{})
	streamer, err := s.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	var loans []scope.Loan
	for range mostCalls {
		l, err := lender{s}.Borrow(t.Context(), streamer.ID)
		require.NoError(t, err)
		loans = append(loans, l)
	}
	_, err = alice.Tips(t.Context(), false)
	require.ErrorIs(t, err, scope.ErrBusy)
	bob, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "bob"})
	require.NoError(t, err)
	_, err = s.Tenant(bob.ID).Tips(t.Context(), false)
	require.NoError(t, err)
	for _, l := range loans {
		l.Release()
	}
	_, err = alice.Tips(t.Context(), false)
	require.NoError(t, err)
}
