package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/test/fixtures"
)

// oldDatabase copies one of the real old databases, if they are there.
func oldDatabase(t testing.TB, h home, name string) string {
	t.Helper()
	lent := os.Getenv(fixtures.Variable)
	if lent == "" {
		t.Skip("STREAMVAULT_FIXTURES names no directory of old databases")
	}
	parts, err := filepath.Glob(filepath.Join(lent, "legacy", name+"*"))
	require.NoError(t, err)
	require.NotEmpty(t, parts)
	for _, part := range parts {
		body, err := os.ReadFile(part)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(h.Dir, filepath.Base(part)), body, 0o600))
	}
	return filepath.Join(h.Dir, name)
}

type importReport struct {
	Status, Streamer string
	StreamerID       int64
	Tables           map[string]struct{ Source, Carried, Repaired, Skipped, Rejected int64 }
	Sums             map[string]struct{ Source, Result int64 }
}

func TestMovingIn(t *testing.T) {
	t.Parallel()
	for name, served := range map[string]bool{"WithoutAServer": false, "WithAServer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			from := oldDatabase(t, h, "g3-71b66b2-crashed-wal.db")
			before := digest(t, from)
			require.Zero(t, h.Run("init").Code)
			var p *process
			if served {
				p = h.serve()
			}
			h.moveIn(filepath.Base(from))
			if !served {
				p = h.serve()
			}
			r := p.Must("GET", "/codingbutter/api/leaderboard", "", "")
			require.Equal(t, 200, r.Status, r.Body)
			var ranks []json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(r.Body), &ranks))
			require.NotEmpty(t, ranks)
			require.Equal(t, before, digest(t, from), "the source stays as it was")
			if !served {
				require.Zero(t, p.Term())
			}
			h.moveOut()
		})
	}
}

// moveIn imports a relative path dry, for good, and again.
func (h home) moveIn(from string) {
	h.Helper()
	var dry, report, again importReport
	h.JSON(&dry, "legacy", "import", "--from", from, "--dry-run")
	require.Equal(h, "dry-run", dry.Status)
	require.Empty(h, h.Streamers())
	h.JSON(&report, "legacy", "import", "--from", from)
	require.Equal(h, "imported", report.Status)
	require.Equal(h, dry.Tables, report.Tables)
	require.Equal(h, dry.Sums, report.Sums)
	require.EqualValues(h, 274, report.Tables["users"].Source, "the log beside the file was read too")
	for name, c := range report.Tables {
		require.Equal(h, c.Source, c.Carried+c.Repaired+c.Skipped+c.Rejected, name)
	}
	for name, s := range report.Sums {
		require.Equal(h, s.Source, s.Result, name)
	}
	h.JSON(&again, "legacy", "import", "--from", from)
	require.Equal(h, "already-imported", again.Status)
	require.Equal(h, map[int64]string{report.StreamerID: "codingbutter"}, h.Streamers())
	o := h.Run("legacy", "import", "--from", from)
	require.Zero(h, o.Code)
	require.Contains(h, o.Stdout, "Nothing was changed.")
}

// moveOut verifies the only import, takes it back and gets its source.
func (h home) moveOut() {
	h.Helper()
	var list struct {
		Items []struct{ Run, Streamer, State string }
	}
	h.JSON(&list, "legacy", "list")
	require.Len(h, list.Items, 1)
	run := list.Items[0].Run
	var verified struct {
		Items []struct {
			Run string
			OK  bool
		}
	}
	h.JSON(&verified, "legacy", "verify")
	require.Len(h, verified.Items, 1)
	require.True(h, verified.Items[0].OK)
	require.Contains(h, h.Run("legacy", "verify", run).Stdout, "codingbutter")
	o := h.Run("legacy", "rollback", "never")
	require.Equal(h, 1, o.Code)
	require.Contains(h, o.Stderr, "legacy list")
	var back struct{ Status string }
	h.JSON(&back, "legacy", "rollback", run)
	require.Equal(h, "rolled-back", back.Status)
	require.Empty(h, h.Streamers())
	require.Zero(h, h.Run("legacy", "source", run, "--out", "source").Code)
	require.FileExists(h, filepath.Join(h.Dir, "source", "old.db-wal"))
}

// An interrupted import leaves nothing, and says so in one line.
func TestAnInterruptedImport(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	from := filepath.Join(h.Dir, "kick-overlay.db")
	d, err := (&sqlite3.SQLiteDriver{}).Open(from)
	require.NoError(t, err)
	_, err = d.(*sqlite3.SQLiteConn).Exec(fixtures.OldSchema+`
		BEGIN;
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
		INSERT INTO users (username) SELECT 'viewer' || i FROM n;
		COMMIT`, nil)
	require.NoError(t, err)
	require.NoError(t, d.Close())
	require.Zero(t, h.Run("init").Code)
	cmd := h.Command("legacy", "import", "--from", from)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	built := func() bool {
		found, err := filepath.Glob(h.Data("tmp", "build-*.db"))
		return err == nil && len(found) > 0
	}
	require.Eventually(t, built, 20*time.Second, time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	require.Equal(t, 1, exit.ExitCode(), stderr.String())
	require.Contains(t, stderr.String(), "error: interrupted")
	require.Empty(t, h.Streamers())
	for _, room := range []string{"tmp", "backups/legacy"} {
		left, _ := os.ReadDir(h.Data(room))
		require.Empty(t, left, room)
	}
}

func digest(t testing.TB, name string) [32]byte {
	t.Helper()
	body, err := os.ReadFile(name)
	require.NoError(t, err)
	return sha256.Sum256(body)
}
