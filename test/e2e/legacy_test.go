package e2e

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// oldDatabase copies one of the real old databases, if they are there.
func oldDatabase(t testing.TB, h home, name string) string {
	t.Helper()
	fixtures := os.Getenv("STREAMVAULT_FIXTURES")
	if fixtures == "" {
		t.Skip("STREAMVAULT_FIXTURES names no directory of old databases")
	}
	parts, err := filepath.Glob(filepath.Join(fixtures, "legacy", name+"*"))
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

func digest(t testing.TB, name string) [32]byte {
	t.Helper()
	body, err := os.ReadFile(name)
	require.NoError(t, err)
	return sha256.Sum256(body)
}
