package legacy

import (
	"crypto/sha256"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/legacy"
	"streamvault/test/fixtures"
)

// The variables that make this test binary an importer.
const (
	killDir  = "STREAMVAULT_TEST_KILL_DIR"
	killFrom = "STREAMVAULT_TEST_KILL_FROM"
)

// TestKilledImporter is no test but the process that TestAKilledImport starts.
func TestKilledImporter(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("runs only as a process of TestAKilledImport")
	}
	s := openStore(t, dir)
	_, _, err := s.ImportLegacy(t.Context(), request(os.Getenv(killFrom)), nil)
	require.NoError(t, err)
	closeStore(t, s)
}

// Whenever an import is killed there is nothing of a streamer or the whole of him, nothing
// of the source in clear, and the next run finishes with the same rows.
func TestAKilledImport(t *testing.T) {
	t.Parallel()
	from := manyRows(t)
	dir := t.TempDir()
	began := time.Now()
	require.NoError(t, importer(dir, from).Run())
	whole := time.Since(began)
	want := digest(t, dir)
	moments := 5
	if *long {
		moments = 20
	}
	for i := range moments {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			dir := t.TempDir()
			after := time.Duration(rand.Int64N(int64(whole)))
			cmd := importer(dir, from)
			require.NoError(t, cmd.Start())
			time.Sleep(after)
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			s := openStore(t, dir)
			for name := range tree(t, s.Dir()) {
				require.False(t, strings.Contains(name, "old.db"), "%s holds the source in clear", name)
			}
			_, err := s.StreamerByName(t.Context(), "codingbutter")
			adopted := err == nil
			t.Logf("killed after %v of %v: adopted %v", after, whole, adopted)
			report, _, err := s.ImportLegacy(t.Context(), request(from), nil)
			require.NoError(t, err)
			require.Equal(t, adopted, report.Status == legacy.AlreadyImported)
			kept, err := os.ReadDir(filepath.Join(s.Dir(), "backups", "legacy"))
			require.NoError(t, err)
			require.Len(t, kept, 1)
			require.Equal(t, filepath.Base(report.Backup), kept[0].Name())
			closeStore(t, s)
			require.Equal(t, want, digest(t, dir), "killed after %v", after)
		})
	}
}

func importer(dir, from string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledImporter$")
	cmd.Env = append(os.Environ(), killDir+"="+dir, killFrom+"="+from)
	return cmd
}

// digest is a hash over every row of the only streamer's closed file that comes from the
// source, with ids as they were there.
func digest(t testing.TB, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "data", "shards", "*", "*.db"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	c := opened(t, files[0])
	defer func() { require.NoError(t, c.Close()) }()
	sum := sha256.New()
	for _, table := range []string{"users", "user_points", "point_transactions", "drop_history", "legacy_rejects", "tips", "goals", "overlay_settings"} {
		rows, err := c.Query(`SELECT * FROM `+table+` ORDER BY 1, 2, 3`, nil)
		require.NoError(t, err)
		row := make([]driver.Value, len(rows.Columns()))
		for rows.Next(row) == nil {
			for i, v := range row {
				if n, ok := v.(int64); ok && n > 1<<32 && n < 1<<40 { // an id, above its streamer's base
					row[i] = n & 0xffffffff
				}
				if rows.Columns()[i] == "streamer_id" {
					row[i] = nil
				}
			}
			fmt.Fprintln(sum, row)
		}
		require.NoError(t, rows.Close())
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// manyRows is a source that takes several steps.
func manyRows(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kick-overlay.db")
	c := opened(t, path)
	run(t, c, fixtures.OldSchema+`
		BEGIN;
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
		INSERT INTO users SELECT i, 'viewer' || i, NULL, NULL, NULL, '2025-01-01 00:00:00', '2025-01-01 00:00:00' FROM n;
		INSERT INTO user_points SELECT id, id, id * 7, id, 1, created_at FROM users;
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 21000)
		INSERT INTO point_transactions SELECT i, 1 + i % 500, i % 90, 'chat', 'Chat message', '2025-01-01 00:00:00' FROM n;
		COMMIT`)
	require.NoError(t, c.Close())
	return path
}
