package api

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// limited asks a server with limits from an address.
type limited struct {
	*house
	handler http.Handler
}

func newLimited(t *testing.T, l Limits) limited {
	h := newHouse(t)
	return limited{h, New(h.store, Options{Limits: l}).Handler()}
}

func (l limited) from(address, path, key string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(l.Context(), http.MethodGet, path, nil)
	r.RemoteAddr = address
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	l.handler.ServeHTTP(w, r)
	return w
}

func TestAnAddressThatAsksTooMuchWaits(t *testing.T) {
	t.Parallel()
	l := newLimited(t, Limits{Requests: Rate{0.01, 3}})
	for range 3 {
		require.Equal(t, 200, l.from("192.0.2.1:1000", "/alice/api/goals", "").Code)
	}
	w := l.from("192.0.2.1:1001", "/alice/api/goals", "")
	require.Equal(t, 429, w.Code)
	require.Contains(t, w.Body.String(), `"code":"rate_limited"`)
	wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
	require.NoError(t, err)
	require.InDelta(t, 100, wait, 2, "seconds until the next token")
	require.Equal(t, 200, l.from("192.0.2.2:1000", "/alice/api/goals", "").Code, "another address")
	for range 5 {
		require.Equal(t, 200, l.from("127.0.0.1:1000", "/alice/api/goals", "").Code, "this machine is not counted")
	}
}

// A provider tells of many channels, and is not held to what one of them may ask.
func TestAProviderIsCountedApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	handler := New(h.store, Options{Limits: Limits{Requests: Rate{0.01, 1}, Webhooks: Rate{0.01, 3}}}).Handler()
	ask := func(method, path string) int {
		r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		r.RemoteAddr = "192.0.2.1:1"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code
	}
	require.Equal(t, 200, ask("GET", "/alice/api/goals"))
	require.Equal(t, 429, ask("GET", "/alice/api/goals"))
	for range 3 {
		require.Equal(t, 503, ask("POST", "/webhooks/kick"))
	}
	require.Equal(t, 429, ask("POST", "/webhooks/kick"))
}

func TestAKeyIsCountedWhereverItComesFrom(t *testing.T) {
	t.Parallel()
	l := newLimited(t, Limits{Requests: Rate{0.01, 3}})
	for i := range 3 {
		require.Equal(t, 200, l.from("192.0.2."+strconv.Itoa(i)+":1", "/alice/api/users", l.aliceKey).Code)
	}
	require.Equal(t, 429, l.from("192.0.2.9:1", "/alice/api/users", l.aliceKey).Code)
	require.Equal(t, 200, l.from("192.0.2.9:1", "/bob/api/users", l.bobKey).Code)
}

// Whoever guesses is stopped; who has a key is not, though he shares the address.
func TestGuessingIsStopped(t *testing.T) {
	t.Parallel()
	l := newLimited(t, Limits{Unknown: Rate{0.01, 2}, SignIns: Rate{0.01, 2}})
	for range 2 {
		require.Equal(t, 401, l.from("127.0.0.1:1", "/alice/api/users", "sv_owner_guess").Code)
		require.NotEqual(t, 429, l.from("127.0.0.1:1", "/alice/api/verify/check/Bob/AAAAAA", "").Code)
	}
	require.Equal(t, 429, l.from("127.0.0.1:1", "/alice/api/users", "sv_owner_guess").Code)
	require.Equal(t, 429, l.from("127.0.0.1:1", "/alice/api/verify/check/Bob/AAAAAA", "").Code)
	require.Equal(t, 200, l.from("127.0.0.1:1", "/alice/api/users", l.aliceKey).Code)
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	l := newLimits(Limits{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
	for name, c := range map[string]struct {
		remote, forwarded, want string
	}{
		"Direct":          {"192.0.2.1:5", "203.0.113.9", "192.0.2.1"},
		"Proxy":           {"10.1.2.3:5", "203.0.113.9", "203.0.113.9"},
		"TwoProxies":      {"10.1.2.3:5", "203.0.113.9, 10.9.9.9", "203.0.113.9"},
		"ForgedByClient":  {"10.1.2.3:5", "1.2.3.4, 203.0.113.9", "203.0.113.9"},
		"NothingSaid":     {"10.1.2.3:5", "", "10.1.2.3"},
		"Nonsense":        {"10.1.2.3:5", "203.0.113.9, nonsense", "10.1.2.3"},
		"Port":            {"10.1.2.3:5", "1.2.3.4, 203.0.113.9:4711", "203.0.113.9"},
		"SixWithAPort":    {"10.1.2.3:5", "[2001:db8:1:2:ff::1]:4711, 10.9.9.9:80", "2001:db8:1:2::"},
		"SixInBrackets":   {"10.1.2.3:5", "[2001:db8:1:2:ff::1]", "2001:db8:1:2::"},
		"NetworkOfSix":    {"[2001:db8:1:2:3:4:5:6]:5", "", "2001:db8:1:2::"},
		"FourInSix":       {"[::ffff:192.0.2.1]:5", "", "192.0.2.1"},
		"SixBehindAProxy": {"[::1]:5", "2001:db8:1:2:ff::1", "2001:db8:1:2::"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		require.Equal(t, netip.MustParseAddr(c.want), l.address(r), name)
	}
}

// The limits that are on by default let through what they promise to.
func TestDefaultLimitsAreGenerous(t *testing.T) {
	t.Parallel()
	l := newLimited(t, DefaultLimits())
	for range 600 {
		require.Equal(t, 200, l.from("192.0.2.1:1", "/healthz", "").Code)
	}
	for range 20 {
		require.Equal(t, 401, l.from("192.0.2.1:1", "/alice/api/users", "sv_owner_guess").Code)
		require.NotEqual(t, 429, l.from("192.0.2.1:1", "/alice/api/verify/check/Bob/AAAAAA", "").Code)
	}
}

// One streamer whom everybody asks at once leaves room for the others.
func TestAtOnceIsCountedForEachStreamer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := New(h.store, Options{Limits: Limits{AtOnce: 2}})
	l := limited{h, s.Handler()}
	const from = "203.0.113.7:1"
	leave, err := s.crowding.enter(h.alice.ID)
	require.NoError(t, err)
	require.Equal(t, 200, l.from(from, "/alice/api/goals", "").Code, "one place is left")
	leaveToo, err := s.crowding.enter(h.alice.ID)
	require.NoError(t, err)
	refused := l.from(from, "/alice/api/goals", "")
	require.Equal(t, 503, refused.Code)
	require.Equal(t, "1", refused.Header().Get("Retry-After"))
	require.Contains(t, refused.Body.String(), `"code":"busy"`)
	require.Equal(t, 200, l.from(from, "/bob/api/goals", "").Code)
	require.Equal(t, 200, l.from(from, "/healthz", "").Code)
	leave()
	leaveToo()
	require.Equal(t, 200, l.from(from, "/alice/api/goals", "").Code)
}
