package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A page of another site reads what overlays and viewers read, with a key in its own hands, and
// nothing with the cookie of a streamer who is signed in.
func TestPagesOfOtherSites(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "ann", 5)
	elsewhere := []string{"Origin", "https://elsewhere.example"}
	for _, path := range []string{"/alice/api/leaderboard", "/alice/api/goals", "/alice/api/overlay/settings", "/alice/api/profile/ann", "/alice/api/uploads/1"} {
		got := h.ask("GET", path, h.overlayKey, "", elsewhere...)
		require.Equal(t, "*", got.header.Get("Access-Control-Allow-Origin"), path)
		require.Contains(t, got.header.Get("Access-Control-Expose-Headers"), "ETag")
		require.Empty(t, got.header.Get("Access-Control-Allow-Credentials"))
	}
	for _, path := range []string{"/alice/api/users", "/api/streamers", "/login", "/healthz", "/alice/overlay", "/alice/api/keys", "/nope"} {
		require.Empty(t, h.ask("GET", path, h.adminKey, "", elsewhere...).header.Get("Access-Control-Allow-Origin"), path)
	}
	ask := append([]string{"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization"}, elsewhere...)
	for path, methods := range map[string]string{"/alice/api/leaderboard": "GET", "/nobody/api/leaderboard": "GET", "/alice/api/profile/ann": "GET, POST"} {
		got := h.ask("OPTIONS", path, "", "", ask...).ok(204, nil)
		require.Equal(t, methods, got.header.Get("Access-Control-Allow-Methods"))
		require.Contains(t, got.header.Get("Access-Control-Allow-Headers"), "Authorization")
	}
	for _, path := range []string{"/alice/api/users", "/api/streamers", "/healthz", "/alice/api/verify/generate/ann"} {
		h.ask("OPTIONS", path, "", "", ask...).problem(405, "method_not_allowed")
	}
	_, cookie := h.signIn(h.aliceKey)
	sent := append([]string{"Cookie", cookie.Name + "=" + cookie.Value, "Sec-Fetch-Site", "cross-site"}, elsewhere...)
	h.ask("POST", "/alice/api/profile/ann", "", `{"country":"NZ"}`, sent...).problem(403, "cross_origin")
	require.False(t, strings.Contains(h.get("/alice/api/stats/ann").body, "NZ"))
}
