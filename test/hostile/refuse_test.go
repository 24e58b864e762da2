package hostile

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard"
)

// What a file that came through may cost: its child's memory, in bytes.
const mostMemory = 256 << 20

func TestEveryHostileFileIsRefused(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(corpus), 60)
	s := newStand(t)
	digest, generation := s.now(t)
	slowest, which := time.Duration(0), ""
	for name, make := range corpus {
		t.Run(name, func(t *testing.T) {
			body := make(t, s, bytes.Clone(s.good))
			began := time.Now()
			_, err := s.offer(t, body, false)
			if took := time.Since(began); took > slowest {
				slowest, which = took, name
			}
			require.Error(t, err)
			require.True(t, refused(err), "%v", err)
			t.Log(err)
			streamer, err := s.Streamer(t.Context(), s.alice.ID)
			require.NoError(t, err)
			require.Equal(t, generation, streamer.Generation)
		})
	}
	after, _ := s.now(t)
	require.Equal(t, digest, after, "refused files change nothing")
	s.nothingLeft(t)
	t.Logf("%d files, the slowest %s in %v", len(corpus), which, slowest)
	s.memory(t)
}

// memory holds the children so far to what they may use.
func (s *stand) memory(t *testing.T) {
	t.Helper()
	notes, err := filepath.Glob(filepath.Join(s.Dir(), "..", "memory-*"))
	require.NoError(t, err)
	require.NotEmpty(t, notes)
	most := 0
	for _, n := range notes {
		body, err := os.ReadFile(n)
		require.NoError(t, err)
		if kib, err := strconv.Atoi(string(body)); err == nil { // it may have ended while it wrote
			most = max(most, kib)
		}
	}
	t.Logf("%d children, the largest of %d MiB", len(notes), most>>10)
	if !raced() {
		require.Less(t, most<<10, mostMemory)
	}
}

// What is unusual about these does no harm: they are taken for what they hold.
func TestEveryGoodFileIsTaken(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for name, make := range map[string]file{
		"AsItIs":      func(_ testing.TB, _ *stand, good []byte) []byte { return good },
		"OfALog":      at(18, 2, 2),
		"Vacuumed":    sql(`VACUUM`),
		"LargerPages": sql(`PRAGMA page_size = 8192; VACUUM`),
		"WithHoles":   sql(`CREATE TABLE hole (a); INSERT INTO hole VALUES (zeroblob(100000)); DROP TABLE hole`),
		"Statistics":  sql(`UPDATE sqlite_stat1 SET stat = 'nonsense 1 2 unordered sz=999999999'`),
		"LongTail": func(_ testing.TB, _ *stand, good []byte) []byte {
			return append(good, make([]byte, 10*pageSize(good))...)
		},
		"Aged":       sql(`UPDATE schema_migrations SET applied_at = -1`),
		"SecondTime": sql(`UPDATE shard_identity SET generation = 1000, commit_seq = 5000`),
	} {
		t.Run(name, func(t *testing.T) {
			done, err := s.offer(t, make(t, s, bytes.Clone(s.good)), false)
			require.NoError(t, err)
			digest, generation := s.now(t)
			require.Equal(t, s.digest, digest)
			require.Equal(t, done.Streamer.Generation, generation)
		})
	}
	s.nothingLeft(t)
}

// An older file comes to what the fleet is at.
func TestAnOlderFileIsTaken(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	path := filepath.Join(t.TempDir(), "older.db")
	require.NoError(t, os.WriteFile(path, craft(t, s.good, `SELECT 1`), 0o600))
	wal := bytes.Clone(s.good)
	wal[18], wal[19] = 2, 2
	require.NoError(t, os.WriteFile(path, wal, 0o600))
	who := s.Identity(s.alice)
	f, err := migrations.Open(t.Context(), path, migrations.Tenant(), &who, migrations.Options{})
	require.NoError(t, err)
	c := f.Writer()
	_, err = migrations.Tenant().Migrate(c, migrations.Tenant().Required, time.Now())
	require.NoError(t, err)
	require.NoError(t, c.Close())
	body, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = s.offer(t, body, false)
	require.NoError(t, err)
	digest, _ := s.now(t)
	require.Equal(t, s.digest, digest)
	streamer, err := s.Streamer(t.Context(), s.alice.ID)
	require.NoError(t, err)
	require.Equal(t, s.FleetTarget(), streamer.SchemaVersion)
}

// A path is no better than what it leads to.
func TestEveryHostilePathIsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	write := func(t *testing.T, name string, body []byte) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, body, 0o600))
		return path
	}
	for name, make := range map[string]func(t *testing.T) string{
		"Directory": func(t *testing.T) string { return t.TempDir() },
		"Device":    func(*testing.T) string { return "/dev/zero" },
		"Fifo": func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "fifo")
			require.NoError(t, syscall.Mkfifo(path, 0o600))
			return path
		},
		"Symlink": func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "link")
			require.NoError(t, os.Symlink(write(t, "good.db", s.good), path))
			return path
		},
		"HardLink": func(t *testing.T) string {
			path := write(t, "good.db", s.good)
			require.NoError(t, os.Link(path, path+"2"))
			return path
		},
		"LiveFile": func(*testing.T) string { return s.ShardPath(s.alice) },
		"Registry": func(*testing.T) string { return filepath.Join(s.Dir(), "registry.db") },
		"LinkToLive": func(t *testing.T) string {
			dir := filepath.Join(t.TempDir(), "shards")
			require.NoError(t, os.Symlink(filepath.Dir(s.ShardPath(s.alice)), dir))
			return filepath.Join(dir, filepath.Base(s.ShardPath(s.alice)))
		},
		"LogBesideIt": func(t *testing.T) string {
			path := write(t, "good.db", s.good)
			require.NoError(t, os.WriteFile(path+"-wal", []byte("frames"), 0o600))
			return path
		},
		"ManifestOfNothing": func(t *testing.T) string {
			path := write(t, "good.db", s.good)
			require.NoError(t, os.WriteFile(path+".json", []byte(`{"format":"x"}`), 0o600))
			return path
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := make(t)
			for _, dry := range []bool{true, false} {
				_, err := s.Restore(t.Context(), shard.RestoreRequest{Streamer: s.alice.ID, DryRun: dry, From: shard.Source{File: path}})
				require.Error(t, err)
				require.True(t, refused(err), "%v", err)
			}
			_, err := s.VerifyBackup(t.Context(), shard.Source{File: path}, "test")
			require.True(t, refused(err), "%v", err)
		})
	}
	digest, generation := s.now(t)
	require.Equal(t, s.digest, digest)
	require.Equal(t, s.alice.Generation, generation)
	s.nothingLeft(t)
}
