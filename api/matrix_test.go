package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
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
	aJob = func(h *house) []string { // that has ended
		h.Helper()
		j, err := h.store.CreateJob(h.Context(), registry.NewJob{Kind: "plan", Actor: "test"})
		require.NoError(h, err)
		_, err = h.store.EndJob(h.Context(), j.ID, registry.JobDone, nil, "test")
		require.NoError(h, err)
		return []string{"{id}", strconv.FormatInt(j.ID, 10)}
	}
	aBackup = func(h *house) []string {
		h.Helper()
		b, err := h.store.CreateBackup(h.Context(), shard.BackupRequest{Streamer: h.alice.ID, Actor: "test"})
		require.NoError(h, err)
		return []string{"{id}", strconv.FormatInt(b.ID, 10)}
	}
	alice     = func(*house) []string { return []string{"{name}", "alice"} }
	aStreamer = func(h *house) []string {
		h.Helper()
		s, _, err := h.store.CreateStreamer(h.Context(), registry.NewStreamer{Username: fmt.Sprint("victim", h.serial.Add(1)), Actor: "test"})
		require.NoError(h, err)
		return []string{"{name}", s.Username}
	}
	aCode = func(*house) []string {
		return []string{"{username}", "viewer", "{code}", "WRONG1", "{key}", "none"}
	}
	anAsset   = func(*house) []string { return []string{"{file}", "core.js"} }
	anyLayout = func(*house) []string { return []string{"{layout}", "Main%20stage"} } // a page holds no data
	aPowerup  = func(*house) []string { return []string{"{id}", "shield"} }
	anUpload  = made(func(h *house, s shard.TenantStore) (any, error) {
		u, err := s.SaveUpload(h.Context(), "viewer", "image/png", []byte("x"), nil)
		return u.ID, err
	})
	aLayout = made(func(h *house, s shard.TenantStore) (any, error) {
		one := fmt.Sprint(h.serial.Add(1))
		l, err := s.CreateLayout(h.Context(), tenant.NewLayout{Name: one, JSON: []byte(`{}`)})
		if errors.Is(err, tenant.ErrNoRoom) { // hundreds were asked for
			all, err := s.Layouts(h.Context())
			return all[0].ID, err
		}
		h.Cleanup(func() { _ = s.DeleteLayout(context.Background(), l.ID) })
		return l.ID, err
	})
	aTip = made(func(h *house, s shard.TenantStore) (any, error) {
		tip, err := s.CreateTip(h.Context(), "tip", true)
		return tip.ID, err
	})
	aGoal = made(func(h *house, s shard.TenantStore) (any, error) {
		g, err := s.SetGoal(h.Context(), tenant.Goal{ID: tenant.GoalID(fmt.Sprint("g", h.serial.Add(1))), Label: "l"})
		return g.ID, err
	})
	aToken = func(h *house) []string {
		h.Helper()
		name := fmt.Sprint("p", h.serial.Add(1))
		require.NoError(h, h.store.Tenant(h.alice.ID).SaveToken(h.Context(), tenant.Token{Provider: name, AccessToken: "a", ExpiresAt: time.Unix(1, 0)}))
		return []string{"{provider}", name}
	}
)

// made is a thing of alice's, new for each call.
func made(make func(*house, shard.TenantStore) (any, error)) func(*house) []string {
	return func(h *house) []string {
		h.Helper()
		id, err := make(h, h.store.Tenant(h.alice.ID))
		require.NoError(h, err)
		return []string{"{id}", fmt.Sprint(id)}
	}
}

// identities are callers, and what they are on alice's channel.
type identity struct {
	name, key string
	known     bool          // somebody has the key
	viewer    string        // whose session it is, on alice's channel
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
		{name: "Viewer", key: h.session(h.alice, "viewer"), known: true, viewer: "viewer"},
		{name: "OtherViewer", key: h.session(h.alice, "somebody"), known: true, viewer: "somebody"},
		{name: "OthersViewer", key: h.session(h.bob, "viewer")},
		{name: "Overlay", key: h.overlayKey, known: true, role: registry.RoleOverlay},
		{name: "Admin", key: h.adminKey, known: true, role: registry.RoleAdmin},
		{name: "OthersOwner", key: h.bobKey, known: true},
		{name: "OthersOverlay", key: h.key(registry.RoleOverlay, h.bob), known: true},
	}
}

// verdict is the status that a caller should get on alice's channel or the installation.
func (w row) verdict(r Route, as identity) int {
	switch {
	case r.Local:
		return http.StatusNotFound
	case w.who == Anyone || as.role == registry.RoleAdmin:
		return w.allowed
	case !as.known:
		return http.StatusUnauthorized
	case as.viewer != "" && !r.OnChannel():
		return http.StatusUnauthorized // no streamer's key
	case as.viewer != "":
		return w.viewers(r, as)
	case w.who == Admin || as.role == "":
		return http.StatusNotFound
	case as.role == registry.RoleOwner || w.who == Overlay && !r.Writes():
		return w.allowed
	}
	return http.StatusForbidden
}

// viewers is the status for a session of alice's channel.
func (w row) viewers(r Route, as identity) int {
	switch {
	case w.who != Viewer:
		return http.StatusForbidden
	case as.viewer != "viewer" && strings.Contains(r.Path, "{username}"):
		return http.StatusNotFound
	case r.Path == "/{channel}/api/session" && r.Writes():
		return http.StatusNoContent // his own
	}
	return w.allowed
}

func TestEveryRouteForEveryCaller(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, nil, examples()...)
	h.give(h.alice, "viewer", 1)
	nothing := h.get("/no/such/thing").body
	for _, r := range h.server.Routes() {
		w, known := expected[name(r)]
		require.True(t, known, "%s has no row: who may call it?", name(r))
		require.Equal(t, w.who, r.Who, name(r))
		for _, as := range h.identities() {
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
	var from []string
	if r.Loopback { // the test is on this machine
		from = []string{"X-Forwarded-For", "192.0.2.1"}
	}
	got := h.ask(r.Method, path+query, as.key, body, from...)
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
