package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// wire sends bytes as they are and reads one answer.
func (h *house) wire(text string) reply {
	h.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.public.URL, "http://"))
	require.NoError(h, err)
	defer conn.Close()
	require.NoError(h, conn.SetDeadline(time.Now().Add(time.Minute)))
	go func() { _, _ = io.WriteString(conn, text) }() // an answer may come before all of it is sent
	method, _, _ := strings.Cut(text, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(h, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(h, err)
	return reply{h.TB, resp.StatusCode, resp.Header, string(body)}
}

// request is the head of a request and what follows.
func request(line string, headers ...string) string {
	return line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + strings.Join(append(headers, "", ""), "\r\n")
}

// What no client sends by mistake: paths in every spelling are one channel's or nothing, and
// never another's, a file, or a fault.
func TestTargetsAsNobodyWritesThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for target, status := range map[string]int{
		"/": 200, "//": 404, "///": 404, "/alice": 404, "/alice/": 404, "//alice/api/goals": 404, "/alice//api/goals": 404, "/alice/api//goals": 404,
		"/alice/api/goals/": 404, "/alice%2fapi/goals": 404, "/alice/api%2fgoals": 404, "/alic%65/api/goals": 404, "/alice;x/api/goals": 404,
		"/alice/api/goals;x": 404, "/../alice/api/goals": 404, "/bob/../alice/api/goals": 404, "/alice/./api/goals": 404, "/%2e%2e/alice/api/goals": 404,
		"/alice/api/stats/..": 200, "/alice/api/stats/%2f": 200, "/alice/api/stats/%2e%2e%2f": 200, "/alice/api/stats/%00": 400, "/alice/api/stats/%ff": 400,
		"/alice/api/stats/%zz": 400, "/alice/api/goals#x": 404, "*": 404, "http://evil/alice/api/goals": 200, "http://evil//alice/api/goals": 404,
		"http://user:pass@evil/alice/api/goals": 200, "https://evil/alice/api/goals?x=%zz": 200, "/ALICE/api/goals": 200, "/\u212Aice/api/goals": 404,
		"/al%C4%B0ce/api/goals": 404, "/alice%00/api/goals": 404, "/alice%0a/api/goals": 404, "/alice%20/api/goals": 404, "/alice\\api\\goals": 404,
		"/assets/..%2fconsole.html": 404, "/assets/%2e%2e": 404, "/assets/console.html": 404, "/assets/style.css%00": 400, "/assets/..%5cstyle.css": 404,
		"/alice/overlay/..%2f..": 200, "/login/kick/": 404, "/login//kick": 404, "//callback": 404, "/callback;x": 404,
	} {
		t.Run(target, func(t *testing.T) {
			h := h.in(t)
			r := h.wire(request("GET " + target))
			require.Equal(t, status, r.status, r.body)
			require.Empty(t, r.header.Get("Location"))
		})
	}
}

// give is a request of alice's that gives a point, and how it ends.
func (h *house) giving(headers []string, body string) reply {
	h.Helper()
	all := append([]string{"Authorization: Bearer " + h.aliceKey}, headers...)
	return h.wire(request("POST /alice/api/points/Ann", all...) + body)
}

// Heads and bodies that servers and proxies have read differently: taken as one thing, or not
// at all. Nothing that is refused gives a point.
func TestHeadsAndBodiesAsNobodyWritesThem(t *testing.T) {
	t.Parallel()
	const body = `{"amount":1,"source":"chat"}`
	length := fmt.Sprintf("Content-Length: %d", len(body))
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
	for name, c := range map[string]struct {
		status  int
		headers []string
		body    string
	}{
		"Plain":             {200, []string{length}, body},
		"LengthTwice":       {200, []string{length, length}, body},
		"TwoLengths":        {400, []string{length, "Content-Length: 3"}, body},
		"LengthList":        {400, []string{length + ", 28"}, body},
		"LengthPlus":        {400, []string{"Content-Length: +28"}, body},
		"LengthHex":         {400, []string{"Content-Length: 0x1c"}, body},
		"LengthNegative":    {400, []string{"Content-Length: -1"}, body},
		"LengthEndless":     {413, []string{"Content-Length: 9000000000000000000"}, body},
		"LengthOverflow":    {400, []string{"Content-Length: 99999999999999999999"}, body},
		"Chunked":           {200, []string{"Transfer-Encoding: chunked"}, chunk + "0\r\n\r\n"},
		"ChunkedAndTrailer": {200, []string{"Transfer-Encoding: chunked", "Trailer: Authorization"}, chunk + "0\r\nAuthorization: Bearer x\r\n\r\n"},
		"ChunkNoNumber":     {400, []string{"Transfer-Encoding: chunked"}, "zz\r\n" + body + "\r\n0\r\n\r\n"},
		"ChunkNegative":     {400, []string{"Transfer-Encoding: chunked"}, "-1\r\n" + body + "\r\n0\r\n\r\n"},
		"OtherEncoding":     {501, []string{"Transfer-Encoding: xchunked"}, chunk + "0\r\n\r\n"},
		"TwoEncodings":      {501, []string{"Transfer-Encoding: chunked", "Transfer-Encoding: identity"}, chunk + "0\r\n\r\n"},
		"Gzip":              {415, []string{length, "Content-Encoding: gzip"}, body},
		"OtherType":         {415, []string{length, "Content-Type: text/plain"}, body},
		"TwoTypes":          {415, []string{length, "Content-Type: application/json", "Content-Type: text/plain"}, body},
		"TwoEncodedBodies":  {415, []string{length, "Content-Encoding: identity", "Content-Encoding: gzip"}, body},
		"OtherLetters":      {415, []string{length, "Content-Type: application/json; charset=utf-16"}, body},
		"Expects":           {100, []string{length, "Expect: 100-continue"}, body},
		"ExpectsAndIsLarge": {413, []string{"Content-Length: 1000000", "Expect: 100-continue"}, ""},
		"ExpectsElse":       {417, []string{length, "Expect: wonders"}, body},
		"KeyTwice":          {401, []string{length, "Authorization: Bearer x"}, body},
		"SpaceInName":       {400, []string{length, "X-Header : x"}, body},
		"NoColon":           {400, []string{length, "X-Header"}, body},
		"NulInHeader":       {400, []string{length, "X-Header: a\x00b"}, body},
		"ReturnInHeader":    {400, []string{length, "X-Header: a\rb"}, body},
		"TwoHosts":          {400, []string{length, "Host: y"}, body},
		"HugeHeader":        {431, []string{length, "X-Header: " + strings.Repeat("x", 1<<20)}, body},
		"TwoOnceKeys":       {400, []string{length, "Idempotency-Key: a", "Idempotency-Key: b"}, body},
		"NoOnceKey":         {400, []string{length, "Idempotency-Key:"}, body},
		"NoText":            {400, []string{length, "Idempotency-Key: \xff"}, body},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			r := h.giving(c.headers, c.body)
			require.Equal(t, c.status, r.status, r.body)
			u, err := h.store.Tenant(h.alice.ID).UserByName(t.Context(), "Ann")
			switch c.status {
			case 100:
			case 200:
				require.NoError(t, err)
				require.EqualValues(t, 1, u.Points.Channel)
			default:
				require.Error(t, err, "nobody was given anything")
			}
		})
	}
}

func TestMethodsAndVersionsAsNobodyWritesThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for line, status := range map[string]int{
		"HEAD /alice/api/goals": 200, "OPTIONS /alice/api/goals": 405, "OPTIONS *": 200, "TRACE /alice/api/goals": 405, "CONNECT evil:443": 404,
		"CONNECT /alice/api/goals": 405, "get /alice/api/goals": 405, "G\x00T /alice/api/goals": 400, "HEAD /alice/api/events": 405,
		"HEAD /callback": 405, "HEAD /login/kick": 405, "OPTIONS /webhooks/kick": 405,
	} {
		r := h.wire(request(line))
		require.Equal(t, status, r.status, "%s: %s", line, r.body)
	}
	for text, status := range map[string]int{
		"GET /alice/api/goals HTTP/1.0\r\n\r\n": 200, "GET /alice/api/goals HTTP/1.1\r\n\r\n": 400, "GET /alice/api/goals\r\n\r\n": 400,
		"GET /alice/api/goals HTTP/2.0\r\n\r\n": 505, "GET /alice/api/goals HTTP/1.1\r\nHost: a b\r\n\r\n": 400,
		"GET /login/kick HTTP/1.1\r\nHost: evil/x?\r\n\r\n": 400, "GET /login/kick HTTP/1.1\r\nHost: <script>\r\n\r\n": 400,
	} {
		require.Equal(t, status, h.wire(text).status, text)
	}
}

// What does not open a WebSocket is told so as everything else is.
func TestHandshakesAsNobodyWritesThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const key, version, upgrade = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "Upgrade: websocket"
	for name, c := range map[string]struct {
		status  int
		headers []string
	}{
		"Right":       {101, []string{"Connection: Upgrade", upgrade, version, key}},
		"NoKey":       {400, []string{"Connection: Upgrade", upgrade, version}},
		"ShortKey":    {400, []string{"Connection: Upgrade", upgrade, version, "Sec-WebSocket-Key: AAAA"}},
		"TwoKeys":     {400, []string{"Connection: Upgrade", upgrade, version, key, key}},
		"OldVersion":  {426, []string{"Connection: Upgrade", upgrade, "Sec-WebSocket-Version: 8", key}},
		"NoVersion":   {426, []string{"Connection: Upgrade", upgrade, key}},
		"TwoVersions": {426, []string{"Connection: Upgrade", upgrade, version, "Sec-WebSocket-Version: 8", key}},
		"NoUpgrade":   {426, []string{"Connection: keep-alive", upgrade, version, key}},
		"HTTP2":       {426, []string{"Connection: Upgrade", "Upgrade: h2c", version, key}},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.in(t)
			r := h.wire("GET /alice/api/events?key=" + h.overlayKey + " HTTP/1.1\r\nHost: x\r\n" + strings.Join(append(c.headers, "", ""), "\r\n"))
			require.Equal(t, c.status, r.status)
			if c.status >= 400 {
				var p Problem
				require.NoError(t, json.Unmarshal([]byte(r.body), &p))
				require.Equal(t, c.status, p.Status)
			}
		})
	}
	r := h.wire("GET /alice/api/events?key=" + h.overlayKey + "&key=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	require.Equal(t, 401, r.status, "a key is sent once")
}
