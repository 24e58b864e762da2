package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

// send is a request as a browser would send it.
func (h *house) send(method, path, body string, headers ...string) *http.Response {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), method, h.public.URL+path, strings.NewReader(body))
	require.NoError(h, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(h, err)
	require.NoError(h, resp.Body.Close())
	return resp
}

func (h *house) signIn(key string, headers ...string) (status int, cookie *http.Cookie) {
	h.Helper()
	resp := h.send("POST", "/login", `{"key":"`+key+`"}`, headers...)
	if cookies := resp.Cookies(); len(cookies) > 0 {
		cookie = cookies[0]
	}
	return resp.StatusCode, cookie
}

func TestAPageSignsIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	status, cookie := h.signIn(h.aliceKey)
	require.Equal(t, 200, status)
	require.True(t, strings.HasPrefix(cookie.Name, "__Host-sv_"))
	require.True(t, cookie.HttpOnly && cookie.Secure && cookie.Path == "/" && cookie.SameSite == http.SameSiteLaxMode && cookie.Domain == "")
	header := cookie.Name + "=" + cookie.Value
	require.Equal(t, 200, h.send("GET", "/alice/api/users", "", "Cookie", header).StatusCode)
	require.Equal(t, 200, h.send("PUT", "/alice/api/status", `{"live":true}`, "Cookie", header).StatusCode)
	require.Equal(t, 401, h.send("GET", "/bob/api/users", "", "Cookie", header).StatusCode, "a cookie is for one channel")
	require.Equal(t, 401, h.send("GET", "/bob/api/users", "", "Cookie", strings.Replace(header, cookie.Name, cookieName(h.bob), 1)).StatusCode, "under any name")
	require.Equal(t, 401, h.send("GET", "/api/streamers", "", "Cookie", header).StatusCode)
	require.Equal(t, 401, h.send("GET", "/alice/api/users", "", "Authorization", "Bearer none", "Cookie", header).StatusCode, "a key that is sent counts")
	require.NotContains(t, h.log.String(), cookie.Value)

	_, again := h.signIn(h.aliceKey, "Cookie", header)
	require.NotEqual(t, cookie.Value, again.Value)
	require.Equal(t, 401, h.send("GET", "/alice/api/users", "", "Cookie", header).StatusCode, "the older token has ended")
	header = again.Name + "=" + again.Value
	out := h.send("POST", "/logout", "", "Cookie", header)
	require.Equal(t, 204, out.StatusCode)
	require.Negative(t, out.Cookies()[0].MaxAge)
	require.Equal(t, 401, h.send("GET", "/alice/api/users", "", "Cookie", header).StatusCode)
}

// A sign-in is never more than the key that it was begun with, and other keys' are their own.
func TestASignInEndsWithItsKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	k, secret, err := h.store.CreateKey(t.Context(), registry.RoleOwner, h.alice.ID, "laptop", "test")
	require.NoError(t, err)
	_, other := h.signIn(h.aliceKey)
	path := fmt.Sprint("/alice/api/keys/", k.ID)
	for _, end := range []struct{ method, path string }{{"POST", path + "/rotate"}, {"DELETE", path}} {
		_, cookie := h.signIn(secret)
		header := cookie.Name + "=" + cookie.Value
		require.Equal(t, 200, h.send("GET", "/alice/api/users", "", "Cookie", header).StatusCode)
		var next struct{ Key string }
		got := h.ask(end.method, end.path, h.aliceKey, "")
		require.Less(t, got.status, 300, got.body)
		if got.body != "" {
			got.ok(200, &next)
			secret = next.Key
		}
		require.Equal(t, 401, h.send("GET", "/alice/api/users", "", "Cookie", header).StatusCode, end.path)
	}
	require.Equal(t, 200, h.send("GET", "/alice/api/users", "", "Cookie", other.Name+"="+other.Value).StatusCode)
}

func TestOnlyOwnersAndOperatorsSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, key := range []string{h.overlayKey, h.session(h.alice, "viewer"), "sv_owner_guess", "sv_admin_guess", ""} {
		status, cookie := h.signIn(key)
		require.Equal(t, 401, status)
		require.Nil(t, cookie)
	}
}

// What another site has a browser send is not done, whatever cookie comes along.
func TestAnotherSiteCannotActForAStreamer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, cookie := h.signIn(h.aliceKey)
	header := cookie.Name + "=" + cookie.Value
	for _, evil := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		sent := append([]string{"Cookie", header}, evil...)
		require.Equal(t, 403, h.send("PUT", "/alice/api/status", `{"live":true}`, sent...).StatusCode)
		require.Equal(t, 403, h.send("POST", "/logout", "", sent...).StatusCode)
		status, _ := h.signIn(h.aliceKey, evil...)
		require.Equal(t, 403, status)
	}
	require.Equal(t, 403, h.send("GET", "/alice/api/events", "", "Cookie", header, "Origin", "https://evil.example").StatusCode)
	require.Equal(t, 426, h.send("GET", "/alice/api/events", "", "Cookie", header, "Origin", h.public.URL).StatusCode)
	require.Equal(t, 200, h.send("PUT", "/alice/api/status", `{"live":true}`, "Cookie", header, "Sec-Fetch-Site", "same-origin").StatusCode)
}

// An operator's cookie opens what his admin key opens, everywhere, and ends with it.
func TestAnOperatorSignsIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	k, key, err := h.store.CreateKey(h.Context(), registry.RoleAdmin, 0, "console", "test")
	require.NoError(t, err)
	status, cookie := h.signIn(key)
	require.Equal(t, 200, status)
	require.Equal(t, "__Host-sv_admin", cookie.Name)
	require.True(t, cookie.HttpOnly && cookie.Secure && cookie.Path == "/" && cookie.SameSite == http.SameSiteLaxMode && cookie.Domain == "")
	header := cookie.Name + "=" + cookie.Value
	for _, path := range []string{"/api/streamers", "/api/audit", "/alice/api/users", "/bob/api/users", "/alice/api/overlay/settings"} {
		require.Equal(t, 200, h.send("GET", path, "", "Cookie", header).StatusCode, path)
	}
	require.Equal(t, 404, h.send("GET", "/nobody/api/users", "", "Cookie", header).StatusCode)
	require.Equal(t, 403, h.send("POST", "/api/keys", `{"role":"admin"}`, "Cookie", header, "Origin", "https://evil.example").StatusCode)
	require.Equal(t, 401, h.send("GET", "/api/streamers", "", "Cookie", strings.Replace(header, "_admin", "_1", 1)).StatusCode, "under its name only")
	require.NotContains(t, h.log.String(), cookie.Value)

	_, again := h.signIn(key, "Cookie", header)
	require.Equal(t, 401, h.send("GET", "/api/streamers", "", "Cookie", header).StatusCode, "the older token has ended")
	header = again.Name + "=" + again.Value
	require.NoError(t, h.store.RevokeKey(t.Context(), k.ID, "test"))
	require.Equal(t, 401, h.send("GET", "/api/streamers", "", "Cookie", header).StatusCode, "the key is withdrawn")
	require.Equal(t, 401, h.send("GET", "/alice/api/users", "", "Cookie", header).StatusCode)
	require.Equal(t, 204, h.send("POST", "/logout", "", "Cookie", header).StatusCode)
}

// Who is signed in is asked without an error, and told from the cookies alone.
func TestWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, a := h.signIn(h.aliceKey)
	_, b := h.signIn(h.bobKey)
	_, admin := h.signIn(h.adminKey)
	pair := func(c *http.Cookie) string { return c.Name + "=" + c.Value }
	for cookies, want := range map[string]string{
		"":                              `{"admin":false,"channels":[],"kick":false}`,
		pair(a):                         `{"admin":false,"channels":["alice"],"kick":false}`,
		pair(a) + "; " + pair(b):        `{"admin":false,"channels":["alice","bob"],"kick":false}`,
		pair(admin) + "; " + pair(a):    `{"admin":true,"channels":["alice"],"kick":false}`,
		a.Name + "=" + b.Value:          `{"admin":false,"channels":[],"kick":false}`,
		"__Host-sv_admin=" + a.Value:    `{"admin":false,"channels":[],"kick":false}`,
		"__Host-sv_99=x; __Host-sv_x=y": `{"admin":false,"channels":[],"kick":false}`,
	} {
		r := h.ask("GET", "/login", "", "", "Cookie", cookies).ok(200, nil)
		require.JSONEq(t, want, r.body, cookies)
	}
	out := h.send("POST", "/logout", "", "Cookie", pair(admin)+"; "+pair(a))
	require.Len(t, out.Cookies(), 2)
	require.Equal(t, 401, h.send("GET", "/api/streamers", "", "Cookie", pair(admin)).StatusCode)
}
