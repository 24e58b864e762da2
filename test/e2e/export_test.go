package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnExportIsWrittenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Create("alice")
	for _, served := range []string{"without a server", "with a server"} {
		if served == "with a server" {
			h.serve()
		}
		out := filepath.Join(h.Dir, "alice "+served+".db")
		var done struct {
			Streamer, Format, File, SHA256 string
			Bytes                          int64
		}
		h.JSON(&done, "export", "alice", "--out", out)
		require.Equal(t, "alice", done.Streamer)
		require.Equal(t, "sqlite", done.Format)
		body, err := os.ReadFile(out)
		require.NoError(t, err)
		require.EqualValues(t, len(body), done.Bytes)
		require.Equal(t, "SQLite format 3\x00", string(body[:16]))
		info, err := os.Stat(out)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())

		var refused struct{ Error struct{ Code string } }
		o := h.Run("export", "alice", "--out", out, "--json")
		require.Equal(t, 1, o.Code)
		o.Decode(t, &refused)
		require.Equal(t, "exists", refused.Error.Code)
		require.Zero(t, h.Run("export", "alice", "--out", out, "--force", "--format", "json").Code)
		var d struct{ Streamer struct{ Username string } }
		h.JSON(&d, "export", "alice", "--format", "json")
		require.Equal(t, "alice", d.Streamer.Username)
		require.Equal(t, "SQLite format 3\x00", h.Run("export", "alice").Stdout[:16])

		for _, into := range []string{h.Data("registry.db"), h.Data("shards", "x.db"), h.Data("x.db")} {
			o = h.Run("export", "alice", "--out", into, "--force", "--json")
			require.Equal(t, 1, o.Code, into)
			o.Decode(t, &refused)
			require.Equal(t, "out_in_data", refused.Error.Code)
		}
		o = h.Run("export", "nobody", "--out", filepath.Join(h.Dir, "nobody.db"), "--json")
		require.Equal(t, 1, o.Code)
		o.Decode(t, &refused)
		require.Equal(t, "streamer_not_found", refused.Error.Code)
		h.onlyExports()
	}
	require.Equal(t, 2, h.Run("export", "alice", "--format", "csv").Code)
	require.Equal(t, 2, h.Run("export", "alice", "--json").Code, "two documents on one output")
}

// onlyExports finds nothing that an export has left beside its file or in the data directory.
func (h home) onlyExports() {
	h.Helper()
	for _, pattern := range []string{filepath.Join(h.Dir, ".*"), filepath.Join(h.Dir, "nobody*"), h.Data("tmp", "*")} {
		left, err := filepath.Glob(pattern)
		require.NoError(h, err)
		require.Empty(h, left)
	}
}

func TestAKilledExportLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Create("alice")
	for wait := time.Millisecond; wait < 200*time.Millisecond; wait = wait * 3 / 2 {
		cmd := h.Command("export", "alice", "--out", "alice.db", "--force")
		require.NoError(t, cmd.Start())
		time.Sleep(wait)
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
		if body, err := os.ReadFile(filepath.Join(h.Dir, "alice.db")); err == nil {
			require.Equal(t, "SQLite format 3\x00", string(body[:16]))
			checkWithShell(t, filepath.Join(h.Dir, "alice.db"))
		}
	}
	require.Zero(t, h.Run("streamer", "list").Code)
	left, err := os.ReadDir(h.Data("tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func checkWithShell(t *testing.T, path string) {
	t.Helper()
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		return
	}
	out, err := exec.Command(shell, path, "PRAGMA integrity_check").CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "ok\n", string(out))
}

func TestALostRegistryIsSaidAndNothingMoves(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Create("alice")
	require.NoError(t, os.Rename(h.Data("registry.db"), filepath.Join(h.Dir, "registry.db")))
	for _, args := range [][]string{{"streamer", "list"}, {"serve", "--listen", "127.0.0.1:0"}, {"init"}} {
		o := h.Run(append(args, "--json")...)
		require.Equal(t, 1, o.Code, args)
		var refused struct{ Error struct{ Code, Detail string } }
		o.Decode(t, &refused)
		require.Equal(t, "registry_lost", refused.Error.Code)
		require.Contains(t, refused.Error.Detail, "doctor --fix")
	}
	require.FileExists(t, h.Data("shards", "01", "0000000001.1.db"))
	require.NoError(t, os.Rename(filepath.Join(h.Dir, "registry.db"), h.Data("registry.db")))
	require.Equal(t, map[int64]string{1: "alice"}, h.Streamers())
}

func TestTheDoctorBringsALostRegistryBack(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	alice := h.Create("alice")
	p := h.serve()
	p.Must("POST", "/alice/api/points/viewer", alice.OwnerKey, `{"amount":5,"source":"chat"}`)
	require.Zero(t, p.Term())
	h.Create("newcomer") // never written to
	require.NoError(t, os.Remove(h.Data("registry.db")))
	type report struct {
		OK              bool
		Problems, Fixed []struct{ Code, Detail string }
	}
	var r report
	o := h.Run("doctor", "--json")
	require.Equal(t, 1, o.Code)
	o.Decode(t, &r)
	require.Equal(t, "registry_lost", r.Problems[0].Code)
	require.NoFileExists(t, h.Data("registry.db"))
	o = h.Run("doctor", "--fix", "--json")
	o.Decode(t, &r)
	require.Contains(t, o.Stderr, "sv_admin_")
	taken := 0
	for _, f := range r.Fixed {
		if f.Code == "lost_row" {
			taken++
		}
	}
	require.Equal(t, 2, taken, o.Stdout)
	require.Equal(t, map[int64]string{1: "recovered-1", 2: "recovered-2"}, h.Streamers())
	require.Contains(t, h.Run("export", "recovered-1", "--format", "json").Stdout, `"viewer"`)
}
