package registry

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
)

// shardFiles is every file below DATA/shards.
func shardFiles(t testing.TB, dir string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, "shards"), func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, name)
		}
		return err
	}))
	return names
}

// A fault at each step on a file: no streamer, no name taken, and the next create works,
// now and after a restart.
func TestAFaultAnywhereMakesNoStreamer(t *testing.T) {
	t.Parallel()
	for step := range 20 {
		dir, seen, broken := dataDir(t), 0, true
		r := open(t, dir, Options{})
		r.dir.fault = func(string) error {
			seen++
			if broken && seen == step+1 {
				return errors.New("injected")
			}
			return nil
		}
		_, _, err := r.CreateStreamer(t.Context(), NewStreamer{Username: "alice", Actor: "test"})
		if seen <= step {
			require.NoError(t, err)
			require.Greater(t, step, 3, "there are steps to fail")
			require.NoError(t, r.Close())
			return
		}
		require.ErrorContains(t, err, "injected")
		broken = false
		_, err = r.StreamerByName(t.Context(), "alice")
		require.ErrorIs(t, err, ErrNotFound)
		require.NoError(t, r.Close())

		r = open(t, dir, Options{})
		require.Empty(t, shardFiles(t, dir), "step %d: a file without a streamer was left", step)
		s := create(t, r, "alice")
		id := r.Identity(s)
		f, err := migrations.Open(t.Context(), r.ShardPath(s), migrations.Tenant(), &id, migrations.Options{})
		require.NoError(t, err)
		require.NoError(t, f.Writer().Close())
		require.NoError(t, r.VerifyAudit(t.Context()))
		require.NoError(t, r.Close())
	}
	t.Fatal("more steps than expected")
}

// A file that lies where a new streamer's will be is somebody's data: it goes to trash.
func TestAnOrphanIsNeverAdopted(t *testing.T) {
	t.Parallel()
	r := opened(t)
	path := filepath.Join(r.Dir(), filepath.FromSlash(shardName(1, 1)))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte("precious"), 0o600))
	s := create(t, r, "alice")
	require.Equal(t, path, r.ShardPath(s))
	body, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotEqual(t, "precious", string(body))
	require.Equal(t, "precious", trashed(t, r))
}

func trashed(t *testing.T, r *Registry) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(r.Dir(), "trash", "orphan-*"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	body, err := os.ReadFile(found[0])
	require.NoError(t, err)
	return string(body)
}

func TestStartSweepsWhatACrashLeft(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	r := open(t, dir, Options{})
	kept := create(t, r, "alice")
	left, err := r.Reserve(t.Context(), NewStreamer{Username: "bob", Actor: "test"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(r.BuildPath(left), []byte("half"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Dir(r.ShardPath(left)), 0o700))
	whole, err := os.ReadFile(r.ShardPath(kept))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(r.ShardPath(left), whole, 0o600)) // in its place, not adopted
	orphan := filepath.Join(dir, "shards", "07", "0000000007.1.db")
	require.NoError(t, os.MkdirAll(filepath.Dir(orphan), 0o700))
	require.NoError(t, os.WriteFile(orphan, []byte("precious"), 0o600))
	require.NoError(t, r.Close())

	r = open(t, dir, Options{})
	defer r.Close()
	require.Equal(t, []string{r.ShardPath(kept)}, shardFiles(t, dir))
	require.NoFileExists(t, r.BuildPath(left))
	require.Equal(t, "precious", trashed(t, r))
	_, err = r.StreamerByName(t.Context(), "bob")
	require.ErrorIs(t, err, ErrNotFound)
	next := create(t, r, "bob")
	require.Greater(t, next.ID, left.ID, "an id is never used again")
}

func TestAReservedStreamerIsAdoptedWhole(t *testing.T) {
	t.Parallel()
	r := opened(t)
	build := func(name string) *Streamer {
		s, err := r.Reserve(t.Context(), NewStreamer{Username: name, Actor: "test"})
		require.NoError(t, err)
		id := r.Identity(s)
		image, err := migrations.Tenant().Image(&id, 0, r.o.Now(), nil)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(r.BuildPath(s), image, 0o600))
		return s
	}
	s := build("alice")
	no := errors.New("no")
	_, err := r.Adopt(t.Context(), s, Entry{Actor: "test", Action: "x"}, func(*Tx) error { return no })
	require.ErrorIs(t, err, no)
	found, err := r.Streamer(t.Context(), s.ID)
	require.NoError(t, err)
	require.Equal(t, Creating, found.State)
	require.NoError(t, r.Abandon(t.Context(), s))
	require.Empty(t, shardFiles(t, r.Dir()))

	s = build("alice")
	_, err = r.Adopt(t.Context(), s, Entry{Actor: "test", Action: "x"}, func(tx *Tx) error {
		return r.RecordImport(tx, Import{Run: "r1", Streamer: s.ID, SourceSHA256: strings.Repeat("0", 64), Report: []byte(`{}`)})
	})
	require.NoError(t, err)
	found, err = r.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	require.Equal(t, Active, found.State)
	require.NoFileExists(t, r.BuildPath(s))
	require.FileExists(t, r.ShardPath(s))
}
