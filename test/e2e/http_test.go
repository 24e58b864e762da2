package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAStreamersLifeOverHTTP(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	alice, bob := h.Create("alice").OwnerKey, h.Create("bob").OwnerKey
	require.Equal(t, 200, p.Must("GET", "/healthz", "", "").Status)
	require.Equal(t, 200, p.Must("GET", "/readyz", "", "").Status)

	r := p.Must("POST", "/alice/api/points/Zoë", alice, `{"amount":25,"source":"chat","description":"Hello"}`)
	require.Equal(t, 200, r.Status, r.Body)
	r = p.Must("POST", "/alice/api/points/Zoë", alice, `{"amount":-26,"source":"spend"}`)
	require.Equal(t, 409, r.Status, r.Body)
	require.Equal(t, "insufficient_points", r.Code(t))
	require.Contains(t, p.Must("GET", "/alice/api/leaderboard", "", "").Body, "Zoë")
	require.NotContains(t, p.Must("GET", "/bob/api/leaderboard", "", "").Body, "Zoë")

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
			r := p.Must(c.method, c.path, c.key, "")
			require.Equal(t, c.status, r.Status, r.Body)
			require.NotEmpty(t, r.Code(t))
		})
	}
}

// A key that is withdrawn through the socket ends at once for requests at the address.
func TestARevokedKeyEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	h.Create("alice")
	var k, next struct {
		ID  int
		Key string
	}
	h.JSON(&k, "key", "create", "--streamer", "alice", "--role", "owner")
	require.Equal(t, 200, p.Must("GET", "/alice/api/users", k.Key, "").Status)
	id := itoa(k.ID)
	h.JSON(&next, "key", "rotate", id)
	require.Equal(t, 401, p.Must("GET", "/alice/api/users", k.Key, "").Status)
	require.Equal(t, 200, p.Must("GET", "/alice/api/users", next.Key, "").Status)
	require.Zero(t, h.Run("key", "revoke", itoa(next.ID)).Code)
	require.Equal(t, 401, p.Must("GET", "/alice/api/users", next.Key, "").Status)
}
