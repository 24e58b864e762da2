package api

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
)

// shownRestore is what a restore answers.
type shownRestore struct {
	Streamer   string
	Generation int64
	DryRun     bool
	OwnerKey   string
	Tables     []struct {
		Table string
		Now   *int64
		Then  int64
	}
	ChannelPoints struct {
		Now  *int64
		Then int64
	}
}

func (h *house) balance(of *registry.Streamer, viewer string) int64 {
	h.Helper()
	u, err := h.store.Tenant(of.ID).UserByName(h.Context(), viewer)
	require.NoError(h, err)
	return u.Points.Channel
}

func TestAStreamerBacksUpAndRestores(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "viewer", 100)
	var b shownBackup
	h.ask("POST", "/alice/api/admin/backup", h.aliceKey, "").ok(201, &b)
	require.Equal(t, "alice", b.Streamer)
	require.Nil(t, b.VerifiedAt)
	require.False(t, strings.HasPrefix(b.File, "/"), "no path of the server's")
	h.give(h.alice, "viewer", 50)

	body := fmt.Sprintf(`{"backup":%d,"dryRun":true}`, *b.ID)
	var r shownRestore
	h.ask("POST", "/alice/api/restore", h.aliceKey, body).ok(200, &r)
	require.True(t, r.DryRun)
	require.Equal(t, int64(150), *r.ChannelPoints.Now)
	require.Equal(t, int64(100), r.ChannelPoints.Then)
	h.ask("POST", "/alice/api/restore?dryRun=1", h.aliceKey, strings.Replace(body, "true", "false", 1)).ok(200, &r)
	require.True(t, r.DryRun, "said anywhere, it is one")
	require.Equal(t, int64(150), h.balance(h.alice, "viewer"), "nothing was changed")

	h.ask("POST", "/alice/api/restore", h.aliceKey, strings.Replace(body, "true", "false", 1)).ok(200, &r)
	require.Equal(t, int64(100), h.balance(h.alice, "viewer"))
	require.Equal(t, h.alice.Generation+1, r.Generation)
	h.ask("GET", "/alice/api/users", h.aliceKey, "").ok(200, nil) // the key still opens
	require.Equal(t, 404, h.ask("POST", "/bob/api/restore", h.bobKey, body).status, "it is not there for bob")
	require.Equal(t, 404, h.ask("POST", "/alice/api/restore", h.aliceKey, `{"backup":999}`).status)
	var list struct{ Items []shownBackup }
	h.ask("GET", "/bob/api/backups", h.bobKey, "").ok(200, &list)
	require.Empty(t, list.Items)
	h.ask("GET", "/alice/api/backups", h.aliceKey, "").ok(200, &list)
	require.Len(t, list.Items, 1)
}

func TestAStreamerRestoresHisOwnFile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "viewer", 100)
	export := h.ask("GET", "/alice/api/admin/export", h.aliceKey, "").body
	h.give(h.alice, "viewer", 50)
	send := func(path, key, kind, body string) reply {
		return h.ask("POST", path, key, body, "Content-Type", kind)
	}
	const sqlite = "application/vnd.sqlite3"
	var r shownRestore
	send("/alice/api/restore?dryRun=1", h.aliceKey, sqlite, export).ok(200, &r)
	require.Equal(t, int64(100), r.ChannelPoints.Then)
	require.Equal(t, int64(150), h.balance(h.alice, "viewer"))
	for name, c := range map[string]struct {
		path, key, kind, body string
		status                int
		code                  string
	}{
		"HTML":       {"/alice/api/restore", h.aliceKey, sqlite, "<html>", 422, "file_refused"},
		"Empty":      {"/alice/api/restore", h.aliceKey, "application/octet-stream", "", 422, "file_refused"},
		"Truncated":  {"/alice/api/restore", h.aliceKey, sqlite, export[:len(export)/2], 422, "file_refused"},
		"Another's":  {"/bob/api/restore", h.bobKey, sqlite, export, 422, "file_refused"},
		"WrongKey":   {"/alice/api/restore", h.bobKey, sqlite, export, 404, "not_found"},
		"Overlay":    {"/alice/api/restore", h.overlayKey, sqlite, export, 403, "forbidden"},
		"Query":      {"/alice/api/restore?dryRun=maybe", h.aliceKey, sqlite, export, 400, "invalid_request"},
		"NoKind":     {"/alice/api/restore", h.aliceKey, "", export, 415, "unsupported_media_type"},
		"Picture":    {"/alice/api/restore", h.aliceKey, "image/png", export, 415, "unsupported_media_type"},
		"NoBody":     {"/alice/api/restore", h.aliceKey, "application/json", "", 400, "invalid_request"},
		"Nothing":    {"/alice/api/restore", h.aliceKey, "application/json", "{}", 400, "invalid_request"},
		"Unknown":    {"/alice/api/restore", h.aliceKey, "application/json", `{"backup":1,"file":"/etc/passwd"}`, 400, "invalid_request"},
		"LargeJSON":  {"/alice/api/restore", h.aliceKey, "application/json", strings.Repeat(" ", 100_000), 413, "too_large"},
		"FileAfar":   {"/api/streamers/alice/restore", h.adminKey, "application/json", `{"file":"/etc/passwd"}`, 400, "invalid_request"},
		"VerifyAfar": {"/api/backups/verify", h.adminKey, "application/json", `{"file":"/etc/passwd"}`, 404, "not_found"},
		"NoBackup":   {"/api/streamers/alice/restore", h.adminKey, "application/json", `{"backup":77}`, 404, "backup_not_found"},
		"NoVerify":   {"/api/backups/77/verify", h.adminKey, "application/json", ``, 404, "backup_not_found"},
		"BadName":    {"/api/streamers/alice/restore", h.adminKey, "application/json", `{"backup":1,"as":"a/b"}`, 400, "invalid_request"},
		"EmptyName":  {"/api/streamers/alice/restore", h.adminKey, "application/json", `{"backup":1,"as":""}`, 400, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			got := send(c.path, c.key, c.kind, c.body)
			require.Equal(t, c.status, got.status, got.body)
			require.Contains(t, got.body, `"code":"`+c.code+`"`)
			require.Equal(t, int64(150), h.balance(h.alice, "viewer"))
		})
	}
	send("/alice/api/restore", h.aliceKey, sqlite, export).ok(200, &r)
	require.Equal(t, int64(100), h.balance(h.alice, "viewer"))
	left, err := os.ReadDir(h.store.Dir() + "/tmp")
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestAnOperatorBacksAllUpAndRestores(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "viewer", 100)
	var j Job
	h.ask("POST", "/api/backups", h.adminKey, `{"encrypt":true,"compress":true}`).ok(202, &j)
	done, err := h.store.FollowJob(t.Context(), j.ID, nil)
	require.NoError(t, err)
	require.Equal(t, registry.JobDone, done.State)
	var list struct{ Items []shownBackup }
	h.ask("GET", "/api/streamers/alice/backups", h.adminKey, "").ok(200, &list)
	require.Len(t, list.Items, 1)
	require.FileExists(t, list.Items[0].File, "an operator is told where it lies")
	id := *list.Items[0].ID
	var v verifiedBackup
	h.ask("POST", fmt.Sprintf("/api/backups/%d/verify", id), h.adminKey, "").ok(200, &v)
	require.True(t, v.OK)
	require.NotNil(t, v.VerifiedAt)
	var r shownRestore
	h.ask("POST", "/api/streamers/alice/restore", h.adminKey, fmt.Sprintf(`{"backup":%d,"as":"carol"}`, id)).ok(200, &r)
	require.Equal(t, "carol", r.Streamer)
	h.ask("GET", "/carol/api/users", r.OwnerKey, "").ok(200, nil)
	require.Equal(t, 409, h.ask("POST", "/api/streamers/alice/restore", h.adminKey, fmt.Sprintf(`{"backup":%d,"as":"bob"}`, id)).status)

	// A quarantined streamer comes back by a restore.
	h.setState(h.alice, registry.Quarantined, "I/O error: test")
	h.ask("POST", "/api/streamers/alice/restore", h.adminKey, fmt.Sprintf(`{"backup":%d}`, id)).ok(200, nil)
	h.ask("GET", "/alice/api/users", h.aliceKey, "").ok(200, nil)

	require.NoError(t, os.Truncate(list.Items[0].File, 100))
	got := h.ask("POST", fmt.Sprintf("/api/backups/%d/verify", id), h.adminKey, "")
	require.Equal(t, 422, got.status)
	require.Contains(t, got.body, `"code":"backup_damaged"`)
	require.NoError(t, os.Remove(list.Items[0].File))
	got = h.ask("POST", "/api/streamers/alice/restore", h.adminKey, fmt.Sprintf(`{"backup":%d}`, id))
	require.Contains(t, got.body, `"code":"backup_lost"`)
}

// A streamer's backups take the installation's room.
func TestAStreamersOwnBackupsAreCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range ownBackups {
		h.ask("POST", "/alice/api/admin/backup", h.aliceKey, "").ok(http.StatusCreated, nil)
	}
	got := h.ask("POST", "/alice/api/admin/backup", h.aliceKey, "")
	require.Equal(t, 429, got.status)
	require.NotEmpty(t, got.header.Get("Retry-After"))
	h.ask("POST", "/bob/api/admin/backup", h.bobKey, "").ok(http.StatusCreated, nil)
	h.ask("POST", "/alice/api/admin/backup", h.adminKey, "").ok(http.StatusCreated, nil)
	_, err := h.store.CreateBackup(t.Context(), shard.BackupRequest{Streamer: h.alice.ID})
	require.NoError(t, err)
}

// Of what a streamer makes himself only some stay, and he is told what went; of what operators make
// all does.
func TestOfAStreamersOwnBackupsSomeStay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var theirs, own ownBackup
	h.ask("POST", "/alice/api/admin/backup", h.adminKey, "").ok(http.StatusCreated, &theirs)
	var gone []int64
	for range shard.OwnKeep.Newest + 3 {
		h.server.ownBackups.Clear() // as if ten minutes had passed
		h.ask("POST", "/alice/api/admin/backup", h.aliceKey, "").ok(http.StatusCreated, &own)
		gone = append(gone, own.Removed...)
	}
	require.Equal(t, []int64{*theirs.ID + 1, *theirs.ID + 2, *theirs.ID + 3}, gone)
	var list struct{ Items []shownBackup }
	h.ask("GET", "/alice/api/backups", h.aliceKey, "").ok(http.StatusOK, &list)
	require.Len(t, list.Items, shard.OwnKeep.Newest+1)
	require.Equal(t, theirs.ID, list.Items[shard.OwnKeep.Newest].ID, "the operator's stays")
	require.Equal(t, 6, shard.OwnKeep.Newest)
	require.Contains(t, h.ask("GET", "/openapi.json", "", "").body, "Of the backups that the channel made itself the newest six stay")
}
