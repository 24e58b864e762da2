package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// everything is the hash of each file below the data directory.
func (h home) everything() map[string]string {
	h.Helper()
	all := map[string]string{}
	require.NoError(h, filepath.WalkDir(h.Data(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "LOCK" {
			return err
		}
		body, err := os.ReadFile(path)
		sum := sha256.Sum256(body)
		all[path] = hex.EncodeToString(sum[:])
		return err
	}))
	return all
}

// What a dry run of a restore of the registry says is what the run does, also where only the files
// know who came since.
func TestADryRunOfTheRegistrySaysWhatTheRunDoes(t *testing.T) {
	t.Parallel()
	files := []any{"bob", "recovered-6"}
	for what, c := range map[string]struct {
		spoil   func(h home)
		takenIn []any
		refused int
	}{
		"Lost":     {func(h home) { require.NoError(t, os.Remove(h.Data("registry.db"))) }, files, 1},
		"Damaged":  {func(h home) { h.write("data/registry.db", strings.Repeat("x", 8192)) }, files, 1},
		"Readable": {func(home) {}, []any{}, 0},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			for _, name := range []string{"alice", "gone", "moved"} {
				h.Create(name)
			}
			h.JSON(&struct{}{}, "backup", "create", "moved")
			var reg keptBackup
			h.JSON(&reg, "backup", "create", "--registry")
			for _, name := range []string{"bob", "junk", "never-served"} {
				h.Create(name)
			}
			h.JSON(&struct{}{}, "backup", "create", "bob")
			h.JSON(&struct{}{}, "backup", "restore", "1", "--streamer", "moved", "--yes")
			require.NoError(t, os.Remove(h.Data("shards", "01", "0000000001.1.db")), "alice's own file")
			h.write("data/shards/05/0000000005.1.db", "junk")
			c.spoil(h)

			before := h.everything()
			args := []string{"backup", "restore", reg.File, "--registry", "--keys", "revoke"}
			var dry, real map[string]any
			h.JSON(&dry, append(args, "--dry-run")...)
			require.Equal(t, before, h.everything(), "a dry run changes nothing")
			h.JSON(&real, append(args, "--yes")...)
			require.Equal(t, []any{"alice"}, real["missing"])
			require.Equal(t, c.takenIn, real["takenIn"])
			require.Len(t, real["notTakenIn"], c.refused)
			require.Equal(t, true, dry["dryRun"])
			require.NotNil(t, real["aside"])
			for _, own := range []string{"dryRun", "aside"} {
				delete(dry, own)
				delete(real, own)
			}
			require.Equal(t, real, dry)
		})
	}
}
