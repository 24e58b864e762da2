package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/tenant"
)

// row is what a route should do, said once more and apart from its declaration.
type row struct {
	who     Who
	allowed int                     // status for those who may
	body    string                  // that they send
	vars    func(h *house) []string // pairs of variable and value, made anew for each call
}

var (
	viewer = func(*house) []string { return []string{"{username}", "viewer"} }
	aUser  = func(h *house) []string {
		h.Helper()
		u, err := h.store.Tenant(h.alice.ID).CreateUser(h.Context(), tenant.NewUser{Username: fmt.Sprint("user", h.serial.Add(1))})
		require.NoError(h, err)
		return []string{"{id}", strconv.FormatInt(int64(u.ID), 10)}
	}
	aKey = func(h *house) []string {
		h.Helper()
		k, _, err := h.store.CreateKey(h.Context(), registry.RoleOverlay, h.alice.ID, "victim", "test")
		require.NoError(h, err)
		return []string{"{id}", strconv.FormatInt(k.ID, 10), "{name}", "alice"}
	}
	alice = func(*house) []string { return []string{"{name}", "alice"} }
)

// expected has a row for every route there is.
var expected = map[string]row{
	"GET /healthz":                                            {who: Anyone, allowed: 200},
	"GET /readyz":                                             {who: Anyone, allowed: 200},
	"GET /{channel}/api/leaderboard":                          {who: Anyone, allowed: 200},
	"GET /{channel}/api/stats/{username}":                     {who: Anyone, allowed: 200, vars: viewer},
	"GET /{channel}/api/users":                                {who: Owner, allowed: 200},
	"POST /{channel}/api/users":                               {who: Owner, allowed: 400, body: `{"username":""}`},
	"GET /{channel}/api/users/{id}":                           {who: Owner, allowed: 200, vars: aUser},
	"PATCH /{channel}/api/users/{id}":                         {who: Owner, allowed: 200, vars: aUser, body: `{"channelPoints":1}`},
	"DELETE /{channel}/api/users/{id}":                        {who: Owner, allowed: 204, vars: aUser},
	"POST /{channel}/api/points/{username}":                   {who: Owner, allowed: 200, vars: viewer, body: `{"amount":1,"source":"chat"}`},
	"GET /{channel}/api/points/{username}/summary":            {who: Viewer, allowed: 200, vars: viewer},
	"GET /{channel}/api/points/{username}/transactions":       {who: Viewer, allowed: 200, vars: viewer},
	"GET /{channel}/api/keys":                                 {who: Owner, allowed: 200},
	"POST /{channel}/api/keys":                                {who: Owner, allowed: 201, body: `{"role":"overlay"}`},
	"DELETE /{channel}/api/keys/{id}":                         {who: Owner, allowed: 204, vars: aKey},
	"POST /{channel}/api/keys/{id}/rotate":                    {who: Owner, allowed: 200, vars: aKey},
	"GET /api/streamers":                                      {who: Admin, allowed: 200},
	"POST /api/streamers":                                     {who: Admin, allowed: 409, body: `{"username":"alice"}`},
	"POST /api/streamers/{name}/suspend":                      {who: Admin, allowed: 400, vars: alice, body: `{"reason":""}`},
	"POST /api/streamers/{name}/resume":                       {who: Admin, allowed: 409, vars: alice},
	"GET /api/streamers/{name}":                               {who: Admin, allowed: 200, vars: alice},
	"PATCH /api/streamers/{name}":                             {who: Admin, allowed: 200, vars: alice, body: `{}`},
	"GET /api/streamers/{name}/keys":                          {who: Admin, allowed: 200, vars: alice},
	"POST /api/streamers/{name}/keys":                         {who: Admin, allowed: 201, vars: alice, body: `{"role":"overlay"}`},
	"DELETE /api/streamers/{name}/keys/{id}":                  {who: Admin, allowed: 204, vars: aKey},
	"POST /api/streamers/{name}/keys/{id}/rotate":             {who: Admin, allowed: 200, vars: aKey},
	"GET /api/keys":                                           {who: Admin, allowed: 200},
	"POST /api/keys":                                          {who: Admin, allowed: 201, body: `{"role":"admin"}`},
	"DELETE /api/keys/{id}":                                   {who: Admin, allowed: 204, vars: aKey},
	"POST /api/keys/{id}/rotate":                              {who: Admin, allowed: 200, vars: aKey},
	"GET /api/pool":                                           {who: Admin, allowed: 200},
	"GET /api/audit":                                          {who: Admin, allowed: 200},
	"GET /{channel}/api/overlay/example [only in this test]":  {who: Overlay, allowed: 200},
	"POST /{channel}/api/overlay/example [only in this test]": {who: Overlay, allowed: 204},
	"POST /api/operations/example [only in this test]":        {who: Admin, allowed: 200},
}

// identities are callers, and what they are on alice's channel.
type identity struct {
	name, key string
	known     bool          // somebody has the key
	role      registry.Role // on alice's channel; "" is a stranger
}

func (h *house) identities() []identity {
	h.Helper()
	k, revoked, err := h.store.CreateKey(h.Context(), registry.RoleOwner, h.alice.ID, "revoked", "test")
	require.NoError(h, err)
	require.NoError(h, h.store.RevokeKey(h.Context(), k.ID, "test"))
	return []identity{
		{name: "Nobody"},
		{name: "Garbage", key: "garbage"},
		{name: "LookAlike", key: h.aliceKey[:len(h.aliceKey)-1]},
		{name: "Revoked", key: revoked},
		{name: "Owner", key: h.aliceKey, known: true, role: registry.RoleOwner},
		{name: "Overlay", key: h.overlayKey, known: true, role: registry.RoleOverlay},
		{name: "Admin", key: h.adminKey, known: true, role: registry.RoleAdmin},
		{name: "OthersOwner", key: h.bobKey, known: true},
		{name: "OthersOverlay", key: h.key(registry.RoleOverlay, h.bob), known: true},
	}
}

// verdict is the status that a caller should get on alice's channel or the installation.
func (w row) verdict(r Route, as identity) int {
	switch {
	case w.who == Anyone || as.role == registry.RoleAdmin:
		return w.allowed
	case !as.known:
		return http.StatusUnauthorized
	case w.who == Admin || as.role == "":
		return http.StatusNotFound
	case as.role == registry.RoleOwner || w.who == Overlay && !r.Writes():
		return w.allowed
	}
	return http.StatusForbidden
}

func TestEveryRouteForEveryCaller(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, nil, examples()...)
	h.give(h.alice, "viewer", 1)
	nothing := h.get("/no/such/thing").body
	callers := h.identities()
	for _, r := range h.server.Routes() {
		w, known := expected[name(r)]
		require.True(t, known, "%s has no row: who may call it?", name(r))
		require.Equal(t, w.who, r.Who, name(r))
		for _, as := range callers {
			t.Run(name(r)+" "+as.name, func(t *testing.T) {
				h := h.in(t)
				h.cell(r, w, as, "alice", w.verdict(r, as), nothing)
				if r.OnChannel() {
					h.cell(r, w, as, "nobody", http.StatusNotFound, nothing)
				}
			})
		}
	}
	require.Len(t, expected, len(h.server.Routes()), "a row for a route that is gone")
}

// cell makes one call. A caller who may not gets the same answer however wrong the rest of
// the request is; whom nothing is shown gets the very body of an address that is not there.
func (h *house) cell(r Route, w row, as identity, channel string, want int, nothing string) {
	h.Helper()
	body, query := w.body, ""
	if want == 401 || want == 403 || want == 404 {
		body, query = "}", "?limit=nonsense"
	}
	path := strings.Replace(r.Path, "{channel}", channel, 1)
	if w.vars != nil {
		path = strings.NewReplacer(w.vars(h)...).Replace(path)
	}
	got := h.ask(r.Method, path+query, as.key, body)
	require.Equal(h, want, got.status, "%s %s: %s", r.Method, path, got.body)
	switch want {
	case 404:
		require.Equal(h, nothing, got.body)
	case 401:
		require.Equal(h, `Bearer realm="streamvault"`, got.header.Get("WWW-Authenticate"))
	}
}

func name(r Route) string {
	if strings.HasSuffix(r.Path, "/example") {
		return r.Method + " " + r.Path + " [only in this test]"
	}
	return r.Method + " " + r.Path
}
