package isolation

import (
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/tenant"
)

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
}

func give(t testing.TB, s *shard.Store, who *registry.Streamer, n int64) {
	t.Helper()
	_, err := s.Tenant(who.ID).AddPoints(t.Context(), "viewer", tenant.Award{Amount: n, Source: "chat"})
	require.NoError(t, err)
}

func balance(t testing.TB, s *shard.Store, who *registry.Streamer) (int64, error) {
	t.Helper()
	u, err := s.Tenant(who.ID).UserByName(t.Context(), "viewer")
	return u.Points.Channel, err
}

// Two files that change places are both found, and nothing of either is shown.
func TestSwappedFilesAreBothFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	a, b := createStreamer(t, s, "alice"), createStreamer(t, s, "bob")
	pathA, pathB := s.ShardPath(a), s.ShardPath(b)
	give(t, s, a, 10)
	give(t, s, b, 20)
	closeStore(t, s)
	require.NoError(t, os.Rename(pathA, dir+"/x"))
	require.NoError(t, os.Rename(pathB, pathA))
	require.NoError(t, os.Rename(dir+"/x", pathB))
	s = openStore(t, dir)
	defer closeStore(t, s)
	for _, who := range []*registry.Streamer{a, b} {
		_, err := balance(t, s, who)
		require.ErrorIs(t, err, migrations.ErrWrongIdentity)
	}
}

// A log that another streamer's process left is not applied: what it says of itself is
// in every commit. The refused file and the log are left as they were found.
func TestAnothersLogIsNotApplied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	a, b := createStreamer(t, s, "alice"), createStreamer(t, s, "bob")
	pathA, pathB := s.ShardPath(a), s.ShardPath(b)
	give(t, s, b, 20)
	closeStore(t, s)
	s = openStore(t, dir)
	give(t, s, a, 10)
	log, err := os.ReadFile(pathA + "-wal")
	require.NoError(t, err)
	require.NotEmpty(t, log)
	closeStore(t, s)
	before, err := os.ReadFile(pathB)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(pathB+"-wal", log, 0o600))

	s = openStore(t, dir)
	_, err = balance(t, s, b)
	require.ErrorIs(t, err, shard.ErrQuarantined)
	require.ErrorIs(t, err, migrations.ErrWrongIdentity)
	closeStore(t, s)
	after, err := os.ReadFile(pathB)
	require.NoError(t, err)
	require.Equal(t, before, after)
	left, err := os.ReadFile(pathB + "-wal")
	require.NoError(t, err)
	require.Equal(t, log, left)

	require.NoError(t, os.Remove(pathB+"-wal"))
	s = openStore(t, dir)
	defer closeStore(t, s)
	n, err := balance(t, s, b)
	require.NoError(t, err)
	require.EqualValues(t, 20, n)
}
