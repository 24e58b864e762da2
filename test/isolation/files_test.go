package isolation

import (
	"io"
	"os"
	"syscall"
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

// What can lie where a streamer's file should be. Each is put there while nothing is
// open; a and b are the paths of two streamers' files, old is an earlier copy of a.
var misplaced = map[string]struct {
	put  func(t *testing.T, a, b, old string)
	want error
}{
	"Missing":    {func(t *testing.T, a, _, _ string) {}, migrations.ErrMissing},
	"Other's":    {func(t *testing.T, a, b, _ string) { copyFile(t, b, a) }, migrations.ErrWrongIdentity},
	"StaleCopy":  {func(t *testing.T, a, _, old string) { copyFile(t, old, a) }, shard.ErrRolledBack},
	"Symlink":    {func(t *testing.T, a, b, _ string) { require.NoError(t, os.Symlink(b, a)) }, migrations.ErrUnsafeFile},
	"HardLink":   {func(t *testing.T, a, _, old string) { require.NoError(t, os.Link(old, a)) }, migrations.ErrUnsafeFile},
	"Directory":  {func(t *testing.T, a, _, _ string) { require.NoError(t, os.Mkdir(a, 0o700)) }, migrations.ErrUnsafeFile},
	"Fifo":       {func(t *testing.T, a, _, _ string) { require.NoError(t, syscall.Mkfifo(a, 0o600)) }, migrations.ErrUnsafeFile},
	"Empty":      {func(t *testing.T, a, _, _ string) { require.NoError(t, os.WriteFile(a, nil, 0o600)) }, migrations.ErrUnsafeFile},
	"Garbage":    {func(t *testing.T, a, _, _ string) { require.NoError(t, os.WriteFile(a, make([]byte, 9000), 0o600)) }, migrations.ErrDamaged},
	"OldVersion": {func(t *testing.T, a, _, old string) { copyFile(t, old, a); setVersion(t, a, 99) }, migrations.ErrNewer},
	"Generation": {func(t *testing.T, a, _, old string) { copyFile(t, old, a); setGeneration(t, a) }, migrations.ErrWrongIdentity},
}

func setVersion(t *testing.T, path string, _ int) {
	c := openRaw(t, path)
	defer c.close(t)
	require.NoError(t, c.run(`PRAGMA user_version = 99`))
}

func setGeneration(t *testing.T, path string) {
	c := openRaw(t, path)
	defer c.close(t)
	require.NoError(t, c.run(`UPDATE shard_identity SET generation = 2`))
}

func TestAMisplacedFileIsFoundAtOpenWhileOthersServe(t *testing.T) {
	t.Parallel()
	for name, c := range misplaced {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := openStore(t, dir)
			a, b := createStreamer(t, s, "alice"), createStreamer(t, s, "bob")
			pathA, pathB, old, good := s.ShardPath(a), s.ShardPath(b), dir+"/old", dir+"/good"
			give(t, s, a, 10)
			give(t, s, b, 20)
			closeStore(t, s)
			copyFile(t, pathA, old)
			s = openStore(t, dir)
			give(t, s, a, 5)
			closeStore(t, s)
			require.NoError(t, os.Rename(pathA, good))
			c.put(t, pathA, pathB, old)

			s = openStore(t, dir)
			defer func() { closeStore(t, s) }()
			_, err := balance(t, s, a)
			require.ErrorIs(t, err, shard.ErrQuarantined)
			require.ErrorIs(t, err, c.want)
			_, err = s.Tenant(a.ID).AddPoints(t.Context(), "viewer", tenant.Award{Amount: 1, Source: "chat"})
			require.ErrorIs(t, err, shard.ErrQuarantined, "nor is anything written")
			n, err := balance(t, s, b)
			require.NoError(t, err, "the other streamer is served")
			require.EqualValues(t, 20, n)
			shut, err := s.Streamer(t.Context(), a.ID)
			require.NoError(t, err)
			require.Equal(t, registry.Quarantined, shut.State)
			require.NotEmpty(t, shut.StateReason)

			require.NoError(t, os.RemoveAll(pathA))
			require.NoError(t, os.Rename(good, pathA))
			n, err = balance(t, s, a)
			require.NoError(t, err, "the right file in its place is served again")
			require.EqualValues(t, 15, n)
			back, err := s.Streamer(t.Context(), a.ID)
			require.NoError(t, err)
			require.Equal(t, registry.Active, back.State)
		})
	}
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
