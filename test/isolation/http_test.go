package isolation

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/api"
	"streamvault/registry"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// site is an installation with two streamers behind its API.
type site struct {
	url              string
	aliceKey, bobKey string
	bobsViewer       tenant.UserID
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := openStore(t, t.TempDir())
	t.Cleanup(func() { closeStore(t, s) })
	_, aliceKey, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice", Actor: "test"})
	require.NoError(t, err)
	bob, bobKey, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "bob", Actor: "test"})
	require.NoError(t, err)
	_, err = s.Tenant(bob.ID).AddPoints(t.Context(), "foreign", tenant.Award{Amount: 99, Source: "tip", Description: "foreign"})
	require.NoError(t, err)
	viewer, err := s.Tenant(bob.ID).UserByName(t.Context(), "foreign")
	require.NoError(t, err)
	server := httptest.NewServer(api.New(s, api.Options{}).Handler())
	t.Cleanup(server.Close)
	return &site{server.URL, aliceKey, bobKey, viewer.ID}
}

func (s *site) ask(t *testing.T, method, path, key, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(all)
}

// What alice may do on her own channel, pointed at bob's viewer, answers word for word
// what it answers for a viewer who never was.
func TestAnothersViewerLooksLikeNone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	never := tenant.UserID(int64(scope.StreamerID(1))<<32 + 4711)
	for name, c := range map[string]struct{ method, body string }{
		"Get": {http.MethodGet, ""}, "Change": {http.MethodPatch, `{"channelPoints":1}`}, "Delete": {http.MethodDelete, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, theirs := s.ask(t, c.method, fmt.Sprintf("/alice/api/users/%d", s.bobsViewer), s.aliceKey, c.body)
			missing, none := s.ask(t, c.method, fmt.Sprintf("/alice/api/users/%d", never), s.aliceKey, c.body)
			require.Equal(t, http.StatusNotFound, status)
			require.Equal(t, http.StatusNotFound, missing)
			require.Equal(t, none, theirs)
		})
	}
	status, users := s.ask(t, http.MethodGet, "/bob/api/users", s.bobKey, "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, users, `"channelPoints":99`, "bob's viewer is as he was")
}

// Bob's channel, with alice's key, answers word for word what a channel answers that does
// not exist: users, points, ledger, keys.
func TestAnothersChannelLooksLikeNone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "users", ""}, {http.MethodPost, "users", `{"username":"x"}`},
		{http.MethodGet, fmt.Sprintf("users/%d", s.bobsViewer), ""}, {http.MethodDelete, fmt.Sprintf("users/%d", s.bobsViewer), ""},
		{http.MethodPatch, fmt.Sprintf("users/%d", s.bobsViewer), `{"channelPoints":0}`},
		{http.MethodPost, "points/foreign", `{"amount":1,"source":"chat"}`}, {http.MethodPost, "points/foreign", `not json`},
		{http.MethodGet, "points/foreign/summary", ""}, {http.MethodGet, "points/foreign/transactions", ""},
		{http.MethodGet, "keys", ""}, {http.MethodPost, "keys", `{"role":"owner"}`},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			status, theirs := s.ask(t, c.method, "/bob/api/"+c.path, s.aliceKey, c.body)
			missing, none := s.ask(t, c.method, "/nobody/api/"+c.path, s.aliceKey, c.body)
			require.Equal(t, http.StatusNotFound, status)
			require.Equal(t, http.StatusNotFound, missing)
			require.Equal(t, none, theirs)
			require.NotContains(t, theirs, "foreign")
		})
	}
}

// Nothing of bob's shows on alice's public pages.
func TestPublicReadsShowTheirChannelOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, board := s.ask(t, http.MethodGet, "/alice/api/leaderboard", s.aliceKey, "")
	require.Equal(t, "[]", strings.TrimSpace(board))
	_, stats := s.ask(t, http.MethodGet, "/alice/api/stats/foreign", s.aliceKey, "")
	require.Contains(t, stats, `"totalPoints":0`)
	_, summary := s.ask(t, http.MethodGet, "/alice/api/points/foreign/summary", s.aliceKey, "")
	require.Equal(t, "{}", strings.TrimSpace(summary))
}
