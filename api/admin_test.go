package api

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

func TestAStreamersLife(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var made madeStreamer
	r := h.ask("POST", "/api/streamers", h.adminKey, `{"username":"Carol","displayName":"Carol!","kickUserId":4711,"avatarUrl":"https://example.org/c.png"}`)
	r.ok(201, nil)
	require.Regexp(t, `^\{"streamer":\{"id":\d+,"username":"carol","displayName":"Carol!","kickUserId":"4711","avatarUrl":"https://example.org/c.png",`+
		`"state":"active","stateReason":null,"generation":1,"schemaVersion":\d+,"createdAt":"[^"]+Z","updatedAt":"[^"]+Z",`+
		`"purgeAfter":null,"quotaBytes":null,"limits":\{"rows":\{\},"requestsPerSecond":null\}\},"ownerKey":"sv_owner_[\w-]+"\}$`, r.body)
	h.askAt(h.control, "POST", "/api/streamers", "", `{"username":"dave","kickUserId":"4712","displayName":null,"avatarUrl":null}`).ok(201, &made)
	h.ask("GET", "/dave/api/users", made.OwnerKey, "").ok(200, nil)
	for name, body := range map[string]string{"Name": `{"username":"CAROL"}`, "KickID": `{"username":"erin","kickUserId":"4711"}`} {
		t.Run(name, func(t *testing.T) { h.ask("POST", "/api/streamers", h.adminKey, body).problem(409, "conflict") })
	}
	for name, body := range map[string]string{
		"Empty": `{"username":""}`, "Reserved": `{"username":"api"}`, "Space": `{"username":"a b"}`, "Missing": `{}`, "KickID": `{"username":"erin","kickUserId":1.5}`,
		"KickObject": `{"username":"erin","kickUserId":{}}`, "Unknown": `{"username":"erin","admin":true}`,
	} {
		t.Run(name, func(t *testing.T) { h.ask("POST", "/api/streamers", h.adminKey, body).problem(400, "invalid_request") })
	}

	var s streamer
	h.ask("GET", "/api/streamers/CAROL", h.adminKey, "").ok(200, &s)
	require.Equal(t, "carol", s.Username)
	h.ask("PATCH", "/api/streamers/carol", h.adminKey, `{"displayName":"C","username":"caroline"}`).ok(200, &s)
	require.Equal(t, "caroline", s.Username)
	h.get("/carol/api/leaderboard").problem(308, "renamed")
	h.get("/caroline/api/leaderboard").ok(200, nil)
	h.ask("PATCH", "/api/streamers/caroline", h.adminKey, `{"username":"alice"}`).problem(409, "conflict")
	h.ask("PATCH", "/api/streamers/caroline", h.adminKey, `{"kickUserId":4712,"quotaBytes":1125899906842625}`).problem(400, "invalid_request")
	h.ask("PATCH", "/api/streamers/caroline", h.adminKey, `{"kickUserId":99}`).ok(200, &s)
	require.Equal(t, "99", *s.KickUserID)
	require.NotNil(t, s.AvatarURL, "what is not named stays")
	h.ask("PATCH", "/api/streamers/caroline", h.adminKey, `{"kickUserId":null,"avatarUrl":null}`).ok(200, &s)
	require.Nil(t, s.KickUserID)
	require.Nil(t, s.AvatarURL)
	h.ask("PATCH", "/api/streamers/caroline", h.adminKey, `{"displayName":null}`).problem(400, "invalid_request")
	h.ask("GET", "/api/streamers/nobody", h.adminKey, "").problem(404, "streamer_not_found")
	h.ask("PATCH", "/api/streamers/nobody", h.adminKey, `{}`).problem(404, "streamer_not_found")
	h.ask("GET", "/api/streamers/nobody/keys", h.adminKey, "").problem(404, "streamer_not_found")

	all, sizes := pages[streamer](h, "/api/streamers", url.Values{"limit": {"3"}}, h.adminKey)
	require.Len(t, all, 4)
	require.Equal(t, []int{3, 1}, sizes)
	found, _ := pages[streamer](h, "/api/streamers", url.Values{"q": {"ALI"}}, h.adminKey)
	require.Len(t, found, 1)
}

func TestKeysOfAChannel(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var made, rotated issuedKey
	h.ask("POST", "/alice/api/keys", h.aliceKey, `{"role":"overlay","name":"OBS"}`).ok(201, &made)
	require.Equal(t, "alice", *made.Streamer)
	one := fmt.Sprintf("/alice/api/keys/%d", made.ID)
	h.ask("POST", one+"/rotate", h.aliceKey, "").ok(200, &rotated)
	require.Equal(t, made.ID, rotated.ID)
	require.NotEqual(t, made.Key, rotated.Key)
	h.ask("GET", "/alice/api/users", made.Key, "").problem(401, "unauthorized")
	h.ask("GET", "/alice/api/users", rotated.Key, "").problem(403, "forbidden")
	listed, _ := pages[key](h, "/alice/api/keys", url.Values{"limit": {"2"}}, h.aliceKey)
	require.Len(t, listed, 3, "the first, the test's, this one")
	require.NotContains(t, h.ask("GET", "/alice/api/keys", h.aliceKey, "").body, rotated.Key)
	h.ask("DELETE", one, h.aliceKey, "").ok(204, nil)
	h.ask("GET", "/alice/api/users", rotated.Key, "").problem(401, "unauthorized")
	for name, body := range map[string]string{"Admin": `{"role":"admin"}`, "Odd": `{"role":"root"}`, "NoRole": `{}`} {
		t.Run(name, func(t *testing.T) { h.ask("POST", "/alice/api/keys", h.aliceKey, body).problem(400, "invalid_request") })
	}
}

// A key's number is no way to a key of somebody else.
func TestKeysOfOthersAreOutOfReach(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	nothing := h.ask("DELETE", "/alice/api/keys/999999", h.aliceKey, "").body
	for name, secret := range map[string]string{"Bob's": h.bobKey, "Admin's": h.adminKey} {
		t.Run(name, func(t *testing.T) {
			k, err := h.store.Authenticate(t.Context(), secret)
			require.NoError(t, err)
			for path, caller := range map[string]string{"/alice/api/keys": h.aliceKey, "/api/streamers/alice/keys": h.adminKey} {
				one := fmt.Sprintf("%s/%d", path, k.ID)
				for _, r := range []reply{h.ask("DELETE", one, caller, ""), h.ask("POST", one+"/rotate", caller, "")} {
					r.problem(404, "not_found")
					require.Equal(t, nothing, r.body)
				}
			}
			_, err = h.store.Authenticate(t.Context(), secret)
			require.NoError(t, err, "it is as it was")
		})
	}
}

func TestAdminKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var made, of issuedKey
	h.ask("POST", "/api/keys", h.adminKey, `{"role":"admin","name":"ops"}`).ok(201, &made)
	require.Nil(t, made.Streamer)
	h.ask("GET", "/api/keys", made.Key, "").ok(200, nil)
	h.ask("POST", "/api/keys", h.adminKey, `{"role":"owner"}`).problem(400, "invalid_request")
	h.ask("POST", "/api/streamers/alice/keys", made.Key, `{"role":"owner"}`).ok(201, &of)
	h.ask("GET", "/alice/api/users", of.Key, "").ok(200, nil)
	h.askAt(h.control, "POST", fmt.Sprintf("/api/keys/%d/rotate", of.ID), "", "").ok(200, &of)
	require.Equal(t, "alice", *of.Streamer, "any key by its number")
	h.ask("POST", fmt.Sprintf("/api/streamers/alice/keys/%d/rotate", of.ID), h.adminKey, "").ok(200, &of)
	h.ask("DELETE", fmt.Sprintf("/api/streamers/alice/keys/%d", of.ID), h.adminKey, "").ok(204, nil)
	h.ask("GET", "/alice/api/users", of.Key, "").problem(401, "unauthorized")
	h.ask("DELETE", fmt.Sprintf("/api/keys/%d", made.ID), h.adminKey, "").ok(204, nil)
	h.ask("GET", "/api/keys", made.Key, "").problem(401, "unauthorized")
	h.ask("DELETE", "/api/keys/999999", h.adminKey, "").problem(404, "not_found")
}

func TestTheOperatorSeesThePool(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.get("/alice/api/leaderboard").ok(200, nil)
	var p poolFigures
	h.ask("GET", "/api/pool", h.adminKey, "").ok(200, &p)
	require.Equal(t, 8, p.Size)
	require.Positive(t, p.Opens)
}

func TestSuspendAndResume(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const path, write = "/api/streamers/alice", `{"username":"Ann"}`
	var s streamer
	h.ask("POST", path+"/suspend", h.adminKey, `{"reason":"unpaid"}`).ok(200, &s)
	require.Equal(t, registry.Suspended, s.State)
	require.Equal(t, "unpaid", *s.StateReason)
	h.ask("POST", "/alice/api/users", h.aliceKey, write).problem(403, "suspended")
	h.ask("POST", path+"/suspend", h.adminKey, `{"reason":"again"}`).problem(409, "conflict")
	h.ask("POST", path+"/resume", h.adminKey, "").ok(200, &s)
	require.Equal(t, registry.Active, s.State)
	require.Nil(t, s.StateReason)
	h.ask("POST", "/alice/api/users", h.aliceKey, write).ok(201, nil)
	h.ask("POST", path+"/resume", h.adminKey, "").problem(409, "conflict")
	h.ask("POST", "/api/streamers/nobody/resume", h.adminKey, "").problem(404, "streamer_not_found")
	h.ask("POST", "/api/streamers/nobody/suspend", h.adminKey, `{"reason":"x"}`).problem(404, "streamer_not_found")
}

func TestTheAuditLogNamesWhoDidWhat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask("POST", "/alice/api/keys", h.aliceKey, `{"role":"overlay"}`).ok(201, nil)
	h.askAt(h.control, "PATCH", "/api/streamers/bob", "", `{"displayName":"B"}`).ok(200, nil)
	all, sizes := pages[auditEntry](h, "/api/audit", url.Values{"limit": {"3"}}, h.adminKey)
	require.Greater(t, len(sizes), 1)
	owner, err := h.store.Authenticate(t.Context(), h.aliceKey)
	require.NoError(t, err)
	last := all[len(all)-2:]
	require.Equal(t, []string{fmt.Sprint("key:", owner.ID), "key.create", "alice"}, []string{last[0].Actor, last[0].Action, *last[0].Streamer})
	require.Equal(t, []string{"control", "streamer.update", "bob"}, []string{last[1].Actor, last[1].Action, *last[1].Streamer})
	ofBob, _ := pages[auditEntry](h, "/api/audit", url.Values{"streamer": {"BOB"}}, h.adminKey)
	require.Equal(t, last[1], ofBob[len(ofBob)-1])
	for _, e := range ofBob {
		require.Equal(t, "bob", *e.Streamer)
	}
	h.ask("GET", "/api/audit?since=2200-01-01T00:00:00.5Z", h.adminKey, "").ok(200, nil)
	h.ask("GET", "/api/audit?since=yesterday", h.adminKey, "").problem(400, "invalid_request")
	h.ask("GET", "/api/audit?streamer=nobody", h.adminKey, "").problem(404, "streamer_not_found")
}

func TestTheControlHandlerTrustsItsCallers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.askAt(h.control, "GET", "/api/streamers", "", "").ok(200, nil)
	h.askAt(h.control, "POST", "/alice/api/users", "", `{"username":"Ann"}`).ok(201, nil)
	h.setState(h.alice, registry.Suspended, "unpaid")
	h.askAt(h.control, "POST", "/alice/api/users", "", `{"username":"Ben"}`).problem(403, "suspended")
	h.askAt(h.control, "GET", "/healthz", "", "").ok(200, nil)
}
