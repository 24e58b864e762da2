package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMethods(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "ann", 5)
	get, head := h.get("/alice/api/leaderboard").ok(200, nil), h.ask("HEAD", "/alice/api/leaderboard", "", "").ok(200, nil)
	require.Empty(t, head.body)
	for _, name := range []string{"Content-Type", "Content-Length", "ETag"} {
		require.Equal(t, get.header.Get(name), head.header.Get(name), name)
		require.NotEmpty(t, get.header.Get(name), name)
	}
	require.Equal(t, 401, h.ask("HEAD", "/alice/api/users", "", "").status)
	for path, allow := range map[string]string{
		"/alice/api/leaderboard": "GET, HEAD", "/alice/api/users": "GET, HEAD, POST", "/alice/api/users/1": "DELETE, GET, HEAD, PATCH",
		"/alice/api/points/ann": "POST", "/healthz": "GET, HEAD", "/nobody/api/leaderboard": "GET, HEAD",
		"/alice/api/verify/check/ann/CODE34": "GET", // which may use the code up
	} {
		for _, method := range []string{"PUT", "OPTIONS", "TRACE", "BREW"} {
			r := h.ask(method, path, "", "")
			r.problem(405, "method_not_allowed")
			require.Equal(t, allow, r.header.Get("Allow"))
		}
	}
	for _, path := range []string{"//", "/nope", "/alice", "/alice/api", "/alice/api/nope", "/alice/api/leaderboard/", "//alice/api/leaderboard", "/api/", "/%2e%2e/api/leaderboard", "/alice/api/users/1/2"} {
		h.get(path).problem(404, "not_found")
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for path, cache := range map[string]string{"/alice/api/leaderboard": "no-cache", "/alice/api/users": "no-store", "/nope": "no-store", "/nobody/api/leaderboard": "no-store"} {
		r := h.ask("GET", path, h.aliceKey, "")
		require.Equal(t, "nosniff", r.header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-referrer", r.header.Get("Referrer-Policy"))
		require.Equal(t, "default-src 'none'; frame-ancestors 'none'", r.header.Get("Content-Security-Policy"))
		require.Equal(t, cache, r.header.Get("Cache-Control"), path)
		require.NotEmpty(t, r.header.Get("X-Request-Id"))
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const path, good = "/alice/api/users", `{"username":"Ann"}`
	h.ask("POST", path, h.aliceKey, "").problem(400, "invalid_request")
	h.ask("POST", path, h.aliceKey, `{"username":"`+strings.Repeat("x", defaultBody)+`"}`).problem(413, "too_large")
	require.Contains(t, h.ask("POST", path, h.aliceKey, `{"username":"a","userName":"b"}`).body, "userName is not a field")
	for name, headers := range map[string][]string{
		"Text": {"Content-Type", "text/plain"}, "XML": {"Content-Type", "application/xml"}, "Junk": {"Content-Type", ";;"},
		"Latin1": {"Content-Type", "application/json; charset=latin1"}, "Gzip": {"Content-Encoding", "gzip"}, "Form": {"Content-Type", "multipart/form-data; boundary=x"},
	} {
		t.Run(name, func(t *testing.T) {
			h.ask("POST", path, h.aliceKey, good, headers...).problem(415, "unsupported_media_type")
		})
	}
	for i, kind := range []string{"application/json", "application/json; charset=UTF-8", "application/merge-patch+json", "application/x-www-form-urlencoded"} {
		h.ask("POST", path, h.aliceKey, fmt.Sprintf(`{"username":"Ann%d"}`, i), "Content-Type", kind).ok(201, nil)
	}
}

// raw sends bytes and reads the answer; what is not sent never comes.
func (h *house) raw(sent string) (*http.Response, error) {
	h.Helper()
	c, err := net.Dial("tcp", h.public.Listener.Addr().String())
	require.NoError(h, err)
	h.Cleanup(func() { _ = c.Close() })
	_, err = io.WriteString(c, sent)
	require.NoError(h, err)
	return http.ReadResponse(bufio.NewReader(c), nil)
}

func TestABodyWithoutEndIsCut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head := "POST /alice/api/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + h.aliceKey + "\r\n"
	for name, body := range map[string]string{
		"Promised": "Content-Length: 10000000\r\n\r\n",
		"Chunked":  "Transfer-Encoding: chunked\r\n\r\n20000\r\n" + strings.Repeat(" ", 0x20000) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := h.raw(head + body)
			require.NoError(t, err)
			require.Equal(t, 413, r.StatusCode)
			require.True(t, r.Close)
		})
	}
}

func TestSlowCallersAreCut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	limits := h.server.HTTPServer()
	require.Equal(t, 5*time.Second, limits.ReadHeaderTimeout)
	require.Positive(t, limits.ReadTimeout)
	require.Positive(t, limits.WriteTimeout)
	require.Positive(t, limits.IdleTimeout)
	limits.ReadHeaderTimeout, limits.ReadTimeout = 50*time.Millisecond, 100*time.Millisecond
	h.public = listen(t, limits)

	_, err := h.raw("GET /alice/api/leaderboard HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	require.Error(t, err, "a head that does not end gets no answer")
	r, err := h.raw("POST /alice/api/users HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nAuthorization: Bearer " + h.aliceKey + "\r\n\r\n{")
	require.NoError(t, err)
	require.Equal(t, 408, r.StatusCode)
	r, err = h.raw("GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + strings.Repeat("x", 64<<10) + "\r\n\r\n")
	require.NoError(t, err)
	require.Equal(t, 431, r.StatusCode)
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(i Installation) Installation { return &faulty{Installation: i} })
	require.Equal(t, `{"status":"ok"}`, h.get("/healthz").ok(200, nil).body)
	require.Equal(t, `{"status":"ready"}`, h.get("/readyz").ok(200, nil).body)
	h.fail(io.ErrUnexpectedEOF)
	h.get("/healthz").ok(200, nil)
	r := h.get("/readyz")
	r.problem(503, "not_ready")
	require.NotEmpty(t, r.header.Get("Retry-After"))
}

var secret = regexp.MustCompile(`sv_[a-z]+_[\w-]{20,}`)

func TestTheLogHasTemplatesAndNoSecrets(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, nil, examples()...)
	h.ask("GET", "/ALICE/api/users?q=zzz&key="+h.aliceKey, h.aliceKey, "").ok(200, nil)
	h.ask("GET", "/alice/api/overlay/example?key="+h.overlayKey, "", "").ok(200, nil)
	h.ask("GET", "/alice/api/stats/"+h.aliceKey, "", "").ok(200, nil)
	h.get("/"+h.aliceKey[:32]+"/api/leaderboard").problem(404, "not_found")
	h.get("/"+h.aliceKey).problem(404, "not_found")
	h.ask(strings.ToUpper(strings.ReplaceAll(h.aliceKey, "_", "")), "/alice/api/leaderboard", "", "").problem(405, "method_not_allowed")
	h.ask("POST", "/alice/api/users", h.aliceKey, `{"`+h.aliceKey+`":1}`).problem(400, "invalid_request")
	lines := h.lines(7)
	require.Len(t, lines, 7, "one line a request")
	require.NotRegexp(t, secret, h.log.String())
	require.NotContains(t, h.log.String(), h.aliceKey[10:30])
	require.NotContains(t, h.log.String(), "zzz")
	var routes []any
	for _, l := range lines {
		routes = append(routes, l["route"])
		for _, field := range []string{"method", "status", "bytes", "ms", "request_id", "level", "message"} {
			require.Contains(t, l, field)
		}
	}
	require.Equal(t, []any{"/{channel}/api/users", "/{channel}/api/overlay/example", "/{channel}/api/stats/{username}", "/{channel}/api/leaderboard",
		"none", "/{channel}/api/leaderboard", "/{channel}/api/users"}, routes)
	require.Equal(t, "alice", lines[0]["channel"])
	require.Regexp(t, `^key:\d+$`, lines[0]["caller"])
	require.NotContains(t, lines[3], "channel", "a channel that there is not may be anything")
	require.Equal(t, "other", lines[5]["method"])
}

func TestAnOverlaysKeyMayBeInTheAddress(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, nil, examples()...)
	const path = "/alice/api/overlay/example"
	for name, c := range map[string]struct {
		method, path, key string
		status            int
	}{
		"Address":         {"GET", path + "?key=" + h.overlayKey, "", 200},
		"Header":          {"GET", path, h.overlayKey, 200},
		"OwnerInAddress":  {"GET", path + "?key=" + h.aliceKey, "", 200},
		"HeaderFirst":     {"GET", path + "?key=" + h.overlayKey, "garbage", 401},
		"NoWrite":         {"POST", path + "?key=" + h.overlayKey, "", 403},
		"NotElsewhere":    {"GET", "/alice/api/users?key=" + h.aliceKey, "", 401},
		"Stranger":        {"GET", path + "?key=" + h.bobKey, "", 404},
		"NotOnBobsEither": {"GET", "/bob/api/overlay/example?key=" + h.overlayKey, "", 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.status, h.ask(c.method, c.path, c.key, "").status)
		})
	}
	twice := []string{"Authorization", "Bearer " + h.overlayKey, "Authorization", "Bearer " + h.overlayKey}
	require.Equal(t, 401, h.ask("GET", path+"?key="+h.overlayKey, "", "", twice...).status)
}

func TestHowAKeyIsSent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"Lower": {[]string{"Authorization", "bearer " + h.aliceKey}, 200},
		"Basic": {[]string{"Authorization", "Basic " + h.aliceKey}, 401},
		"Bare":  {[]string{"Authorization", h.aliceKey}, 401},
		"Empty": {[]string{"Authorization", "Bearer "}, 401},
		"Twice": {[]string{"Authorization", "Bearer " + h.aliceKey, "Authorization", "Bearer " + h.aliceKey}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.status, h.ask("GET", "/alice/api/users", "", "", c.headers...).status)
		})
	}
}
