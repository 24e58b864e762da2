package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a killed command has left of a file goes when the next one writes it; what one is writing, and
// what only looks alike, stays.
func TestTheNextOutputRemovesWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	a, dir := &app{data: t.TempDir()}, t.TempDir()
	out, old := filepath.Join(dir, "alice.db"), time.Now().Add(-time.Hour)
	under, err := a.newOutput(out, true)
	require.NoError(t, err)
	require.NoError(t, os.Chtimes(under.f.Name(), old, old))
	stays := []string{".alice.db.backup", ".bob.db.123", "alice.db.456"}
	for _, name := range append(stays, ".alice.db.789") {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		require.NoError(t, os.Chtimes(filepath.Join(dir, name), old, old))
	}
	next, err := a.newOutput(out, true)
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(dir, ".alice.db.789"))
	for _, name := range stays {
		require.FileExists(t, filepath.Join(dir, name))
	}
	require.NoError(t, under.finish(nil), "it was under way and is finished")
	require.NoError(t, next.finish(nil))
	require.FileExists(t, out)
}
