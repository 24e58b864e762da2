package kickapp

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"streamvault/api/kick"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
	"streamvault/test/fakekick"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stand is an application of a fake Kick's, whose streamer alice has signed in.
type stand struct {
	testing.TB
	kick  *fakekick.Kick
	store *shard.Store
	app   *App
	alice kick.Channel
	later atomic.Int64 // what our clock is ahead
	log   *lockedLog
	wrap  func(tenant.TokenStore) tenant.TokenStore
}

func newStand(t testing.TB, change ...func(*Options)) *stand {
	t.Helper()
	s := &stand{TB: t, kick: fakekick.New(t), log: &lockedLog{}, wrap: func(s tenant.TokenStore) tenant.TokenStore { return s }}
	now := func() time.Time { return time.Now().Add(time.Duration(s.later.Load())) }
	var err error
	s.store, err = shard.Open(t.Context(), filepath.Join(t.TempDir(), "data"), shard.Options{MaxOpen: 4, Now: now})
	require.NoError(t, err)
	o := Options{ClientID: fakekick.ClientID, ClientSecret: fakekick.ClientSecret, IDURL: s.kick.URL, APIURL: s.kick.URL, Now: now,
		Tokens:  func(id scope.StreamerID) tenant.TokenStore { return s.wrap(s.store.Tenant(id)) },
		Timeout: 2 * time.Second, Webhooks: true, Log: zerolog.New(s.log).Level(zerolog.InfoLevel)}
	for _, c := range change {
		c(&o)
	}
	s.app = New(o)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, s.app.Close(ctx))
		require.NoError(t, s.store.Close(ctx))
		for _, secret := range append(s.kick.Secrets(), "secret-of-kick") {
			require.NotContains(t, s.log.String(), secret)
		}
	})
	s.alice = s.streamer("alice", 77)
	return s
}

// streamer is one who has signed in, by the fake's own rules.
func (s *stand) streamer(name string, id int64) kick.Channel {
	s.Helper()
	made, _, err := s.store.CreateStreamer(s.Context(), registry.NewStreamer{Username: name, Actor: "test"})
	require.NoError(s, err)
	access, refresh, scope := s.kick.Grant(fakekick.Person{ID: id, Name: name}, scopes)
	g := Grant{AccessToken: access, RefreshToken: refresh, ExpiresAt: s.app.o.Now().Add(2 * time.Hour), Scope: scope}
	require.NoError(s, s.app.Keep(s.Context(), made.ID, g))
	return kick.Channel{ID: made.ID, Username: name, KickID: "77"}
}

// say has alice's chat told something.
func (s *stand) say(text string) {
	s.Helper()
	require.NoError(s, s.app.Send(s.Context(), s.alice, text))
}

// said waits until n messages were dealt with, and returns what was said.
func (s *stand) said(n int) []string {
	s.Helper()
	require.Eventually(s, func() bool {
		st := s.app.Stats()
		return int(st.Sent+st.Failed+st.Unsaid+st.Dropped) >= n
	}, time.Minute, time.Millisecond)
	var all []string
	for _, m := range s.kick.Said() {
		all = append(all, m.Content)
	}
	return all
}

// kept is alice's token as it lies in her file.
func (s *stand) kept() tenant.Token {
	s.Helper()
	t, err := s.store.Tenant(s.alice.ID).Token(s.Context(), Provider)
	require.NoError(s, err)
	return t
}

func (s *stand) ahead(d time.Duration) { s.later.Add(int64(d)) }

// lockedLog is written while a test reads it.
type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// warnings is how many lines were logged.
func (l *lockedLog) warnings() int { return strings.Count(l.String(), "\n") }
