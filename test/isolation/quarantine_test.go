package isolation

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// A file whose pages go bad under a running server takes its streamer out of service, and
// nobody else, until an operator resumes it with a good file in place.
func TestAFailingFileIsShutUntilResumed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	defer func() { closeStore(t, s) }()
	a, b := createStreamer(t, s, "alice"), createStreamer(t, s, "bob")
	give(t, s, b, 20)
	for i := range 300 { // more than the cache holds, so that reading meets the disk
		_, err := s.Tenant(a.ID).CreateUser(t.Context(), tenant.NewUser{Username: strings.Repeat("x", 1000) + string(rune('a'+i%26)) + strings.Repeat("y", i/26)})
		require.NoError(t, err)
	}
	give(t, s, a, 10)
	closeStore(t, s)
	good := dir + "/good"
	copyFile(t, s.ShardPath(a), good)

	s = openStore(t, dir)
	_, err := balance(t, s, a)
	require.NoError(t, err)
	path := s.ShardPath(a)
	info, err := os.Stat(path)
	require.NoError(t, err)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteAt(bytes.Repeat([]byte{0xff}, int(info.Size())-8192), 8192)
	require.NoError(t, err)
	require.NoError(t, file.Close())

	_, err = s.Tenant(a.ID).Users(t.Context(), 0, 1000)
	require.ErrorIs(t, err, scope.ErrBroken)
	_, err = balance(t, s, a)
	require.ErrorIs(t, err, shard.ErrQuarantined)
	_, err = balance(t, s, b)
	require.NoError(t, err)

	closeStore(t, s)
	require.NoError(t, os.RemoveAll(path+"-wal"))
	copyFile(t, good, path)
	s = openStore(t, dir)
	_, err = balance(t, s, a)
	require.ErrorIs(t, err, shard.ErrQuarantined, "a restart does not forgive an I/O error")
	_, err = s.Resume(t.Context(), a.ID, "test")
	require.NoError(t, err)
	n, err := balance(t, s, a)
	require.NoError(t, err)
	require.EqualValues(t, 10, n)
	found, err := s.Streamer(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, registry.Active, found.State)
}

func TestSuspensionNeedsAReason(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	defer closeStore(t, s)
	a := createStreamer(t, s, "alice")
	_, err := s.Suspend(t.Context(), a.ID, "", "test")
	require.ErrorIs(t, err, registry.ErrInvalid)
	suspended, err := s.Suspend(t.Context(), a.ID, "spam", "test")
	require.NoError(t, err)
	require.Equal(t, registry.Suspended, suspended.State)
	_, err = s.Suspend(t.Context(), a.ID, "again", "test")
	require.ErrorIs(t, err, registry.ErrWrongState)
	_, err = balance(t, s, a)
	require.ErrorIs(t, err, scope.ErrNotFound, "reads go on")
}

// A suspension outlasts a quarantine, whichever came first, and a file that is still wrong
// cannot be resumed.
func TestASuspensionOutlastsAQuarantine(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{true, false} {
		t.Run(map[bool]string{true: "SuspendedFirst", false: "QuarantinedFirst"}[before], func(t *testing.T) {
			t.Parallel()
			s := openStore(t, t.TempDir())
			defer func() { closeStore(t, s) }()
			a, b := createStreamer(t, s, "alice"), createStreamer(t, s, "bob")
			path, good := s.ShardPath(a), t.TempDir()+"/good"
			copyFile(t, path, good)
			suspend := func() {
				_, err := s.Suspend(t.Context(), a.ID, "fraud", "test")
				require.NoError(t, err)
				_, err = s.Suspend(t.Context(), a.ID, "again", "test")
				require.ErrorIs(t, err, registry.ErrWrongState)
			}
			if before {
				suspend()
			}
			copyFile(t, s.ShardPath(b), path)
			_, err := balance(t, s, a)
			require.ErrorIs(t, err, shard.ErrQuarantined)
			_, err = s.Resume(t.Context(), a.ID, "test")
			require.ErrorIs(t, err, shard.ErrQuarantined, "the file is still wrong")
			if !before {
				suspend()
			}
			found, err := s.Streamer(t.Context(), a.ID)
			require.NoError(t, err)
			require.Equal(t, registry.Quarantined, found.State)

			copyFile(t, good, path)
			resumed, err := s.Resume(t.Context(), a.ID, "test")
			require.NoError(t, err)
			require.Equal(t, registry.Suspended, resumed.State)
			require.Equal(t, "fraud", resumed.StateReason)
			resumed, err = s.Resume(t.Context(), a.ID, "test")
			require.NoError(t, err)
			require.Equal(t, registry.Active, resumed.State)
			require.Empty(t, resumed.Suspension)
		})
	}
}
