package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAStreamersLifeOverHTTP(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	alice, bob := h.create("alice").OwnerKey, h.create("bob").OwnerKey
	require.Equal(t, 200, p.must("GET", "/healthz", "", "").status)
	require.Equal(t, 200, p.must("GET", "/readyz", "", "").status)

	r := p.must("POST", "/alice/api/points/Zoë", alice, `{"amount":25,"source":"chat","description":"Hello"}`)
	require.Equal(t, 200, r.status, r.body)
	r = p.must("POST", "/alice/api/points/Zoë", alice, `{"amount":-26,"source":"spend"}`)
	require.Equal(t, 409, r.status, r.body)
	require.Equal(t, "insufficient_points", r.code(t))
	require.Contains(t, p.must("GET", "/alice/api/leaderboard", "", "").body, "Zoë")
	require.NotContains(t, p.must("GET", "/bob/api/leaderboard", "", "").body, "Zoë")

	for name, c := range map[string]struct {
		method, path, key string
		status            int
	}{
		"NoKey":         {"GET", "/alice/api/users", "", 401},
		"UnknownKey":    {"GET", "/alice/api/users", "sv_owner_x", 401},
		"AnothersKey":   {"GET", "/alice/api/users", bob, 404},
		"AnothersWrite": {"POST", "/alice/api/points/Zoë", bob, 404},
		"NoChannel":     {"GET", "/nobody/api/leaderboard", "", 404},
		"NoRoute":       {"GET", "/alice/api/nothing", "", 404},
		"NoMethod":      {"DELETE", "/alice/api/leaderboard", "", 405},
		"OwnerIsNoBoss": {"GET", "/api/streamers", alice, 404},
	} {
		t.Run(name, func(t *testing.T) {
			r := p.must(c.method, c.path, c.key, "")
			require.Equal(t, c.status, r.status, r.body)
			require.NotEmpty(t, r.code(t))
		})
	}
}

// A key that is withdrawn through the socket ends at once for requests at the address.
func TestARevokedKeyEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	h.create("alice")
	var k, next struct {
		ID  int
		Key string
	}
	h.json(&k, "key", "create", "--streamer", "alice", "--role", "owner")
	require.Equal(t, 200, p.must("GET", "/alice/api/users", k.Key, "").status)
	id := itoa(k.ID)
	h.json(&next, "key", "rotate", id)
	require.Equal(t, 401, p.must("GET", "/alice/api/users", k.Key, "").status)
	require.Equal(t, 200, p.must("GET", "/alice/api/users", next.Key, "").status)
	require.Zero(t, h.run("key", "revoke", itoa(next.ID)).code)
	require.Equal(t, 401, p.must("GET", "/alice/api/users", next.Key, "").status)
}
