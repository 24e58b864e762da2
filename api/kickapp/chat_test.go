package kickapp

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"streamvault/api/kick"
	"streamvault/registry"
	"streamvault/test/fakekick"
)

func TestWhatIsSaidIsSaidInOrder(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	var want []string
	for i := range mostWaiting {
		want = append(want, fmt.Sprint("message ", i, strings.Repeat("ü", 480)))
		s.say(want[i])
	}
	require.Equal(t, want, s.said(len(want)))
	require.Equal(t, Stats{Sent: mostWaiting}, s.app.Stats())
	require.True(t, s.app.Said(s.alice, want[3]+" "))
	require.False(t, s.app.Said(s.alice, "hello"))
	require.False(t, s.app.Said(kick.Channel{ID: s.alice.ID + 1}, want[3]), "in another chat")
	for i := range remembered {
		s.say("more")
		s.said(mostWaiting + i + 1)
	}
	require.False(t, s.app.Said(s.alice, want[3]), "a while ago")
	require.Equal(t, fakekick.Said{Content: want[0], Type: "bot", In: 77}, s.kick.Said()[0])
}

func TestTheStreamerHimselfMaySpeak(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *Options) { o.ChatAs = User })
	s.say("hello")
	s.said(1)
	require.Equal(t, []fakekick.Said{{Content: "hello", Type: "user", In: 77}}, s.kick.Said())
}

// Who has not allowed it is not spoken for; what would be said is in the log, at level debug.
func TestWithoutATokenNothingIsSaid(t *testing.T) {
	t.Parallel()
	log := &lockedLog{}
	s := newStand(t, func(o *Options) { o.Log = zerolog.New(log) })
	bob, _, err := s.store.CreateStreamer(t.Context(), registry.NewStreamer{Username: "bob", Actor: "test"})
	require.NoError(t, err)
	require.NoError(t, s.app.Send(t.Context(), kick.Channel{ID: bob.ID, Username: "bob"}, "for bob"))
	access, refresh, _ := s.kick.Grant(fakekick.Person{ID: 77, Name: "Alice"}, "user:read")
	require.NoError(t, s.app.Keep(t.Context(), s.alice.ID, Grant{access, refresh, time.Now().Add(time.Hour), "user:read"}))
	s.say("for alice")
	require.Empty(t, s.said(2))
	require.Zero(t, s.kick.Asked(chatPath))
	require.Equal(t, Stats{Unsaid: 2}, s.app.Stats())
	require.Equal(t, 2, strings.Count(log.String(), `"level":"debug"`), log)
	require.Contains(t, log.String(), `"text":"for bob"`)
}

// A token that Kick has withdrawn is renewed, once.
func TestAWithdrawnTokenIsRenewed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.ahead(trustNew)
	s.kick.Revoke(false)
	s.say("heard")
	require.Equal(t, []string{"heard"}, s.said(1))
	require.Equal(t, 1, s.kick.Asked(tokenPath))
	s.kick.Set(func(k *fakekick.Kick) { k.Fail[chatPath] = fakekick.Status(401) })
	s.say("lost")
	s.say("lost")
	require.Equal(t, []string{"heard"}, s.said(3))
	require.Equal(t, 1, s.kick.Asked(tokenPath), "what is new is not renewed")
	require.Equal(t, 1, s.log.warnings(), s.log)
}

func TestATroubleWithTheChatIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"Forbidden": fakekick.Status(403), "Down": fakekick.Status(500), "Garbage": fakekick.Garbage, "Broken": fakekick.Broken, "Slow": fakekick.Slow,
		"NotShown": func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(`{"data":{"is_sent":false}}`))
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t, func(o *Options) { o.Timeout = 200 * time.Millisecond })
			s.kick.Set(func(k *fakekick.Kick) { k.Fail[chatPath] = fail })
			for range 3 {
				s.say("lost")
			}
			require.Empty(t, s.said(3))
			require.Equal(t, 3, s.kick.Asked(chatPath), "nothing is said twice")
			require.Equal(t, 1, s.log.warnings(), s.log)
			s.kick.Set(func(k *fakekick.Kick) { delete(k.Fail, chatPath) })
			s.say("heard")
			require.Equal(t, []string{"heard"}, s.said(4))
		})
	}
}

func TestKickIsLeftAloneWhenItAsks(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	var asked atomic.Int64
	s.kick.Set(func(k *fakekick.Kick) {
		k.Fail[chatPath] = func(w http.ResponseWriter, r *http.Request) bool {
			if asked.Add(1) > 1 {
				return false
			}
			w.Header().Set("Retry-After", "1")
			return fakekick.Status(429)(w, r)
		}
	})
	s.say("in a second")
	require.Equal(t, []string{"in a second"}, s.said(1))
}

// A chat that hangs holds up neither its caller nor another chat, and what does not fit is dropped.
func TestAHangingChatHoldsUpNobody(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *Options) { o.Timeout = time.Minute })
	bob := s.streamer("bob", 78)
	s.kick.Set(func(k *fakekick.Kick) {
		k.Fail[chatPath] = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Authorization") == "Bearer "+s.kept().AccessToken {
				return fakekick.Slow(w, r)
			}
			return false
		}
	})
	for range mostWaiting + 11 {
		s.say("x")
	}
	require.GreaterOrEqual(t, s.app.Stats().Dropped, uint64(10), "all but those that wait and the one that hangs")
	require.Equal(t, 1, s.log.warnings(), s.log)
	require.NoError(t, s.app.Send(t.Context(), bob, "bob's"))
	require.Eventually(t, func() bool { return len(s.kick.Said()) == 1 }, time.Minute, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, s.app.Close(ctx), "a stop cuts what hangs")
	dropped := s.app.Stats().Dropped
	s.say("too late")
	require.Equal(t, dropped+1, s.app.Stats().Dropped)
}

func TestWhatWaitsIsSaidBeforeAStop(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for range 5 {
		s.say("last words")
	}
	require.NoError(t, s.app.Close(t.Context()))
	require.Len(t, s.kick.Said(), 5)
}

func TestASubscriptionThatFailsIsLogged(t *testing.T) {
	t.Parallel()
	const path = "/public/v1/events/subscriptions"
	for name, fail := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"Down": fakekick.Status(500), "Garbage": fakekick.Garbage, "Some": func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				return false
			}
			_, _ = w.Write([]byte(`{"data":[{"name":"chat.message.sent","subscription_id":"1"},{"name":"kicks.gifted","error":"secret-of-kick"}]}`))
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t)
			g := Grant{AccessToken: s.kept().AccessToken, Scope: scopes}
			s.kick.Set(func(k *fakekick.Kick) { k.Fail[path] = fail })
			s.app.Subscribe(s.alice, g)
			require.Eventually(t, func() bool { return s.log.warnings() == 1 }, time.Minute, time.Millisecond)
			require.Empty(t, s.kick.Subscribed(77))
			s.kick.Set(func(k *fakekick.Kick) { delete(k.Fail, path) })
			s.app.Subscribe(s.alice, g)
			s.app.Subscribe(s.alice, Grant{AccessToken: g.AccessToken, Scope: "user:read"})
			require.Eventually(t, func() bool { return len(s.kick.Subscribed(77)) == len(kick.EventTypes()) }, time.Minute, time.Millisecond)
		})
	}
}
