package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/tenant"
)

// house is a server at a real socket, on real files, with two streamers.
type house struct {
	testing.TB
	store                *shard.Store
	server               *Server
	public, control      *httptest.Server
	alice, bob           *registry.Streamer
	aliceKey, bobKey     string // owners'
	adminKey, overlayKey string // overlayKey is alice's
	log                  *lockedBuffer
	serial               *atomic.Int64 // for names that are new
}

// in is the same house for a subtest.
func (h *house) in(t testing.TB) *house {
	sub := *h
	sub.TB = t
	return &sub
}

func newHouse(t testing.TB) *house { return newHouseWith(t, nil) }

// newHouseWith puts something between the server and the store.
func newHouseWith(t testing.TB, between func(Installation) Installation, operations ...Route) *house {
	t.Helper()
	h := &house{TB: t, log: new(lockedBuffer), serial: new(atomic.Int64)}
	h.store = openStore(t)
	ds := Installation(h.store)
	if between != nil {
		ds = between(ds)
	}
	h.server = New(ds, Options{Log: zerolog.New(h.log), Operations: operations})
	h.public, h.control = listen(t, h.server.HTTPServer()), listen(t, &http.Server{Handler: h.server.ControlHandler()})
	h.alice, h.aliceKey = h.streamer("alice")
	h.bob, h.bobKey = h.streamer("bob")
	h.adminKey, h.overlayKey = h.key(registry.RoleAdmin, nil), h.key(registry.RoleOverlay, h.alice)
	return h
}

func openStore(t testing.TB) *shard.Store {
	t.Helper()
	s, err := shard.Open(t.Context(), filepath.Join(t.TempDir(), "data"), shard.Options{MaxOpen: 8})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, s.Close(ctx))
	})
	return s
}

func listen(t testing.TB, s *http.Server) *httptest.Server {
	server := httptest.NewUnstartedServer(nil)
	server.Config = s
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func (h *house) streamer(name string) (*registry.Streamer, string) {
	h.Helper()
	s, key, err := h.store.CreateStreamer(h.Context(), registry.NewStreamer{Username: name, DisplayName: name, Actor: "test"})
	require.NoError(h, err)
	return s, key
}

func (h *house) key(role registry.Role, of *registry.Streamer) string {
	h.Helper()
	var owner registry.Streamer
	if of != nil {
		owner = *of
	}
	_, secret, err := h.store.CreateKey(h.Context(), role, owner.ID, "test", "test")
	require.NoError(h, err)
	return secret
}

// session signs a viewer in.
func (h *house) session(of *registry.Streamer, viewer string) string {
	h.Helper()
	token, _, err := h.store.Tenant(of.ID).StartSession(h.Context(), viewer)
	require.NoError(h, err)
	return token
}

func (h *house) setState(s *registry.Streamer, to registry.State, reason string) {
	h.Helper()
	from := []registry.State{registry.Active, registry.Suspended, registry.Held, registry.Trashed, registry.Quarantined}
	_, err := h.store.SetState(h.Context(), s.ID, from, to, reason, "test")
	require.NoError(h, err)
}

func (h *house) give(s *registry.Streamer, viewer string, points int64) {
	h.Helper()
	_, err := h.store.Tenant(s.ID).AddPoints(h.Context(), viewer, tenant.Award{Amount: points, Source: "chat", Description: "Hello"})
	require.NoError(h, err)
}

// answer is a whole response.
type reply struct {
	testing.TB
	status int
	header http.Header
	body   string
}

// ask sends a request to the public handler; headers are pairs of name and value.
func (h *house) ask(method, path, key, body string, headers ...string) reply {
	h.Helper()
	return h.askAt(h.public, method, path, key, body, headers...)
}

func (h *house) askAt(s *httptest.Server, method, path, key, body string, headers ...string) reply {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), method, s.URL+path, strings.NewReader(body))
	require.NoError(h, err)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := s.Client().Transport.RoundTrip(req) // follows nothing
	require.NoError(h, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(h, err)
	return reply{h.TB, resp.StatusCode, resp.Header, string(b)}
}

// get is ask for a GET without a key.
func (h *house) get(path string) reply { h.Helper(); return h.ask("GET", path, "", "") }

// ok holds the status and reads the body into out, unless that is nil.
func (r reply) ok(status int, out any) reply {
	r.Helper()
	require.Equal(r, status, r.status, r.body)
	if out != nil {
		require.NoError(r, json.Unmarshal([]byte(r.body), out), r.body)
	}
	return r
}

// problem holds the answer to a refusal's form and returns it.
func (r reply) problem(status int, code string) Problem {
	r.Helper()
	require.Equal(r, status, r.status, r.body)
	require.Equal(r, "application/problem+json", r.header.Get("Content-Type"))
	var p Problem
	d := json.NewDecoder(strings.NewReader(r.body))
	d.DisallowUnknownFields()
	require.NoError(r, d.Decode(&p), r.body)
	require.Equal(r, status, p.Status)
	require.Equal(r, code, p.Code, r.body)
	require.NotEmpty(r, p.Type)
	require.NotEmpty(r, p.Title)
	require.NotEmpty(r, p.Detail)
	return p
}

// lockedBuffer is written by the server while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// lines of the log, once there are n.
func (h *house) lines(n int) []map[string]any {
	h.Helper()
	var found []map[string]any
	require.Eventually(h, func() bool { return strings.Count(h.log.String(), "\n") >= n }, time.Minute, time.Millisecond)
	for d := json.NewDecoder(strings.NewReader(h.log.String())); d.More(); {
		var line map[string]any
		require.NoError(h, d.Decode(&line))
		found = append(found, line)
	}
	return found
}
