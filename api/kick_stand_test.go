package api

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/api/kick"
	"streamvault/registry"
	"streamvault/shard"
)

// kickKey signs what the tests send; strangersKey is not the one that the server knows.
var (
	kickKey      = sync.OnceValue(newRSAKey)
	strangersKey = sync.OnceValue(newRSAKey)
)

func newRSAKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

var kickNow = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// Kick's ids of alice and bob, and of nobody.
const (
	kickAlice, kickBob, kickNobody = "1001", "1002", "1003"
)

// stand is a server that takes webhooks, with a clock that the test moves.
type stand struct {
	*house
	dir  string
	now  time.Time
	said *said
	luck int64 // what is drawn next
}

func newStand(t testing.TB) *stand {
	t.Helper()
	s := &stand{house: &house{TB: t}, dir: filepath.Join(t.TempDir(), "data"), now: kickNow, said: &said{}}
	s.open()
	t.Cleanup(func() { s.close() })
	for name, id := range map[string]string{"alice": kickAlice, "bob": kickBob} {
		made, _, err := s.store.CreateStreamer(t.Context(), registry.NewStreamer{Username: name, DisplayName: name, KickUserID: &id, Actor: "test"})
		require.NoError(t, err)
		if name == "alice" {
			s.alice = made
		} else {
			s.bob = made
		}
	}
	return s
}

func (s *stand) open() {
	s.Helper()
	var err error
	clock := func() time.Time { return s.now }
	s.store, err = shard.Open(context.Background(), s.dir, shard.Options{MaxOpen: 8, Now: clock})
	require.NoError(s, err)
	s.server = New(s.store, Options{Kick: kick.Options{Keys: kick.Fixed(&kickKey().PublicKey), Now: clock, Chat: s.said,
		Draw: func(n int64) int64 { return min(s.luck, n-1) }}})
	s.public = listen(s, s.server.HTTPServer())
}

func (s *stand) close() {
	s.public.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(s, s.store.Close(ctx))
}

// said keeps what was said in chat.
type said struct {
	mu    sync.Mutex
	lines []string
}

func (s *said) Send(_ context.Context, to kick.Channel, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, to.Username+": "+text)
	return nil
}

// Said implements kick.ChatSender.
func (s *said) Said(to kick.Channel, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.lines, to.Username+": "+text)
}

// delivery is one request of Kick's; a test spoils it.
type delivery struct {
	id, what, stamp, body string
	signature             *string // nil: a good one
	key                   *rsa.PrivateKey
	header                http.Header // more
}

func (s *stand) delivery(id, what, body string) delivery {
	if !strings.Contains(body, `"broadcaster"`) {
		body = strings.Replace(body, "{", `{"broadcaster":{"user_id":`+kickAlice+`,"username":"alice"},`, 1)
		body = strings.Replace(body, ",}", "}", 1)
	}
	return delivery{id: id, what: what, stamp: s.now.Format(time.RFC3339), body: body, key: kickKey()}
}

func (s *stand) deliver(d delivery) reply {
	s.Helper()
	if d.signature == nil {
		d.signature = new(sign(&d))
	}
	headers := []string{"Kick-Event-Message-Id", d.id, "Kick-Event-Message-Timestamp", d.stamp, "Kick-Event-Type", d.what,
		"Kick-Event-Version", "1", "Content-Type", "application/json"}
	if *d.signature != "" {
		headers = append(headers, "Kick-Event-Signature", *d.signature)
	}
	for name, values := range d.header {
		headers = append(headers, name, values[0])
	}
	return s.ask("POST", "/webhooks/kick", "", d.body, headers...)
}

// points is the channel balance of one of alice's viewers, 0 for a stranger.
func (s *stand) points(name string) int64 {
	s.Helper()
	u, err := s.store.Tenant(s.alice.ID).UserByName(s.Context(), name)
	if err != nil {
		return 0
	}
	return u.Points.Channel
}

// sign is the good signature of a delivery before it is changed.
func sign(d *delivery) string {
	sum := sha256.Sum256([]byte(d.id + "." + d.stamp + "." + d.body))
	raw, err := rsa.SignPKCS1v15(rand.Reader, d.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}
