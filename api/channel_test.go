package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

func TestLeaderboard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.Equal(t, "[]", h.get("/alice/api/leaderboard").ok(200, nil).body)
	h.give(h.alice, "Jürgen <&>", 25)
	h.give(h.alice, "bob", 75)
	h.give(h.alice, "broke", 5)
	h.give(h.alice, "broke", -5)
	require.Equal(t, `[{"username":"bob","totalPoints":75,"channelPoints":75,"dropPoints":0,"totalDrops":0},`+
		`{"username":"Jürgen <&>","totalPoints":25,"channelPoints":25,"dropPoints":0,"totalDrops":0}]`,
		h.get("/alice/api/leaderboard").ok(200, nil).body)
	for i := range 60 {
		h.give(h.alice, fmt.Sprint("viewer", i), int64(1+i))
	}
	var ranks []rank
	h.get("/alice/api/leaderboard").ok(200, &ranks)
	require.Len(t, ranks, 50)
	require.Equal(t, "[]", h.get("/bob/api/leaderboard").body)
}

func TestPollingCostsNothingUntilSomethingChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "ann", 1)
	first := h.get("/alice/api/leaderboard")
	tag := first.header.Get("ETag")
	require.True(t, strings.HasPrefix(tag, `W/"`), tag)
	require.Equal(t, "no-cache", first.header.Get("Cache-Control"))
	for name, sent := range map[string]string{"Same": tag, "Strong": tag[2:], "List": `"x", ` + tag, "Any": "*"} {
		t.Run(name, func(t *testing.T) {
			r := h.ask("GET", "/alice/api/leaderboard", "", "", "If-None-Match", sent)
			require.Equal(t, 304, r.status)
			require.Empty(t, r.body)
			require.Equal(t, tag, r.header.Get("ETag"))
		})
	}
	h.ask("GET", "/alice/api/leaderboard", "", "", "If-None-Match", `"x"`).ok(200, nil)
	h.give(h.alice, "ann", 1)
	changed := h.ask("GET", "/alice/api/leaderboard", "", "", "If-None-Match", tag).ok(200, nil)
	require.NotEqual(t, tag, changed.header.Get("ETag"))
}

func TestStats(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "Alice", 2525)
	require.Equal(t, `{"username":"ALICE","channelPoints":2525,"dropPoints":0,"totalDrops":0,"totalPoints":2525,"country":null}`,
		h.get("/alice/api/stats/ALICE").ok(200, nil).body)
	require.Equal(t, `{"username":"nobody","channelPoints":0,"dropPoints":0,"totalDrops":0,"totalPoints":0,"country":null}`,
		h.get("/alice/api/stats/nobody").ok(200, nil).body)
	h.get("/alice/api/stats/").problem(404, "not_found")
	h.get("/alice/api/stats").problem(404, "not_found")
}

func TestUserNamesAreOneSegmentOfThePath(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i, name := range []string{"Jürgen", "a/b", "a//b", "..", ".", "a?b#c", "100%", "J%C3%BCrgen", "<script>", "a b", "a+b", "a;b", "名前", strings.Repeat("x", 300)} {
		h.give(h.alice, name, int64(i+1))
		var s viewerStats
		h.get("/alice/api/stats/"+url.PathEscape(name)).ok(200, &s)
		require.Equal(t, name, s.Username)
		require.EqualValues(t, i+1, s.ChannelPoints, name)
	}
	for name, segment := range map[string]string{"NUL": "a%00b", "NotUTF8": "%ff", "Truncated": "%e2%82"} {
		t.Run(name, func(t *testing.T) { h.get("/alice/api/stats/"+segment).problem(400, "invalid_request") })
	}
}

func TestChannelNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.get("/ALICE/api/leaderboard").ok(200, nil)
	here := h.get("/nobody/api/leaderboard")
	here.problem(404, "not_found")
	for name, channel := range map[string]string{
		"NUL": "alice%00", "Newline": "alice%0a", "NotUTF8": "alice%ff", "Semicolon": "alice;", "EncodedSemicolon": "alice%3b",
		"Kelvin": "%E2%84%AAing", "DottedI": "al%C4%B0ce", "Slash": "ali%2Fce", "Dots": "..", "Empty": "", "Encoded": "%61lice",
		"Long": strings.Repeat("a", 33), "Reserved": "api", "Space": "alice%20", "Double": "/alice",
	} {
		t.Run(name, func(t *testing.T) {
			r := h.get("/" + channel + "/api/leaderboard")
			require.Equal(t, 404, r.status)
			require.Equal(t, here.body, r.body)
		})
	}
}

func TestPoints(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	give := `{"amount":25,"source":"chat","description":"Hello"}`
	var done struct{ ChannelPoints, TransactionID int64 }
	r := h.ask("POST", "/alice/api/points/Ann", h.aliceKey, give, "Idempotency-Key", "k1").ok(200, &done)
	require.Equal(t, fmt.Sprintf(`{"channelPoints":25,"transactionId":%d}`, done.TransactionID), r.body)
	again := h.ask("POST", "/alice/api/points/Ann", h.aliceKey, give, "Idempotency-Key", "k1").ok(200, nil)
	require.Equal(t, r.body, again.body, "it counts once")
	h.ask("POST", "/alice/api/points/Ben", h.aliceKey, give, "Idempotency-Key", "k1").problem(409, "idempotency_key_reused")
	p := h.ask("POST", "/alice/api/points/Ann", h.adminKey, `{"amount":-26,"source":"spend"}`).problem(409, "insufficient_points")
	require.EqualValues(t, 26, *p.Price)
	require.EqualValues(t, 25, *p.Balance)
	h.ask("POST", "/alice/api/points/Ann", h.aliceKey, `{"amount":1000000000000,"source":"tip"}`).problem(409, "conflict")
	for name, body := range map[string]string{
		"Zero": `{"amount":0,"source":"chat"}`, "Source": `{"amount":1,"source":"magic"}`, "Import": `{"amount":1,"source":"import"}`,
		"NoAmount": `{"source":"chat"}`, "NoSource": `{"amount":1}`, "Half": `{"amount":0.5,"source":"chat"}`,
		"LongText": `{"amount":1,"source":"chat","description":"` + strings.Repeat("x", 501) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			h.ask("POST", "/alice/api/points/New", h.aliceKey, body).problem(400, "invalid_request")
		})
	}
	h.ask("POST", "/alice/api/points/a%0ab", h.aliceKey, give).problem(400, "invalid_request")
	h.ask("POST", "/alice/api/points/Ann", h.aliceKey, give, "Idempotency-Key", strings.Repeat("k", 256)).problem(400, "invalid_request")
	h.ask("POST", "/alice/api/points/Ann", h.aliceKey, give, "Idempotency-Key", "").problem(400, "invalid_request")
	h.ask("POST", "/alice/api/points/Ann", h.aliceKey, give, "Idempotency-Key", "a", "Idempotency-Key", "b").problem(400, "invalid_request")

	require.Equal(t, `{"chat":25}`, h.ask("GET", "/alice/api/points/ANN/summary", h.aliceKey, "").ok(200, nil).body)
	require.Equal(t, `{}`, h.ask("GET", "/alice/api/points/nobody/summary", h.aliceKey, "").ok(200, nil).body)
	require.Equal(t, `[]`, h.ask("GET", "/alice/api/points/nobody/transactions", h.aliceKey, "").ok(200, nil).body)
	require.Regexp(t, fmt.Sprintf(`^\[\{"id":%d,"user_id":\d+,"amount":25,"source":"chat","description":"Hello","created_at":"[-0-9]{10}T[0-9:]{8}(\.\d{3})?Z"\}\]$`, done.TransactionID),
		h.ask("GET", "/alice/api/points/Ann/transactions", h.aliceKey, "").ok(200, nil).body)
}

func TestASuspendedChannelIsReadOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	leaked := h.key(registry.RoleOverlay, h.alice)
	var keys struct {
		Items []struct {
			ID   int64  `json:"id"`
			Role string `json:"role"`
		} `json:"items"`
	}
	h.ask("GET", "/alice/api/keys", h.aliceKey, "").ok(200, &keys)
	h.setState(h.alice, registry.Suspended, "unpaid")
	h.get("/alice/api/leaderboard").ok(200, nil)
	h.ask("GET", "/alice/api/users", h.aliceKey, "").ok(200, nil)
	h.get("/alice/api/verify/check/ann/CODE34").problem(403, "suspended") // it would start a session
	for _, k := range keys.Items {
		if k.Role == string(registry.RoleOverlay) { // what leaked must be stopped all the same
			h.ask("DELETE", fmt.Sprintf("/alice/api/keys/%d", k.ID), h.aliceKey, "").ok(204, nil)
		}
	}
	h.ask("GET", "/alice/api/overlay/settings", leaked, "").problem(401, "unauthorized")
	h.ask("POST", "/alice/api/users", "", "").problem(401, "unauthorized")
	h.ask("POST", "/alice/api/users", h.bobKey, "").problem(404, "not_found")
	for name, key := range map[string]string{"Owner": h.aliceKey, "Admin": h.adminKey} {
		t.Run(name, func(t *testing.T) {
			p := h.ask("POST", "/alice/api/users", key, "not even JSON").problem(403, "suspended")
			require.Equal(t, "unpaid", p.Reason)
		})
	}
}

func TestWhatIsNotServed(t *testing.T) {
	t.Parallel()
	for state, c := range map[registry.State]struct {
		status int
		code   string
		noKey  int // status of a protected route without a key
	}{
		registry.Held: {503, "shard_held", 401}, registry.Quarantined: {503, "shard_quarantined", 401},
		registry.Trashed: {404, "not_found", 404}, registry.Deleting: {404, "not_found", 404}, registry.Creating: {404, "not_found", 404},
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.setState(h.alice, state, "because")
			r := h.get("/alice/api/leaderboard")
			r.problem(c.status, c.code)
			require.NotContains(t, r.body, "because")
			require.Equal(t, c.status == 503, r.header.Get("Retry-After") != "")
			require.Equal(t, c.noKey, h.get("/alice/api/users").status)
			h.get("/bob/api/leaderboard").ok(200, nil)
		})
	}
}
