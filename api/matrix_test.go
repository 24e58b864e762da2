package api

import (
	"context"
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
	alice = func(*house) []string { return []string{"{name}", "alice"} }
	aCode = func(*house) []string {
		return []string{"{username}", "viewer", "{code}", "WRONG1", "{key}", "none"}
	}
	aPowerup = func(*house) []string { return []string{"{id}", "shield"} }
	anUpload = made(func(h *house, s shard.TenantStore) (any, error) {
		u, err := s.SaveUpload(h.Context(), "viewer", "image/png", []byte("x"), nil)
		return u.ID, err
	})
	aLayout = made(func(h *house, s shard.TenantStore) (any, error) {
		one := fmt.Sprint(h.serial.Add(1))
		l, err := s.CreateLayout(h.Context(), tenant.NewLayout{Name: one, JSON: []byte(`{}`)})
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
	"GET /{channel}/api/goals":                                {who: Anyone, allowed: 200},
	"GET /{channel}/api/tips":                                 {who: Anyone, allowed: 200},
	"GET /{channel}/api/powerups":                             {who: Anyone, allowed: 200},
	"GET /{channel}/api/powerups/{username}":                  {who: Anyone, allowed: 200, vars: viewer},
	"GET /{channel}/api/theme":                                {who: Anyone, allowed: 200},
	"GET /{channel}/api/commands":                             {who: Anyone, allowed: 200},
	"GET /{channel}/api/dropgame/config":                      {who: Anyone, allowed: 200},
	"POST /{channel}/api/verify/generate/{username}":          {who: Anyone, allowed: 200, vars: viewer},
	"GET /{channel}/api/verify/check/{username}/{code}":       {who: Anyone, allowed: 404, vars: aCode},
	"GET /{channel}/api/uploads/{id}":                         {who: Anyone, allowed: 200, vars: anUpload},
	"GET /{channel}/api/overlay/settings":                     {who: Overlay, allowed: 200},
	"GET /{channel}/api/overlay/layout":                       {who: Overlay, allowed: 200},
	"GET /{channel}/api/overlay/layouts":                      {who: Overlay, allowed: 200},
	"GET /{channel}/api/overlay/layouts/{id}":                 {who: Overlay, allowed: 200, vars: aLayout},
	"GET /{channel}/api/events/last":                          {who: Overlay, allowed: 200},
	"GET /{channel}/api/profile/{username}":                   {who: Viewer, allowed: 200, vars: viewer},
	"POST /{channel}/api/profile/{username}":                  {who: Viewer, allowed: 200, vars: viewer, body: `{}`},
	"POST /{channel}/api/powerups/{username}/buy":             {who: Viewer, allowed: 409, vars: viewer, body: `{"powerupId":"ghost"}`},
	"GET /{channel}/api/powerups/{username}/purchases":        {who: Viewer, allowed: 200, vars: viewer},
	"POST /{channel}/api/upload/{username}":                   {who: Viewer, allowed: 400, vars: viewer, body: `no picture`},
	"GET /{channel}/api/session":                              {who: Viewer, allowed: 200},
	"DELETE /{channel}/api/session":                           {who: Viewer, allowed: 404},
	"POST /{channel}/api/powerups/{username}/use":             {who: Owner, allowed: 400, vars: viewer, body: `{}`},
	"POST /{channel}/api/powerups/{username}/give":            {who: Owner, allowed: 200, vars: viewer, body: `{"powerupId":"ghost","quantity":1}`},
	"POST /{channel}/api/dropgame/score":                      {who: Owner, allowed: 200, body: `{"username":"viewer","score":1}`},
	"GET /{channel}/api/drops":                                {who: Owner, allowed: 200},
	"POST /{channel}/api/verify/confirm":                      {who: Owner, allowed: 400, body: `{}`},
	"GET /{channel}/api/status":                               {who: Owner, allowed: 200},
	"PUT /{channel}/api/status":                               {who: Owner, allowed: 200, body: `{"live":true}`},
	"GET /{channel}/api/users/{id}/export":                    {who: Owner, allowed: 200, vars: aUser},
	"POST /{channel}/api/users/{id}/erase":                    {who: Owner, allowed: 204, vars: aUser},
	"POST /{channel}/api/overlay/layouts":                     {who: Owner, allowed: 400, body: `{"name":"","layout":{}}`},
	"PATCH /{channel}/api/overlay/layouts/{id}":               {who: Owner, allowed: 200, vars: aLayout, body: `{}`},
	"DELETE /{channel}/api/overlay/layouts/{id}":              {who: Owner, allowed: 204, vars: aLayout},
	"GET /{channel}/api/admin/dropgame":                       {who: Owner, allowed: 200},
	"PUT /{channel}/api/admin/dropgame":                       {who: Owner, allowed: 200, body: `{}`},
	"DELETE /{channel}/api/admin/dropgame":                    {who: Owner, allowed: 200},
	"GET /{channel}/api/admin/settings":                       {who: Owner, allowed: 200},
	"PUT /{channel}/api/admin/settings":                       {who: Owner, allowed: 200, body: `{"key":"k","value":"v"}`},
	"DELETE /{channel}/api/admin/settings/{key}":              {who: Owner, allowed: 404, vars: aCode},
	"GET /{channel}/api/admin/theme":                          {who: Owner, allowed: 200},
	"PUT /{channel}/api/admin/theme":                          {who: Owner, allowed: 200, body: `{}`},
	"GET /{channel}/api/admin/overlay/layout":                 {who: Owner, allowed: 200},
	"PUT /{channel}/api/admin/overlay/layout":                 {who: Owner, allowed: 200, body: `{}`},
	"GET /{channel}/api/admin/powerups":                       {who: Owner, allowed: 200},
	"PUT /{channel}/api/admin/powerups/{id}":                  {who: Owner, allowed: 200, vars: aPowerup, body: `{"name":"n","description":"d","cost":1}`},
	"DELETE /{channel}/api/admin/powerups/{id}":               {who: Owner, allowed: 200, vars: aPowerup},
	"GET /{channel}/api/admin/users":                          {who: Owner, allowed: 200},
	"PUT /{channel}/api/admin/users/{id}":                     {who: Owner, allowed: 200, vars: aUser, body: `{}`},
	"DELETE /{channel}/api/admin/users/{id}":                  {who: Owner, allowed: 200, vars: aUser},
	"GET /{channel}/api/admin/tips":                           {who: Owner, allowed: 200},
	"POST /{channel}/api/admin/tips":                          {who: Owner, allowed: 201, body: `{"content":"c"}`},
	"PUT /{channel}/api/admin/tips":                           {who: Owner, allowed: 200, body: `{"ids":[]}`},
	"PUT /{channel}/api/admin/tips/{id}":                      {who: Owner, allowed: 200, vars: aTip, body: `{}`},
	"DELETE /{channel}/api/admin/tips/{id}":                   {who: Owner, allowed: 204, vars: aTip},
	"GET /{channel}/api/admin/goals":                          {who: Owner, allowed: 200},
	"POST /{channel}/api/admin/goals":                         {who: Owner, allowed: 201, body: `{"id":"g","label":"l","target":1}`},
	"PUT /{channel}/api/admin/goals/{id}":                     {who: Owner, allowed: 200, vars: aGoal, body: `{"label":"l","target":1}`},
	"POST /{channel}/api/admin/goals/{id}/progress":           {who: Owner, allowed: 200, vars: aGoal, body: `{"by":1}`},
	"DELETE /{channel}/api/admin/goals/{id}":                  {who: Owner, allowed: 204, vars: aGoal},
	"GET /{channel}/api/admin/tokens/{provider}":              {who: Owner, allowed: 200, vars: aToken},
	"PUT /{channel}/api/admin/tokens/{provider}":              {who: Owner, allowed: 200, vars: aToken, body: `{"accessToken":"a","expiresAt":"2030-01-01T00:00:00Z"}`},
	"DELETE /{channel}/api/admin/tokens/{provider}":           {who: Owner, allowed: 204, vars: aToken},
	"GET /{channel}/api/admin/rejects":                        {who: Owner, allowed: 200},
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
	"POST /webhooks/kick":                                     {who: Anyone, allowed: 503, body: `{}`},
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
