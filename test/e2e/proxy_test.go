package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"streamvault/test/fixtures"
	"streamvault/test/program"
)

// prefixing is how the old overlay is served against us: a proxy that puts the channel before
// its addresses and adds a key.
func (p *process) prefixing(t *testing.T, key string) program.Client {
	t.Helper()
	to, err := url.Parse(p.URL)
	require.NoError(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.URL.Path, r.Out.URL.RawPath = "/codingbutter"+r.In.URL.Path, ""
		r.Out.Header.Set("Authorization", "Bearer "+key)
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		r.SetXForwarded()
	}})
	t.Cleanup(proxy.Close)
	return program.Client{URL: proxy.URL, Web: proxy.Client()}
}

// polled is what the old overlay asks for, and the case that recorded what it got.
var polled = map[string]string{
	"/api/tips": "get-tips", "/api/leaderboard": "get-leaderboard", "/api/theme": "get-theme", "/api/overlay/settings": "get-overlay-settings",
	"/api/overlay/layout": "get-overlay-layout", "/api/powerups": "get-powerups", "/api/events/last": "get-events-last",
	"/api/dropgame/config": "get-dropgame-config",
}

func TestTheOldOverlayThroughAPrefixingProxy(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var report struct{ Status string }
	h.JSON(&report, "legacy", "import", "--from", fixtures.Copy(t, "contract/start.db"))
	require.Equal(t, "imported", report.Status)
	var overlay struct{ Key string }
	h.JSON(&overlay, "key", "create", "--streamer", "codingbutter", "--role", "overlay")
	p := h.serve("--trust-proxy", "127.0.0.1")
	proxy := p.prefixing(t, overlay.Key)
	for at, recorded := range polled {
		t.Run(recorded, func(t *testing.T) {
			var c struct {
				Steps []struct {
					Response struct{ JSON json.RawMessage }
				}
			}
			fixtures.JSON(t, "contract/cases/"+recorded+".json", &c)
			resp, body := fetched(t, proxy, "GET", at)
			require.Equal(t, 200, resp.StatusCode, body)
			require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
			require.JSONEq(t, string(c.Steps[0].Response.JSON), body)
			again, body := fetched(t, proxy, "GET", at, "If-None-Match", resp.Header.Get("ETag"))
			require.Equal(t, http.StatusNotModified, again.StatusCode)
			require.Empty(t, body)
			head, _ := fetched(t, proxy, "HEAD", at)
			require.Equal(t, 200, head.StatusCode)
			require.Equal(t, resp.Header.Get("ETag"), head.Header.Get("ETag"))
			other, _ := fetched(t, proxy, "GET", at, "Origin", "http://obs.example")
			require.Equal(t, "*", other.Header.Get("Access-Control-Allow-Origin"))
		})
	}
	_, goals := fetched(t, proxy, "GET", "/api/goals")
	require.JSONEq(t, `{"followers":{"current":1,"target":100},"subscribers":{"current":3,"target":50}}`, goals)
	_, commands := fetched(t, proxy, "GET", "/api/commands")
	require.Contains(t, commands, `{"name":"!points","cooldown":5000,`)
	resp, _ := fetched(t, proxy, "POST", "/api/dropgame/score")
	require.Equal(t, http.StatusForbidden, resp.StatusCode, "an overlay key reads only")
	p.changesArrive(t, proxy)
	p.guessersAreToldApart(t, proxy)
}

// changesArrive follows the channel through the proxy.
func (p *process) changesArrive(t *testing.T, proxy program.Client) {
	t.Helper()
	conn, resp, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(proxy.URL, "http")+"/api/events", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	_, snapshot, err := conn.Read(t.Context())
	require.NoError(t, err)
	require.Contains(t, string(snapshot), `"type":"snapshot"`)
	r, err := p.Control().HTTP("POST", "/codingbutter/api/points/alice", "", `{"amount":1,"source":"chat"}`)
	require.NoError(t, err)
	require.Equal(t, 200, r.Status, r.Body)
	_, change, err := conn.Read(t.Context())
	require.NoError(t, err)
	require.Contains(t, string(change), `"number"`)
}

// guessersAreToldApart: who guesses codes is stopped, and nobody else behind the same proxy is.
func (p *process) guessersAreToldApart(t *testing.T, proxy program.Client) {
	t.Helper()
	guess := func(from string) *http.Response {
		resp, _ := fetched(t, proxy, "GET", "/api/verify/check/carol/AAAAAA", "X-Forwarded-For", from)
		return resp
	}
	begun, refused := time.Now(), false
	for i := 0; !refused; i++ {
		resp := guess("203.0.113.7")
		refused = resp.StatusCode == http.StatusTooManyRequests
		require.Contains(t, []int{404, 429}, resp.StatusCode)
		if refused {
			require.NotEmpty(t, resp.Header.Get("Retry-After"))
			require.GreaterOrEqual(t, i, 20, "that many are promised")
		}
		require.Less(t, i, 100+int(time.Since(begun)/time.Second), "nobody stops him")
	}
	require.Equal(t, 404, guess("203.0.113.8").StatusCode)
}

// fetched asks once, without unpacking or following anything.
func fetched(t *testing.T, c program.Client, method, at string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+at, http.NoBody)
	require.NoError(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Web.Transport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err, fmt.Sprint(method, " ", at))
	return resp, string(body)
}
