package legacy

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/legacy"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/test/fixtures"
)

// The variables that make this test binary an importer that kills itself.
const (
	killDir  = "STREAMVAULT_TEST_KILL_DIR"
	killFrom = "STREAMVAULT_TEST_KILL_FROM"
	killAt   = "STREAMVAULT_TEST_KILL_AT"
)

// TestKilledImporter is no test but the process that TestAKilledImport starts.
func TestKilledImporter(t *testing.T) {
	at, err := strconv.Atoi(os.Getenv(killAt))
	if err != nil {
		t.Skip("runs only as a process of TestAKilledImport")
	}
	s := openStore(t, os.Getenv(killDir))
	calls := 0
	_, _, err = s.ImportLegacy(t.Context(), request(os.Getenv(killFrom)), func(legacy.Progress) {
		if calls++; calls == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	})
	require.NoError(t, err)
	t.Fatal("was not killed")
}

// Wherever an import is killed there is no streamer, nothing of the source in clear, and
// the next run finishes with the same rows.
func TestAKilledImport(t *testing.T) {
	t.Parallel()
	from := manyRows(t)
	_, ts := moved(t, store(t), from)
	want := names(t, ts)
	for at := 1; at <= 5; at++ {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := exec.Command(os.Args[0], "-test.run=^TestKilledImporter$")
			cmd.Env = append(os.Environ(), killDir+"="+dir, killFrom+"="+from, killAt+"="+strconv.Itoa(at))
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			require.True(t, errors.As(err, &exit), "%s", out)
			require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal(), "%s", out)

			s := openStore(t, dir)
			defer closeStore(t, s)
			_, err = s.StreamerByName(t.Context(), "codingbutter")
			require.ErrorIs(t, err, registry.ErrNotFound)
			for name := range tree(t, s.Dir()) {
				require.False(t, strings.Contains(name, "old.db"), "%s holds the source in clear", name)
			}
			report, ts := moved(t, s, from)
			require.Equal(t, want, names(t, ts))
			kept, err := os.ReadDir(filepath.Join(s.Dir(), "backups", "legacy"))
			require.NoError(t, err)
			require.Len(t, kept, 1)
			require.Equal(t, filepath.Base(report.Backup), kept[0].Name())
		})
	}
}

// names are viewers with their balances, whatever their streamer's id.
func names(t testing.TB, ts shard.TenantStore) (all []string) {
	for _, u := range users(t, ts) {
		all = append(all, fmt.Sprint(int64(u.ID)&0xffffffff, u.Username, u.Points, u.CreatedAt.UnixMilli()))
	}
	return all
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
