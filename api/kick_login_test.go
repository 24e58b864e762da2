package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/api/kick"
	"streamvault/test/fakekick"
)

// Who has never been here becomes a streamer, and whoever comes again is the same one.
func TestAStreamerSignsInWithKick(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := g.browser()
	require.Equal(t, "/alice/dashboard", b.signIn())
	s, err := g.store.StreamerByKickID(t.Context(), "77")
	require.NoError(t, err)
	require.Equal(t, "alice", s.Username)
	require.Equal(t, "Alice", s.DisplayName)
	require.Equal(t, "https://files.example/alice.webp", *s.AvatarURL)
	require.Equal(t, 200, b.visit("/alice/api/users").status, "the cookie opens the channel")
	require.Equal(t, 401, g.browser().visit("/alice/api/users").status)
	require.JSONEq(t, `{"admin":false,"channels":["alice"],"kick":true}`, b.visit("/login").body)
	token, err := g.store.Tenant(s.ID).Token(t.Context(), "kick")
	require.NoError(t, err)
	require.Contains(t, g.kick.Secrets(), token.AccessToken)
	require.Contains(t, g.kick.Secrets(), *token.RefreshToken)
	require.Equal(t, "user:read channel:read chat:write events:subscribe", *token.Scope)
	require.WithinDuration(t, time.Now().Add(2*time.Hour), token.ExpiresAt, time.Minute)
	require.Eventually(t, func() bool { return len(g.kick.Subscribed(77)) == len(kick.EventTypes()) }, time.Minute, time.Millisecond)
	require.ElementsMatch(t, kick.EventTypes(), g.kick.Subscribed(77))

	g.kick.Set(func(k *fakekick.Kick) { k.Who.Name = "Renamed" })
	require.Equal(t, "/alice/dashboard", b.signIn(), "found by his id")
	require.Equal(t, "/alice/dashboard", g.browser().signIn(), "from another browser")
	all, err := g.store.Streamers(t.Context(), 0, 10, "")
	require.NoError(t, err)
	require.Len(t, all, 1)
	newer, err := g.store.Tenant(s.ID).Token(t.Context(), "kick")
	require.NoError(t, err)
	require.NotEqual(t, token.AccessToken, newer.AccessToken)
	require.Eventually(t, func() bool { return g.kick.Asked("/public/v1/events/subscriptions") == 4 }, time.Minute, time.Millisecond)
	require.Len(t, g.kick.Subscribed(77), len(kick.EventTypes()), "nothing is subscribed twice")
	g.noSecrets()
}

func TestTheSignInCookieIsGuarded(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	r := g.get("/login/kick").ok(303, nil)
	cookie, err := http.ParseSetCookie(r.header.Get("Set-Cookie"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(cookie.Name, "__Host-"))
	require.True(t, cookie.HttpOnly && cookie.Secure && cookie.Path == "/" && cookie.SameSite == http.SameSiteLaxMode && cookie.Domain == "")
	require.Equal(t, 600, cookie.MaxAge)
	u, err := url.Parse(r.header.Get("Location"))
	require.NoError(t, err)
	require.Equal(t, g.kick.URL, u.Scheme+"://"+u.Host)
	require.Equal(t, g.public.URL+"/callback", u.Query().Get("redirect_uri"))
	require.NotContains(t, cookie.Value, u.Query().Get("state"))
	require.Equal(t, "no-store", r.header.Get("Cache-Control"))
	again, err := url.Parse(g.get("/login/kick").header.Get("Location"))
	require.NoError(t, err)
	for _, name := range []string{"state", "code_challenge"} {
		require.NotEqual(t, u.Query().Get(name), again.Query().Get(name))
	}
	g.ask("HEAD", "/login/kick", "", "").ok(405, nil)
	g.ask("POST", "/callback", "", "").problem(405, "method_not_allowed")
}

func TestASignInThatIsNotItsBrowsersIsRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(b *browser, back *url.URL) *browser{
		"WrongState": func(b *browser, back *url.URL) *browser { change(back, "state", "ANOTHER"); return b },
		"NoState":    func(b *browser, back *url.URL) *browser { change(back, "state", ""); return b },
		"OtherBrowser": func(b *browser, _ *url.URL) *browser {
			other := b.browser()
			other.stops()
			return other
		},
		"NoCookie": func(b *browser, _ *url.URL) *browser { return b.browser() },
		"Late": func(b *browser, _ *url.URL) *browser {
			b.later.Add(int64(10 * time.Minute))
			return b
		},
		"ForgedCookie": func(b *browser, back *url.URL) *browser {
			forger := b.browser()
			forger.jar.SetCookies(back, []*http.Cookie{{Name: loginCookie, Value: strings.Repeat("A", 200), Secure: true, Path: "/"}})
			return forger
		},
		"BegunAnew": func(b *browser, _ *url.URL) *browser { b.stops(); return b },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			b := g.browser()
			back := b.stops()
			b = spoil(b, back)
			b.visit(back.String()).refused(400, "login_expired")
			require.Zero(t, g.kick.Asked("/oauth/token"), "Kick is not asked")
			all, err := g.store.Streamers(t.Context(), 0, 10, "")
			require.NoError(t, err)
			require.Empty(t, all)
			g.noSecrets()
		})
	}
}

func change(u *url.URL, name, value string) {
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
}

// A sign-in counts once, also for somebody who has kept the cookie.
func TestAStateIsUsedOnce(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := g.browser()
	back := b.stops()
	kept := b.jar.Cookies(back)
	require.Equal(t, 303, b.visit(back.String()).status)
	b.visit(back.String()).refused(400, "login_expired")
	thief := g.browser()
	for _, c := range kept {
		c.Secure, c.Path = true, "/"
	}
	thief.jar.SetCookies(back, kept)
	thief.visit(back.String()).refused(400, "login_expired")
	require.Equal(t, 1, g.kick.Asked("/oauth/token"))
	g.noSecrets()
}

func TestWhyThereIsNoCode(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for why, code := range map[string]string{"access_denied": "login_denied", "server_error": "kick_unavailable",
		"invalid_scope": "kick_login_misconfigured", "<b>": "kick_login_misconfigured"} {
		b := g.browser()
		back := b.stops()
		change(back, "error", why)
		change(back, "code", "")
		r := b.visit(back.String())
		require.Contains(t, r.body, code)
		require.NotContains(t, r.body, "<b>")
	}
	b := g.browser()
	back := b.stops()
	change(back, "code", "")
	b.visit(back.String()).refused(400, "login_refused")
	require.Zero(t, g.kick.Asked("/oauth/token"))
}

// The fake Kick checks the challenge: one's code does not open with another's secret.
func TestACodeOpensWithItsOwnVerifierOnly(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b, other := g.browser(), g.browser()
	back, stolen := b.stops(), other.stops()
	change(back, "code", stolen.Query().Get("code"))
	b.visit(back.String()).refused(400, "login_refused")
	require.Equal(t, 1, g.kick.Asked("/oauth/token"))
	g.noSecrets()
}

func TestKickSaysNo(t *testing.T) {
	t.Parallel()
	const token, users = "/oauth/token", "/public/v1/users"
	for name, c := range map[string]struct {
		status int
		code   string
		spoil  func(*fakekick.Kick)
	}{
		"Denied":       {403, "login_denied", func(k *fakekick.Kick) { k.Denies = true }},
		"ExpiredCode":  {400, "login_refused", func(k *fakekick.Kick) { k.Fail[token] = fakekick.Status(400) }},
		"WrongClient":  {400, "login_refused", func(k *fakekick.Kick) { k.Fail[token] = fakekick.Status(401) }},
		"Down":         {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[token] = fakekick.Status(502) }},
		"Busy":         {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[token] = fakekick.Status(429) }},
		"Elsewhere":    {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[token] = fakekick.Status(302) }},
		"Garbage":      {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[token] = fakekick.Garbage }},
		"Broken":       {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[token] = fakekick.Broken }},
		"Slow":         {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[token] = fakekick.Slow }},
		"EmptyToken":   {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[token] = says(`{"access_token":"","expires_in":5}`) }},
		"LineInToken":  {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[token] = says(`{"access_token":"a\nb","expires_in":5}`) }},
		"NoLife":       {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[token] = says(`{"access_token":"secret-of-kick"}`) }},
		"BadLife":      {503, "kick_unavailable", func(k *fakekick.Kick) { k.ExpiresIn = `"soon"` }},
		"NegativeLife": {503, "kick_unavailable", func(k *fakekick.Kick) { k.ExpiresIn = `-5` }},
		"UserDown":     {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[users] = fakekick.Status(500) }},
		"UserRefused":  {400, "login_refused", func(k *fakekick.Kick) { k.Granted = "chat:write" }},
		"Nobody":       {503, "kick_unavailable", func(k *fakekick.Kick) { k.Fail[users] = says(`{"data":[]}`) }},
		"Two": {503, "kick_unavailable", func(k *fakekick.Kick) {
			k.Fail[users] = says(`{"data":[{"user_id":1,"name":"a"},{"user_id":2,"name":"b"}]}`)
		}},
		"NoID":          {503, "kick_unavailable", func(k *fakekick.Kick) { k.Who.ID = 0 }},
		"NoName":        {503, "kick_unavailable", func(k *fakekick.Kick) { k.Who.Name = "" }},
		"ControlInName": {503, "kick_unavailable", func(k *fakekick.Kick) { k.Who.Name = "a\x00b" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			g.kick.Set(c.spoil)
			g.browser().visit("/login/kick").refused(c.status, c.code)
			all, err := g.store.Streamers(t.Context(), 0, 10, "")
			require.NoError(t, err)
			require.Empty(t, all)
			g.noSecrets()
		})
	}
}

func says(body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte(body))
		return true
	}
}

func TestWhatKickMaySayInTwoWays(t *testing.T) {
	t.Parallel()
	for name, life := range map[string]string{"Number": `7200`, "Text": `"7200"`, "Fraction": `7200.0`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			g.kick.ExpiresIn = life
			require.Equal(t, "/alice/dashboard", g.browser().signIn())
			s, err := g.store.StreamerByName(t.Context(), "alice")
			require.NoError(t, err)
			info, err := g.store.Tenant(s.ID).TokenInfo(t.Context(), "kick")
			require.NoError(t, err)
			require.WithinDuration(t, time.Now().Add(2*time.Hour), info.ExpiresAt, time.Minute)
		})
	}
}

func TestWithoutAnApplicationNobodySignsInWithKick(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.get("/login/kick").problem(503, "kick_login_disabled")
	h.get("/callback?code=x&state=y").problem(503, "kick_login_disabled")
	h.ask("GET", "/login/kick", "", "", "Accept", "text/html").refused(503, "kick_login_disabled")
}

// Whatever a browser brings along, it is led to Kick or to a dashboard here.
func TestNobodyIsLedElsewhere(t *testing.T) {
	t.Parallel()
	g := newGate(t, func(o *Options) { o.KickLogin.PublicURL = "https://vault.example" })
	for _, path := range []string{"/login/kick?next=https://evil.example", "/login/kick?redirect_uri=https://evil.example", "/login/kick?state=x"} {
		u, err := url.Parse(g.ask("GET", path, "", "", "X-Forwarded-Host", "evil.example").ok(303, nil).header.Get("Location"))
		require.NoError(t, err)
		require.Equal(t, g.kick.URL, u.Scheme+"://"+u.Host)
		require.Equal(t, "https://vault.example/callback", u.Query().Get("redirect_uri"))
		require.NotContains(t, u.String(), "evil")
	}
	g.get("/callback?code=a&code=b&state=c").problem(400, "invalid_request")
	g.get("/callback?code=%00&state=c").problem(400, "invalid_request")
	g.get("/callback?error=%3Cscript%3E&state=c").problem(400, "login_expired")
	g.get("/callback").problem(400, "login_expired")
}
