package api

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

func TestAnOwnerTakesHisDataAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "viewer", 7)
	h.give(h.bob, "canary", 9)
	for path, key := range map[string]string{"/alice/api/admin/export": h.aliceKey, "/api/streamers/Alice/export": h.adminKey} {
		r := h.ask("GET", path, key, "").ok(200, nil)
		require.True(t, strings.HasPrefix(r.body, "SQLite format 3\x00"), "sqlite is what it is unless it is said")
		require.Equal(t, "application/vnd.sqlite3", r.header.Get("Content-Type"))
		require.Regexp(t, `^attachment; filename=alice-\d{8}T\d{6}Z\.db$`, r.header.Get("Content-Disposition"))
		require.Contains(t, r.body, "viewer")
		require.NotContains(t, r.body, "canary")
		var d struct {
			Viewers []struct{ ChannelPoints int64 }
		}
		r = h.ask("GET", path+"?format=json", key, "").ok(200, &d)
		require.Regexp(t, `\.json$`, r.header.Get("Content-Disposition"))
		require.EqualValues(t, 7, d.Viewers[0].ChannelPoints)
		h.ask("GET", path+"?format=xml", key, "").problem(400, "invalid_request")
		require.Equal(t, http.StatusMethodNotAllowed, h.ask("HEAD", path, key, "").status, "it would make one for nothing")
	}
	h.ask("GET", "/api/streamers/nobody/export", h.adminKey, "").problem(404, "streamer_not_found")
	h.setState(h.alice, registry.Suspended, "late rent")
	h.ask("GET", "/alice/api/admin/export", h.aliceKey, "").ok(200, nil)
	var audit struct {
		Items []struct{ Action, Actor string }
	}
	h.ask("GET", "/api/audit?streamer=alice", h.adminKey, "").ok(200, &audit)
	taken := 0
	for _, a := range audit.Items {
		if a.Action == "streamer.export" {
			require.Regexp(t, `^key:\d+$`, a.Actor)
			taken++
		}
	}
	require.Equal(t, 5, taken)
}

// Who does not read to the end takes nobody's place for long.
func TestAnExportThatNobodyReadsIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 300 {
		_, err := h.store.Tenant(h.alice.ID).SaveUpload(t.Context(), "viewer", "image/png", []byte(strings.Repeat("x", 64<<10)), nil)
		require.NoError(t, err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", h.public.URL+"/alice/api/admin/export?format=json", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+h.aliceKey)
	resp, err := h.public.Client().Transport.RoundTrip(req)
	require.NoError(t, err)
	_, err = io.ReadFull(resp.Body, make([]byte, 100))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Eventually(t, func() bool {
		r := h.ask("GET", "/alice/api/admin/export?format=json", h.aliceKey, "")
		return r.status == 200 && json.Valid([]byte(r.body))
	}, 20*time.Second, 50*time.Millisecond)
}
