package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/test/fixtures"
)

// A purge leaves nothing of a streamer below the data directory: no file, no backup, no sealed
// source, and the same source moves in again.
func TestAPurgeLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	from := filepath.Join(h.Dir, "kick-overlay.db")
	d, err := (&sqlite3.SQLiteDriver{}).Open(from)
	require.NoError(t, err)
	_, err = d.(*sqlite3.SQLiteConn).Exec(fixtures.OldSchema+`; 
		INSERT INTO users (username) VALUES ('zq-canary-viewer');
		INSERT INTO user_points (user_id, channel_points, drop_points, total_drops) SELECT id, 0, 0, 0 FROM users`, nil)
	require.NoError(t, err)
	require.NoError(t, d.Close())
	h.JSON(new(any), "legacy", "import", "--from", from)
	h.Create("neighbour")
	for range 2 {
		require.Zero(t, h.Run("backup", "create", "codingbutter").Code)
	}
	require.Zero(t, h.Run("backup", "create", "neighbour").Code)
	require.NotEmpty(t, h.filesWith("zq-canary-viewer"))

	var plan, done registry.Certificate
	require.Zero(t, h.Run("streamer", "delete", "codingbutter", "--yes").Code)
	h.JSON(&plan, "streamer", "purge", "codingbutter", "--dry-run")
	require.NotEmpty(t, h.filesWith("zq-canary-viewer"))
	h.JSON(&done, "streamer", "purge", "codingbutter", "--yes")
	require.ElementsMatch(t, plan.Removed, done.Removed)
	require.Empty(t, h.filesWith("zq-canary-viewer"))
	sealed, err := filepath.Glob(h.Data("backups", "legacy", "*"))
	require.NoError(t, err)
	require.Empty(t, sealed)
	var backups struct{ Items []struct{ Streamer string } }
	h.JSON(&backups, "backup", "list")
	require.Len(t, backups.Items, 1)
	require.Equal(t, "neighbour", backups.Items[0].Streamer)
	var again struct{ Status string }
	h.JSON(&again, "legacy", "import", "--from", from)
	require.Equal(t, "imported", again.Status)
}

// filesWith are the files below the data directory that hold a text.
func (h home) filesWith(text string) (names []string) {
	h.Helper()
	require.NoError(h, filepath.WalkDir(h.Data(), func(name string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		body, err := os.ReadFile(name)
		if strings.Contains(string(body), text) {
			names = append(names, name)
		}
		return err
	}))
	return names
}

// A server follows who was renamed, without a word of the key in its log, and purges who is due.
func TestAServerMindsNamesAndTrash(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	c := h.Create("alice")
	h.Create("bob")
	require.Zero(t, h.Run("streamer", "delete", "bob", "--trash-grace", "0", "--yes").Code)
	p := h.serve("--name-grace", "2")
	require.Zero(t, h.Run("streamer", "rename", "alice", "anna").Code)
	o := h.Run("streamer", "show", "anna")
	require.Contains(t, o.Stdout, "alice (until "+time.Now().UTC().AddDate(0, 0, 2).Format(time.DateOnly))
	key := h.key("anna", "overlay")
	resp, err := http.Get(p.URL + "/alice/api/overlay/layout?key=" + key) // follows
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "/anna/api/overlay/layout", resp.Request.URL.Path)
	require.Equal(t, 200, p.Must("GET", "/alice/api/users", c.OwnerKey, "").Status, "a client that follows keeps its key on this host")
	require.Eventually(t, func() bool { return !strings.Contains(h.Run("streamer", "list").Stdout, "bob") }, 30*time.Second, 20*time.Millisecond)
	require.NoFileExists(t, h.Data("shards", "02", "0000000002.1.db"))
	require.Zero(t, p.Term(), p.Stderr)
	require.NotContains(t, p.Stderr.String(), key)
}

func (h home) key(streamer, role string) string {
	h.Helper()
	var k struct{ Key string }
	h.JSON(&k, "key", "create", "--streamer", streamer, "--role", role)
	return k.Key
}
