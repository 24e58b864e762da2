// Package legacy moves old databases into an installation, as an owner does it, and looks
// at what the DataStore then answers.
package legacy

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/migrations/legacy"
	"streamvault/shard"
	"streamvault/shard/tenant"
	"streamvault/test/fixtures"
)

func openStore(t testing.TB, dir string) *shard.Store {
	t.Helper()
	s, err := shard.Open(t.Context(), filepath.Join(dir, "data"), shard.Options{MaxOpen: 4})
	require.NoError(t, err)
	return s
}

func closeStore(t testing.TB, s *shard.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, s.Close(ctx))
}

// store is an installation that ends with the test.
func store(t testing.TB) *shard.Store {
	t.Helper()
	s := openStore(t, t.TempDir())
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func request(from string) shard.ImportRequest {
	return shard.ImportRequest{From: from, Streamer: "codingbutter", DisplayName: "Butters", Actor: "test"}
}

// moved imports a source and returns the tenant that it became.
func moved(t testing.TB, s *shard.Store, from string) (legacy.Report, shard.TenantStore) {
	t.Helper()
	report, key, err := s.ImportLegacy(t.Context(), request(from), nil)
	require.NoError(t, err)
	require.Equal(t, legacy.Imported, report.Status)
	require.True(t, strings.HasPrefix(key, "sv_owner_"))
	streamer, err := s.StreamerByName(t.Context(), "codingbutter")
	require.NoError(t, err)
	require.Equal(t, report.StreamerID, int64(streamer.ID))
	return report, s.Tenant(streamer.ID)
}

// users is everybody, page by page.
func users(t testing.TB, ts shard.TenantStore) (all []tenant.User) {
	t.Helper()
	for after := tenant.UserID(0); ; {
		page, err := ts.Users(t.Context(), after, tenant.MaxPage)
		require.NoError(t, err)
		if len(page) == 0 {
			return all
		}
		all, after = append(all, page...), page[len(page)-1].ID
	}
}

// oldDatabase is a database in the old schema with a bit of everything, made here, so that
// a clone without the fixtures tests the import too.
func oldDatabase(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kick-overlay.db")
	c := opened(t, path)
	run(t, c, `PRAGMA journal_mode = WAL; PRAGMA ignore_check_constraints = ON;`+fixtures.OldSchema+`
		INSERT INTO users VALUES (1, 'Ann', NULL, NULL, 'US', '2025-01-01 00:00:00', '2025-01-01 00:00:00'),
			(2, 'J%C3%BCrgen', NULL, NULL, NULL, '2025-01-01 00:00:00', '2025-01-01 00:00:00'),
			(3, 'Jürgen', NULL, NULL, NULL, '2025-01-01 00:00:00', '2025-01-01 00:00:00');
		INSERT INTO user_points VALUES (1, 1, 100, 20, 2, '2025-01-02 00:00:00'), (2, 2, -5, 0, 0, '2025-01-02 00:00:00');
		INSERT INTO point_transactions VALUES (1, 1, 70, 'chat', 'Chat', '2025-01-03 00:00:00'), (2, 9, 1, 'chat', NULL, '2025-01-03 00:00:00');
		INSERT INTO tips (content) VALUES ('a tip');
		INSERT INTO api_tokens (access_token, refresh_token, expires_at) VALUES ('`+plainSecret+`', '`+plainSecret+`', '2030-01-01T00:00:00.000Z');
		INSERT INTO user_sessions (user_id, session_token, expires_at) VALUES (1, '`+plainSecret+`', '2099-01-01T00:00:00.000Z');
		INSERT INTO admin_sessions (session_token, expires_at) VALUES ('`+plainSecret+`', '2030-01-01T00:00:00.000Z');`)
	require.NoError(t, c.Close())
	return path
}

// plainSecret must be found nowhere below the data directory.
const plainSecret = "an-old-session-token-in-clear"

func opened(t testing.TB, path string) *sqlite3.SQLiteConn {
	t.Helper()
	d, err := (&sqlite3.SQLiteDriver{}).Open(path)
	require.NoError(t, err)
	return d.(*sqlite3.SQLiteConn)
}

func run(t testing.TB, c *sqlite3.SQLiteConn, sql string, args ...driver.Value) {
	t.Helper()
	_, err := c.Exec(sql, args)
	require.NoError(t, err)
}

// tree lists every file below dir with the hash of its content, but for those that the
// running installation itself writes.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		name := strings.TrimPrefix(path, dir)
		if e.IsDir() || strings.HasPrefix(name, "/registry.db") || name == "/LOCK" {
			return nil
		}
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		all[name] = fmt.Sprintf("%x", sha256.Sum256(body))
		return nil
	}))
	return all
}

// auditDetails are the details of all entries of one action.
func auditDetails(t testing.TB, s *shard.Store, action string) (all []string) {
	t.Helper()
	rows, err := s.Audit(t.Context(), 0, time.Time{}, 0, 1000)
	require.NoError(t, err)
	for _, row := range rows {
		if row.Action == action {
			all = append(all, string(row.Detail))
		}
	}
	require.NoError(t, s.VerifyAudit(t.Context()))
	return all
}
