package registry

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard/scope"
)

// commit makes a closed file look as if it had been served.
func commit(t *testing.T, path string, id migrations.Identity) {
	t.Helper()
	f, err := migrations.Open(t.Context(), path, migrations.Tenant(), &id, migrations.Options{})
	require.NoError(t, err)
	c := f.Writer()
	require.NoError(t, c.Run(`UPDATE shard_identity SET commit_seq = commit_seq + 5`))
	require.NoError(t, c.Close())
}

// lose takes the registry of a closed installation away and returns it.
func lose(t *testing.T, dir string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(dir, "registry.db"))
	require.NoError(t, err)
	for _, name := range []string{"registry.db", "registry.db-wal", "registry.db-shm"} {
		require.NoError(t, os.RemoveAll(filepath.Join(dir, name)))
	}
	return body
}

func named(names map[scope.StreamerID]string) func(scope.StreamerID) string {
	return func(id scope.StreamerID) string { return names[id] }
}

func TestALostRegistryIsNotReplacedByAnEmptyOne(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	r := open(t, dir, Options{})
	alice, bob, carol := create(t, r, "alice"), create(t, r, "bob"), create(t, r, "carol")
	oldKey, err := r.DataKey(t.Context(), alice.ID)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	commit(t, r.ShardPath(alice), r.Identity(alice))
	lose(t, dir)
	before := shardFiles(t, dir)
	require.Len(t, before, 3)
	for range 2 {
		_, err := Open(t.Context(), dir, Options{})
		require.ErrorIs(t, err, ErrLostRegistry)
		require.ErrorContains(t, err, "doctor --fix")
		require.ErrorContains(t, err, "backup restore FILE --registry")
		require.ErrorContains(t, err, "3 streamers")
		require.Equal(t, before, shardFiles(t, dir))
		require.NoFileExists(t, filepath.Join(dir, "registry.db"))
	}

	r = open(t, dir, Options{Recover: true})
	require.NotEmpty(t, r.FirstAdminKey())
	require.Equal(t, before, shardFiles(t, dir), "nothing was moved")
	all, err := r.Rebuild(t.Context(), named(map[scope.StreamerID]string{alice.ID: "Alice", bob.ID: "alice", carol.ID: "no name"}), "test")
	require.NoError(t, err)
	require.Len(t, all, 3)
	for _, b := range all {
		require.NoError(t, b.Err)
		require.False(t, b.Again)
	}
	again, err := r.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	require.Equal(t, alice.ID, again.ID)
	require.Equal(t, r.Identity(alice), r.Identity(again))
	require.EqualValues(t, 5, again.CommitMark, "an older copy of the file is still found out")
	require.Equal(t, alice.CreatedAt, again.CreatedAt)
	for _, s := range []*Streamer{bob, carol} {
		found, err := r.StreamerByName(t.Context(), "recovered-"+map[bool]string{true: "2", false: "3"}[s == bob])
		require.NoError(t, err)
		require.Equal(t, s.ID, found.ID)
	}
	newKey, err := r.DataKey(t.Context(), alice.ID)
	require.NoError(t, err)
	require.NotEqual(t, oldKey, newKey)
	require.Equal(t, carol.ID+1, create(t, r, "dave").ID, "no id is used again")
	require.NoError(t, r.VerifyAudit(t.Context()))
	all, err = r.Rebuild(t.Context(), named(nil), "test")
	require.NoError(t, err)
	require.Empty(t, all, "there is nothing left to do")
	require.NoError(t, r.Close())
	r = open(t, dir, Options{})
	require.Len(t, shardFiles(t, dir), 4)
	require.NoError(t, r.Close())
}

// A registry that is put back from a copy does not know who came after. Their files stay.
func TestAnOldRegistryMovesNobodysDataAway(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	r := open(t, dir, Options{})
	alice := create(t, r, "alice")
	require.NoError(t, r.Close())
	old := lose(t, dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "registry.db"), old, 0o600))

	r = open(t, dir, Options{})
	bob, carol := create(t, r, "bob"), create(t, r, "carol")
	require.NoError(t, r.Close())
	commit(t, r.ShardPath(bob), r.Identity(bob))
	lose(t, dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "registry.db"), old, 0o600))

	for range 2 {
		r = open(t, dir, Options{})
		require.Equal(t, []string{r.ShardPath(alice), r.ShardPath(bob)}, shardFiles(t, dir), "one that never was written to is a crash's")
		require.FileExists(t, trashedPath(t, r, carol))
		require.NoError(t, r.Close())
	}
	r = open(t, dir, Options{})
	defer r.Close()
	dave := create(t, r, "dave")
	require.Greater(t, dave.ID, bob.ID, "his id and file are not taken")
	strays, err := r.Strays(t.Context())
	require.NoError(t, err)
	require.Len(t, strays, 1)
	require.NoError(t, strays[0].Err)
	require.Equal(t, Stray{File: shardName(bob.ID, 1), ID: bob.ID, Generation: 1, UUID: bob.ShardUUID,
		SchemaVersion: bob.SchemaVersion, CommitSeq: 5, CreatedAt: bob.CreatedAt}, strays[0])
	_, err = r.Rebuild(t.Context(), named(map[scope.StreamerID]string{bob.ID: "bob"}), "test")
	require.NoError(t, err)
	found, err := r.StreamerByName(t.Context(), "bob")
	require.NoError(t, err)
	require.Equal(t, bob.ID, found.ID)
}

func trashedPath(t *testing.T, r *Registry, s *Streamer) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(r.Dir(), "trash", "orphan-*-"+filepath.Base(r.ShardPath(s))))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

func TestARowIsLedToTheGenerationThatIsThere(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	r := open(t, dir, Options{})
	alice := create(t, r, "alice")
	key, err := r.DataKey(t.Context(), alice.ID)
	require.NoError(t, err)
	next := *alice
	next.Generation = 3
	require.NoError(t, r.Close())
	old := r.ShardPath(alice)
	id := r.Identity(alice)
	f, err := migrations.Open(t.Context(), old, migrations.Tenant(), &id, migrations.Options{})
	require.NoError(t, err)
	c := f.Writer()
	require.NoError(t, c.Run(`UPDATE shard_identity SET generation = 3, commit_seq = 8`))
	require.NoError(t, c.Close())
	require.NoError(t, os.Rename(old, r.ShardPath(&next)))

	r = open(t, dir, Options{})
	defer r.Close()
	require.Equal(t, []string{r.ShardPath(&next)}, shardFiles(t, dir), "it may be the only copy")
	all, err := r.Rebuild(t.Context(), named(nil), "test")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.NoError(t, all[0].Err)
	require.True(t, all[0].Again)
	require.Equal(t, r.Identity(&next), r.Identity(all[0].Streamer))
	require.Equal(t, "alice", all[0].Streamer.Username)
	same, err := r.DataKey(t.Context(), alice.ID)
	require.NoError(t, err)
	require.Equal(t, key, same, "his secrets open as before")
}

// What cannot be taken in is named, and stays where it is.
func TestFilesThatNobodyCanBeMadeOf(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	r := open(t, dir, Options{})
	alice, bob := create(t, r, "alice"), create(t, r, "bob")
	require.NoError(t, r.Close())
	body, err := os.ReadFile(r.ShardPath(alice))
	require.NoError(t, err)
	lose(t, dir)
	moved := *alice
	moved.ID = 9
	copied := *alice
	copied.Generation = 2
	require.NoError(t, os.MkdirAll(filepath.Dir(r.ShardPath(&moved)), 0o700))
	require.NoError(t, os.WriteFile(r.ShardPath(&moved), body, 0o600))
	require.NoError(t, os.WriteFile(r.ShardPath(&copied), body, 0o600))
	require.NoError(t, os.WriteFile(r.ShardPath(bob), []byte("junk"), 0o600))
	r = open(t, dir, Options{Recover: true})
	defer r.Close()
	all, err := r.Rebuild(t.Context(), named(nil), "test")
	require.NoError(t, err)
	require.Len(t, all, 4)
	require.NoError(t, all[0].Err)
	require.Equal(t, alice.ID, all[0].Streamer.ID)
	for _, b := range all[1:] {
		require.Error(t, b.Err)
		require.Nil(t, b.Streamer)
	}
	require.ErrorIs(t, all[1].Err, migrations.ErrWrongIdentity)
	require.Len(t, shardFiles(t, dir), 4)
}
