package api

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"streamvault/api/kick"
	"streamvault/api/kickapp"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
	"streamvault/test/fakekick"
)

// gate is a server, with TLS as browsers want it for their cookies, that streamers enter
// through a fake Kick.
type gate struct {
	*house
	kick  *fakekick.Kick
	app   *kickapp.App
	later atomic.Int64 // what the server's clock is ahead of ours
}

func newGate(t testing.TB, change ...func(*Options)) *gate {
	t.Helper()
	g := &gate{house: &house{TB: t, log: new(lockedBuffer)}, kick: fakekick.New(t)}
	g.store = openStore(t)
	now := func() time.Time { return time.Now().Add(time.Duration(g.later.Load())) }
	log := zerolog.New(g.log)
	g.app = kickapp.New(kickapp.Options{ClientID: fakekick.ClientID, ClientSecret: fakekick.ClientSecret, IDURL: g.kick.URL, APIURL: g.kick.URL,
		Tokens: func(id scope.StreamerID) tenant.TokenStore { return g.store.Tenant(id) }, Log: log, Now: now, Timeout: time.Second, Webhooks: true})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, g.app.Close(ctx))
	})
	o := Options{Log: log, Kick: kick.Options{Chat: g.app, Log: log}, KickLogin: KickLogin{App: g.app, Now: now}}
	for _, c := range change {
		c(&o)
	}
	g.server = New(g.store, o)
	g.public = httptest.NewUnstartedServer(nil)
	g.public.Config = g.server.HTTPServer()
	g.public.StartTLS()
	t.Cleanup(g.public.Close)
	return g
}

// browser is one that keeps cookies and goes where it is led, until it comes to a dashboard.
type browser struct {
	*gate
	*http.Client
	jar *cookiejar.Jar
}

func (g *gate) browser() *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(g, err)
	return &browser{g, &http.Client{Jar: jar, Transport: g.public.Client().Transport, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/dashboard") {
			return http.ErrUseLastResponse
		}
		return nil
	}}, jar}
}

// visit opens an address as a browser does; path may be whole.
func (b *browser) visit(path string) reply {
	b.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.public.URL + path
	}
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
	require.NoError(b, err)
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	resp, err := b.Do(req)
	require.NoError(b, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(b, err)
	return reply{b.house.TB, resp.StatusCode, resp.Header, string(body)}
}

// signIn goes the whole way and returns where it ends: a dashboard's path.
func (b *browser) signIn() string {
	b.Helper()
	r := b.visit("/login/kick")
	require.Equal(b, 303, r.status, r.body)
	return r.header.Get("Location")
}

// stops goes the way until Kick sends the browser back, and returns that address unvisited.
func (b *browser) stops() *url.URL {
	b.Helper()
	last := b.CheckRedirect
	defer func() { b.CheckRedirect = last }()
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	r := b.visit("/login/kick")
	require.Equal(b, 302, r.status, r.body)
	u, err := url.Parse(r.header.Get("Location"))
	require.NoError(b, err)
	return u
}

// refused holds a page to what it should say.
func (r reply) refused(status int, code string) {
	r.Helper()
	require.Equal(r, status, r.status, r.body)
	require.Equal(r, "text/html; charset=utf-8", r.header.Get("Content-Type"))
	require.Contains(r, r.body, code)
	require.NotContains(r, r.body, "secret")
}

// noSecrets looks for what Kick gave out in the log.
func (g *gate) noSecrets() {
	g.Helper()
	log := g.log.String()
	for _, secret := range append(g.kick.Secrets(), "secret-of-kick") {
		require.NotContains(g, log, secret)
	}
}
