// Package fakekick is a Kick for tests: it signs people in, changes codes and tokens as
// OAuth 2.1 has it, and takes chat messages and subscriptions, at a real socket. It is as
// strict as Kick, and can be made to fail in every way.
package fakekick

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// The application that the fake knows.
const (
	ClientID     = "01FAKECLIENT"
	ClientSecret = "fake-client-secret-5f0c"
)

// Person is who sits before the browser.
type Person struct {
	ID      int64
	Name    string
	Picture string
}

// Said is a message in a chat.
type Said struct {
	Content, Type string
	In            int64 // whose chat
}

// Kick is the fake. Fields are set before it is asked, or under Set.
type Kick struct {
	*httptest.Server
	Who       Person // signs in next
	Denies    bool   // what he is asked for
	Granted   string // instead of the scopes that were asked for
	ExpiresIn string // of a token, as JSON; "" is 7200
	// Fail answers instead, by path, and returns true.
	Fail map[string]func(http.ResponseWriter, *http.Request) bool

	mu         sync.Mutex
	serial     int
	codes      map[string]*code
	access     map[string]grant
	refresh    map[string]grant
	secrets    []string
	asked      map[string]int
	said       []Said
	subscribed map[int64][]string
}

type code struct {
	grant
	challenge, redirect string
}

type grant struct {
	who   Person
	scope string
	pair  string // the other token
}

// New starts a fake that ends with the test.
func New(t testing.TB) *Kick {
	k := &Kick{Who: Person{77, "Alice", "https://files.example/alice.webp"}, Fail: map[string]func(http.ResponseWriter, *http.Request) bool{},
		codes: map[string]*code{}, access: map[string]grant{}, refresh: map[string]grant{}, asked: map[string]int{}, subscribed: map[int64][]string{}}
	m := http.NewServeMux()
	for path, handle := range map[string]http.HandlerFunc{
		"GET /oauth/authorize": k.authorize, "POST /oauth/token": k.token, "GET /public/v1/users": k.users, "POST /public/v1/chat": k.chat,
		"GET /public/v1/events/subscriptions": k.subscriptions, "POST /public/v1/events/subscriptions": k.subscribe,
	} {
		m.HandleFunc(path, handle)
	}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mu.Lock()
		k.asked[r.URL.Path]++
		fail := k.Fail[r.URL.Path]
		k.mu.Unlock()
		if fail != nil && fail(w, r) {
			return
		}
		m.ServeHTTP(w, r)
	}))
	t.Cleanup(k.Close)
	return k
}

// Set changes the fake while it may be asked.
func (k *Kick) Set(change func(*Kick)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(k)
}

// Asked is how often a path was asked for.
func (k *Kick) Asked(path string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked[path]
}

// Said is what was said so far.
func (k *Kick) Said() []Said {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.said)
}

// Subscribed is the types of events that Kick would tell of a channel, once for each subscription.
func (k *Kick) Subscribed(id int64) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.subscribed[id])
}

// Unsubscribe makes Kick stop sending what happens on a channel.
func (k *Kick) Unsubscribe(id int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.subscribed, id)
}

// Secrets are all codes and tokens that were given out, and what was shown for them.
func (k *Kick) Secrets() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append(slices.Clone(k.secrets), ClientSecret)
}

// Revoke makes every access token worthless, and with also every refresh token too.
func (k *Kick) Revoke(also bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.access)
	if also {
		clear(k.refresh)
	}
}

// Status fails with a status and a body in which a careless program finds a secret to log.
func Status(status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		answer(w, status, map[string]any{"error": "secret-of-kick", "message": "secret-of-kick"})
		return true
	}
}

// Garbage answers what is no JSON.
func Garbage(w http.ResponseWriter, _ *http.Request) bool {
	_, _ = w.Write([]byte("<html>secret-of-kick"))
	return true
}

// Broken ends the connection within the answer's first line.
func Broken(w http.ResponseWriter, _ *http.Request) bool {
	c, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_, _ = c.Write([]byte("secret-of-kick\r\n\r\n"))
		_ = c.Close()
	}
	return true
}

// Slow answers nothing until the caller gives up.
func Slow(_ http.ResponseWriter, r *http.Request) bool {
	_, _ = io.Copy(io.Discard, r.Body) // else nobody notices that the caller has gone
	select {
	case <-r.Context().Done():
	case <-time.After(time.Minute):
	}
	return true
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
