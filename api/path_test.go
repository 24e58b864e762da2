package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"streamvault/shard/tenant"
)

// patterns are the paths as mux's own regular expressions would have them.
var patterns = strings.NewReplacer("{channel}", "{channel:[A-Za-z0-9_-]{1,32}}", "{name}", "{name:[A-Za-z0-9_-]{1,32}}")

// Segment by segment, a path has to match just what mux's pattern matches, with the same
// variables.
func TestMatcherAgreesWithThePattern(t *testing.T) {
	t.Parallel()
	for _, r := range New(nil, Options{}).Routes() {
		m := mux.NewRouter().UseEncodedPath().SkipClean(true)
		plain, ours := m.NewRoute().Path(patterns.Replace(r.Path)), mux.NewRouter().NewRoute().MatcherFunc(matcher(r.Path))
		for _, path := range []string{
			"/", "/healthz", "/healthz/", "/alice/api/leaderboard", "/alice/api/leaderboard/", "/alice/api/stats/a%2Fb", "/alice/api/stats/", "/alice/api/users/1",
			"/alice/api/users/%31", "/alice/api/points/a/summary", "/alice/api/points/a%2Fsummary", "/api/streamers", "/api/streamers/x/keys/1/rotate", "/api/keys/1", "//", "/alice//users",
			"/al%69ce/api/goals", "/alice%0a/api/goals", "/" + strings.Repeat("a", 32) + "/api/goals", "/" + strings.Repeat("a", 33) + "/api/goals", "//api/goals",
			"/alice/api/stats/J%C3%BCrgen", "/alice/api/stats/a%20b", "/alice/api/stats/a%25b", "/alice/api/stats/..", `/alice/api/stats/a"%2Fb`, `/alice/api/stats/a"b`, "/alice/api/stats/a;b", "/api/streamers/a.b", "/ALICE/api/tips/",
		} {
			req := httptest.NewRequest("GET", path, nil)
			var want, got mux.RouteMatch
			matches := plain.Match(req, &want)
			require.Equal(t, matches, ours.Match(req, &got), "%s and %s", path, r.Path)
			if matches {
				require.Equal(t, want.Vars, got.Vars, "%s and %s", path, r.Path)
			}
		}
	}
}

var slug = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// FuzzPath sends any channel and any name. A channel that is none is not looked up, a name
// comes back as it was sent, and nothing makes the server fall over.
func FuzzPath(f *testing.F) {
	for _, seed := range [][2]string{{"alice", "ann"}, {"ALICE", "a/b"}, {"alice\x00", ".."}, {"al\u212ace", "\xff"}, {"alice\n", "%2F"}, {"..", "a;b"}, {"alice%0a", "J%C3%BCrgen"}} {
		f.Add(seed[0], seed[1])
	}
	h := newHouse(f)
	handler := h.server.Handler()
	f.Fuzz(func(t *testing.T, channel, name string) {
		raw := "/" + url.PathEscape(channel) + "/api/stats/" + url.PathEscape(name)
		req := httptest.NewRequest(http.MethodGet, raw, nil)
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		known := slug.MatchString(channel) && (strings.EqualFold(channel, "alice") || strings.EqualFold(channel, "bob"))
		switch {
		case !known || name == "":
			require.Equal(t, 404, rec.Code, raw)
		case !clean(name):
			require.Equal(t, 400, rec.Code, raw)
		default:
			require.Equal(t, 200, rec.Code, raw)
			var s viewerStats
			require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &s))
			require.Equal(t, name, s.Username)
		}
	})
}

// A page of a search goes on behind every viewer that was shown, also among names that
// differ by case only.
func TestTheNextPageOfNames(t *testing.T) {
	t.Parallel()
	first := namePlace{}.next([]tenant.User{{ID: 1, Username: "ann"}, {ID: 2, Username: "bob"}}, tenant.User{ID: 2, Username: "bob"})
	require.Equal(t, namePlace{After: "bob", Shown: []tenant.UserID{2}}, first)
	second := first.next([]tenant.User{{ID: 3, Username: "BOB"}}, tenant.User{ID: 3, Username: "BOB"})
	require.Equal(t, namePlace{After: "BOB", Shown: []tenant.UserID{2, 3}}, second)
	third := second.next([]tenant.User{{ID: 4, Username: "cid"}}, tenant.User{ID: 4, Username: "cid"})
	require.Equal(t, namePlace{After: "cid", Shown: []tenant.UserID{4}}, third)
}
