package shard

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/migrations/legacy"
	"streamvault/registry"
	"streamvault/shard/scope"
	"streamvault/shard/seal"
	"streamvault/test/fixtures"
)

// unseal opens what sealFiles made.
func unseal(sealed, dataKey []byte, run string) (files map[string][]byte, err error) {
	dir, err := os.MkdirTemp("", "unsealed")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	names, err := unsealTo(dir, bytes.NewReader(sealed), dataKey, run)
	if err != nil {
		return nil, err
	}
	files = map[string][]byte{}
	for _, name := range names {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func sealed(t *testing.T, key []byte, files map[string][]byte) []byte {
	t.Helper()
	var to bytes.Buffer
	require.NoError(t, sealFiles(&to, key, sealHead{Run: "r", Streamer: 7}, func(file func(string, int64, io.Reader) error) error {
		for name, body := range files {
			if err := file(name, int64(len(body)), bytes.NewReader(body)); err != nil {
				return err
			}
		}
		return nil
	}))
	return to.Bytes()
}

func random(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	_, err := rand.Read(b)
	require.NoError(t, err)
	return b
}

func TestWhatIsSealedComesBack(t *testing.T) {
	t.Parallel()
	key := random(t, 32)
	// A tar is whole 512 bytes, so the middle ones end exactly with a chunk.
	for name, size := range map[string]int{"Empty": 0, "Small": 100, "AChunk": seal.Chunk - 3*512, "TwoChunks": 2*seal.Chunk - 3*512, "Many": 5*seal.Chunk + 77} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string][]byte{"old.db": random(t, size)}
			got, err := unseal(sealed(t, key, files), key, "r")
			require.NoError(t, err)
			require.True(t, bytes.Equal(files["old.db"], got["old.db"]))
			require.Len(t, got, 1)
		})
	}
}

func TestAChangedSealIsRefused(t *testing.T) {
	t.Parallel()
	key := random(t, 32)
	body := random(t, 3*seal.Chunk-512) // with its tar header three chunks, and the end of the tar a fourth
	whole := sealed(t, key, map[string][]byte{"old.db": body})
	head := bytes.IndexByte(whole, '\n') + 1
	const chunk = seal.Chunk + 16
	for name, change := range map[string]func(b []byte) []byte{
		"BitInHead":   func(b []byte) []byte { return bytes.Replace(b, []byte(`"streamerId":7`), []byte(`"streamerId":8`), 1) },
		"BitInBody":   func(b []byte) []byte { b[head+5] ^= 1; return b },
		"CutAtChunk":  func(b []byte) []byte { return b[:head+3*chunk] },
		"CutInChunk":  func(b []byte) []byte { return b[:len(b)-3] },
		"ChunkTwice":  func(b []byte) []byte { return append(b[:head+chunk:head+chunk], b[head:]...) },
		"ChunkGone":   func(b []byte) []byte { return append(b[:head:head], b[head+chunk:]...) },
		"SwappedHead": func(b []byte) []byte { return append(append([]byte{}, sealed(t, key, nil)[:head]...), b[head:]...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := unseal(change(bytes.Clone(whole)), key, "r")
			require.ErrorIs(t, err, ErrSealed)
		})
	}
	_, err := unseal(whole, random(t, 32), "r")
	require.ErrorIs(t, err, ErrSealed, "another streamer's key")
	require.False(t, bytes.Contains(whole, body[:64]))
}

// The copy that an import keeps is the source, byte for byte, for who has the data key.
func TestTheKeptSourceIsTheSource(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(context.Background())) }()
	from := filepath.Join(t.TempDir(), "kick-overlay.db")
	d, err := (&sqlite3.SQLiteDriver{}).Open(from)
	require.NoError(t, err)
	_, err = d.(*sqlite3.SQLiteConn).Exec(`PRAGMA journal_mode = WAL;`+fixtures.OldSchema, nil)
	require.NoError(t, err)
	log, err := os.ReadFile(from + "-wal")
	require.NoError(t, err)
	file, err := os.ReadFile(from)
	require.NoError(t, err)

	left := filepath.Join(s.Dir(), sourceRoom, "0123456789ab-77.sealed")
	require.NoError(t, os.MkdirAll(filepath.Dir(left), 0o700))
	require.NoError(t, os.WriteFile(left, nil, 0o600))
	report, _, err := s.ImportLegacy(t.Context(), ImportRequest{From: from, Streamer: "Ann", DisplayName: "Ann", Actor: "test"}, nil)
	require.NoError(t, err)
	require.NoFileExists(t, left, "what a crashed import has left is swept")

	key, err := s.DataKey(t.Context(), scope.StreamerID(report.StreamerID))
	require.NoError(t, err)
	body, err := os.ReadFile(filepath.Join(s.Dir(), filepath.FromSlash(report.Backup)))
	require.NoError(t, err)
	files, err := unseal(body, key, report.Run)
	require.NoError(t, err)
	require.Equal(t, map[string][]byte{"old.db": file, "old.db-wal": log}, files)
	require.NoError(t, d.Close())
}

func TestAFileThatFallsShortIsNotSealed(t *testing.T) {
	t.Parallel()
	err := sealFiles(io.Discard, random(t, 32), sealHead{}, func(file func(string, int64, io.Reader) error) error {
		return file("old.db", 100, bytes.NewReader(random(t, 50)))
	})
	require.Error(t, err)
}

// Our own files are refused unopened: the server that imports has them open, and closing one again
// would drop its locks. Somebody who types --from data means the old app's directory of that name.
func TestNothingOfOurOwnIsImported(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(t.Context())) }()
	made, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice", DisplayName: "Alice", Actor: "test"})
	require.NoError(t, err)
	_, err = s.Tenant(made.ID).StreamStatus(t.Context())
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), "data.db")
	require.NoError(t, os.Symlink(filepath.Join(s.Dir(), "registry.db"), link))
	locked := locksOf(t, filepath.Join(s.Dir(), "registry.db"))
	require.Positive(t, locked)
	for _, from := range []string{s.Dir(), filepath.Join(s.Dir(), "registry.db"), link, filepath.Join(s.Dir(), "shards")} {
		_, _, err := s.ImportLegacy(t.Context(), ImportRequest{From: from, Streamer: "old", DisplayName: "Old", DryRun: true, Actor: "test"}, nil)
		require.ErrorContains(t, err, "belongs to this installation", from)
		require.ErrorIs(t, err, legacy.ErrRefused)
	}
	require.Equal(t, locked, locksOf(t, filepath.Join(s.Dir(), "registry.db")))
}

// locksOf counts the locks on a file.
func locksOf(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	all, err := os.ReadFile("/proc/locks")
	require.NoError(t, err)
	return strings.Count(string(all), fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino))
}
