package api

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

func TestARenamedChannelRedirects(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var s streamerInFull
	h.ask("PATCH", "/api/streamers/alice", h.adminKey, `{"username":"Anna"}`).ok(200, &s)
	require.Equal(t, "anna", s.Username)
	require.Equal(t, "alice", s.FormerNames[0].Username)
	for from, to := range map[string]string{
		"/alice/api/leaderboard":                             "/anna/api/leaderboard",
		"/ALICE/api/stats/a%2Fb%20c?x=1&y=%20":               "/anna/api/stats/a%2Fb%20c?x=1&y=%20",
		"/alice/api/overlay/settings?key=" + h.overlayKey:    "/anna/api/overlay/settings?key=" + h.overlayKey,
		"/alice/api/users/1":                                 "/anna/api/users/1",
		"/alice/api/events?since=3&key=sv_overlay_somebodys": "/anna/api/events?since=3&key=sv_overlay_somebodys",
	} {
		got := h.get(from)
		got.problem(308, "renamed")
		require.Equal(t, to, got.header.Get("Location"))
		require.Equal(t, "no-store", got.header.Get("Cache-Control"), "the name may be another's one day")
	}
	h.ask("POST", "/alice/api/points/Bob", h.aliceKey, `{"amount":1,"source":"chat"}`).problem(308, "renamed")
	require.Equal(t, "snapshot", h.listen("/alice/api/events", h.overlayKey).next().Type, "no browser takes a WebSocket elsewhere")
	h.get("/alice/api/nonsense").problem(404, "not_found")
	require.Equal(t, "snapshot", h.listen("/alice/api/events", h.overlayKey).next().Type, "browsers follow no redirect of a WebSocket")
	require.NotContains(t, h.log.String(), "sv_overlay_")
	h.ask("GET", "/anna/api/users", h.aliceKey, "").ok(200, nil)

	p := h.ask("GET", "/api/streamers/alice", h.adminKey, "").problem(404, "streamer_not_found")
	require.Contains(t, p.Detail, "anna")
	p = h.ask("POST", "/api/streamers", h.adminKey, `{"username":"alice"}`).problem(409, "conflict")
	require.Contains(t, p.Detail, "until "+time.Now().AddDate(0, 0, 30).UTC().Format("2006-01-02"))
	h.ask("PATCH", "/api/streamers/bob", h.adminKey, `{"username":"alice"}`).problem(409, "conflict")
	h.ask("PATCH", "/api/streamers/anna", h.adminKey, `{"username":"alice","nameGraceDays":0}`).ok(200, nil)
	h.get("/alice/api/goals").ok(200, nil)
	h.get("/anna/api/goals").problem(404, "not_found")
	h.ask("PATCH", "/api/streamers/alice", h.adminKey, `{"nameGraceDays":4000}`).problem(400, "invalid_request")
}

func TestPicturesMoveWithTheirChannel(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const png = "\x89PNG\r\n\x1a\n"
	h.ask("POST", "/alice/api/upload/viewer", h.aliceKey, png).ok(200, nil)
	h.ask("POST", "/alice/api/users", h.aliceKey, `{"username":"other","dropImage":"/bob/api/uploads/5"}`).ok(201, nil)
	h.ask("PATCH", "/api/streamers/alice", h.adminKey, `{"username":"anna","nameGraceDays":0}`).ok(200, nil)
	for _, path := range []string{"/anna/api/users", "/anna/api/admin/users", "/anna/api/profile/viewer"} {
		body := h.ask("GET", path, h.aliceKey, "").ok(200, nil).body
		address := regexp.MustCompile(`/\w+/api/uploads/\d{6,}`).FindString(body)
		require.Contains(t, address, "/anna/", body)
		require.Equal(t, png, h.get(address).ok(200, nil).body)
		if path != "/anna/api/profile/viewer" {
			require.Contains(t, body, `"/bob/api/uploads/5"`, "nothing of ours")
		}
	}
}

func TestADeletedStreamerIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	viewer, nothing := h.session(h.alice, "viewer"), h.get("/nobody/api/goals").body
	h.give(h.alice, "viewer", 5)
	h.ask("PATCH", "/api/streamers/alice", h.adminKey, `{"username":"anna","kickUserId":7}`).ok(200, nil)
	var s streamer
	follower := h.listen("/anna/api/events", h.overlayKey)
	require.Equal(t, "snapshot", follower.next().Type)
	h.ask("DELETE", "/api/streamers/anna?graceDays=2", h.adminKey, "").ok(200, &s)
	require.Equal(t, registry.Trashed, s.State)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 2), s.PurgeAfter.Time, time.Minute)
	follower.ends()
	for _, key := range []string{"", h.aliceKey, viewer, h.overlayKey, h.adminKey} {
		for _, path := range []string{"/anna/api/goals", "/anna/api/users", "/alice/api/goals"} {
			require.Equal(t, nothing, h.ask("GET", path, key, "").body, path)
		}
	}
	h.ask("GET", "/bob/api/users", h.aliceKey, "").problem(401, "unauthorized")
	h.ask("POST", "/login", "", `{"key":"`+h.aliceKey+`"}`).problem(401, "unauthorized")
	h.ask("POST", "/api/streamers", h.adminKey, `{"username":"anna"}`).problem(409, "conflict")
	h.ask("POST", "/api/streamers", h.adminKey, `{"username":"x","kickUserId":7}`).problem(409, "conflict")
	h.ask("PATCH", "/api/streamers/anna", h.adminKey, `{"displayName":"x"}`).problem(409, "conflict")
	h.ask("DELETE", "/api/streamers/anna", h.adminKey, "").ok(200, &s)
	in, _ := pages[streamer](h, "/api/streamers", map[string][]string{"state": {"trashed"}}, h.adminKey)
	require.Len(t, in, 1)
	require.Equal(t, s, in[0])
	h.ask("GET", "/api/streamers?state=gone", h.adminKey, "").problem(400, "invalid_request")

	h.ask("POST", "/api/streamers/anna/undelete", h.adminKey, "").ok(200, &s)
	require.Equal(t, registry.Active, s.State)
	require.Nil(t, s.PurgeAfter)
	h.ask("GET", "/anna/api/users", h.aliceKey, "").ok(200, nil)
	h.ask("GET", "/anna/api/points/viewer/summary", viewer, "").ok(200, nil)
	h.get("/alice/api/goals").problem(308, "renamed")
	h.ask("POST", "/api/streamers/anna/undelete", h.adminKey, "").problem(409, "conflict")
}

func TestAPurgedStreamerIsGoneForGood(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "viewer", 5)
	h.ask("POST", "/api/streamers/alice/purge", h.adminKey, `{}`).problem(409, "conflict")
	h.ask("DELETE", "/api/streamers/alice", h.adminKey, "").ok(200, nil)
	var plan, done certificate
	h.ask("POST", "/api/streamers/alice/purge", h.adminKey, `{"dryRun":true}`).ok(200, &plan)
	require.True(t, plan.DryRun)
	path := h.store.ShardPath(h.alice)
	require.FileExists(t, path)
	h.ask("POST", "/api/streamers/alice/purge", h.adminKey, `{}`).ok(200, &done)
	require.Equal(t, plan.Removed, done.Removed)
	require.NotNil(t, done.PurgedAt)
	require.NoFileExists(t, path)
	h.ask("POST", "/api/streamers/alice/purge", h.adminKey, `{}`).problem(404, "streamer_not_found")
	var made madeStreamer
	h.ask("POST", "/api/streamers", h.adminKey, `{"username":"alice"}`).ok(201, &made)
	require.Greater(t, made.Streamer.ID, h.alice.ID)
	h.ask("GET", "/alice/api/users", h.aliceKey, "").problem(401, "unauthorized")
	require.NotContains(t, h.get("/alice/api/leaderboard").body, "viewer")
	require.NoError(t, h.store.VerifyAudit(t.Context()))
}

func TestAStreamerMayUseWhatHeMay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const path = "/api/streamers/alice"
	var s streamer
	h.ask("PATCH", path, h.adminKey, `{"quotaBytes":8388608,"limits":{"rows":{"users":2,"tips":9}}}`).ok(200, &s)
	require.EqualValues(t, 8<<20, *s.QuotaBytes)
	require.Equal(t, map[string]int64{"users": 2, "tips": 9}, s.Limits.Rows)
	h.give(h.alice, "a", 1)
	h.give(h.alice, "b", 1)
	award := func(viewer string) reply {
		return h.ask("POST", "/alice/api/points/"+viewer, h.aliceKey, `{"amount":1,"source":"chat"}`)
	}
	award("c").problem(507, "quota_exceeded")
	award("a").ok(200, nil)
	h.ask("PATCH", path, h.adminKey, `{"limits":{"rows":{"users":3}}}`).ok(200, &s)
	require.Len(t, s.Limits.Rows, 2, "what is not named stays")
	award("c").ok(200, nil)
	award("d").problem(507, "quota_exceeded")
	s = streamer{}
	h.ask("PATCH", path, h.adminKey, `{"limits":{"rows":{"users":null,"tips":0}}}`).ok(200, &s)
	require.Empty(t, s.Limits.Rows)
	award("d").ok(200, nil)
	h.ask("PATCH", path, h.adminKey, `{"quotaBytes":1}`).ok(200, nil)
	award("a").problem(507, "quota_exceeded")
	d, err := h.store.Tenant(h.alice.ID).UserByName(t.Context(), "d")
	require.NoError(t, err)
	h.ask("DELETE", "/alice/api/users/"+strconv.FormatInt(int64(d.ID), 10), h.aliceKey, "").ok(204, nil)
	h.get("/alice/api/leaderboard").ok(200, nil)
	h.ask("PATCH", path, h.adminKey, `{"quotaBytes":null}`).ok(200, &s)
	award("a").ok(200, nil)
	require.Nil(t, s.QuotaBytes)
	for _, bad := range []string{`{"quotaBytes":1125899906842625}`, `{"quotaBytes":-1}`, `{"limits":{"rows":{"nothing":1}}}`, `{"limits":{"rows":{"users":-1}}}`,
		`{"limits":{"rows":{"users":1.5}}}`, `{"limits":{"requestsPerSecond":"5"}}`, `{"limits":{"requestsPerSecond":1000001}}`, `{"limits":null}`} {
		h.ask("PATCH", path, h.adminKey, bad).problem(400, "invalid_request")
	}
}

func TestAStreamersRequestsAreLimited(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask("PATCH", "/api/streamers/alice", h.adminKey, `{"limits":{"requestsPerSecond":5}}`).ok(200, nil)
	var refused reply
	for range 1000 {
		if refused = h.get("/alice/api/goals"); refused.status != 200 {
			break
		}
	}
	refused.problem(429, "rate_limited")
	wait, err := strconv.Atoi(refused.header.Get("Retry-After"))
	require.NoError(t, err)
	require.Equal(t, 1, wait)
	h.get("/bob/api/goals").ok(200, nil)
	h.askAt(h.control, "GET", "/alice/api/goals", "", "").ok(200, nil)
	h.ask("PATCH", "/api/streamers/alice", h.adminKey, `{"limits":{"requestsPerSecond":null}}`).ok(200, nil)
	for range 20 {
		h.get("/alice/api/goals").ok(200, nil)
	}
	require.False(t, strings.Contains(h.log.String(), "panic"))
}

// ends waits until the server lets the follower go.
func (l *listener) ends() {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := l.conn.Read(ctx); err != nil {
			require.NoError(l, ctx.Err(), "he was not let go")
			return
		}
	}
}

// Every route of a channel redirects from a former name and is not there for one in the trash or
// half purged, whoever asks and however wrong the rest of the request is.
func TestEveryRouteOfAChannelThatMoved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	viewer, nothing := h.session(h.alice, "viewer"), h.get("/no/such/thing").body
	h.ask("PATCH", "/api/streamers/alice", h.adminKey, `{"username":"anna"}`).ok(200, nil)
	everywhere := func(channel string, want func(r Route, path string, got reply)) {
		for _, r := range h.server.Routes() {
			if !r.OnChannel() {
				continue
			}
			path := strings.Replace(r.Path, "{channel}", channel, 1)
			path = strings.NewReplacer("{", "", "}", "").Replace(path)
			for _, key := range []string{"", "garbage", h.aliceKey, viewer, h.overlayKey, h.bobKey, h.adminKey} {
				want(r, path, h.ask(r.Method, path+"?limit=nonsense", key, "}"))
			}
		}
	}
	everywhere("alice", func(r Route, path string, got reply) {
		got.problem(308, "renamed")
		require.Equal(t, "/anna"+strings.TrimPrefix(path, "/alice")+"?limit=nonsense", got.header.Get("Location"), name(r))
	})
	gone := func(r Route, path string, got reply) {
		require.Equal(t, 404, got.status, "%s %s: %s", r.Method, path, got.body)
		require.Equal(t, nothing, got.body)
	}
	h.ask("DELETE", "/api/streamers/anna", h.adminKey, "").ok(200, nil)
	everywhere("anna", gone)
	everywhere("alice", gone)
	h.setState(h.alice, registry.Deleting, "")
	everywhere("anna", gone)
	h.setState(h.bob, registry.Creating, "")
	everywhere("bob", gone)
}
