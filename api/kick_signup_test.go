package api

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/api/kick"
	"streamvault/registry"
	"streamvault/test/fakekick"
)

func TestChannelsOfNewStreamers(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, name := range []string{"taken", "twice", "twice-9"} {
		g.streamer(name)
	}
	for _, c := range []struct {
		id   int64
		name string
		want string
	}{
		{1, "Plain_Name-1", "plain_name-1"},
		{2, "taken", "taken-2"},
		{3, "TAKEN", "taken-3"},
		{4, "login", "login-4"},
		{5, "API", "api-5"},
		{6, "Ünal K.", "_nal_k_"},
		{7, "日本", "kick-7"},
		{8, strings.Repeat("x", 40), strings.Repeat("x", 32)},
		{10, strings.Repeat("x", 40), strings.Repeat("x", 29) + "-10"},
		{9, "twice", "twice-9-2"},
		{11, "../../evil", "______evil"},
		{12, "//evil.example", "__evil_example"},
		{9999999999, "\u212Aing", "_ing"},
	} {
		g.kick.Set(func(k *fakekick.Kick) { k.Who = fakekick.Person{ID: c.id, Name: c.name} })
		require.Equal(t, "/"+c.want+"/dashboard", g.browser().signIn(), c.name)
		require.Equal(t, "/"+c.want+"/dashboard", g.browser().signIn(), "again the same")
	}
}

func TestSignupMayBeClosed(t *testing.T) {
	t.Parallel()
	g := newGate(t, func(o *Options) { o.KickLogin.Closed = true })
	g.browser().visit("/login/kick").refused(403, "signup_closed")
	id := "77"
	s, _, err := g.store.CreateStreamer(t.Context(), registry.NewStreamer{Username: "known", KickUserID: &id, Actor: "test"})
	require.NoError(t, err)
	require.Equal(t, "/known/dashboard", g.browser().signIn())
	g.setState(s, registry.Suspended, "too <loud>")
	r := g.browser().visit("/login/kick")
	r.refused(403, "suspended")
	require.Contains(t, r.body, "too &lt;loud&gt;")
	g.setState(s, registry.Trashed, "")
	g.browser().visit("/login/kick").refused(403, "streamer_deleted")
}

// The same person in many browsers at once becomes one streamer.
func TestSignInsAtOnceMakeOneStreamer(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	var wg sync.WaitGroup
	for range 8 {
		b := g.browser()
		wg.Go(func() {
			if got := b.signIn(); got != "/alice/dashboard" {
				t.Error(got)
			}
		})
	}
	wg.Wait()
	all, err := g.store.Streamers(t.Context(), 0, 10, "")
	require.NoError(t, err)
	require.Len(t, all, 1)
}

// What came of answers in chat is counted where operators look.
func TestAnswersAreCounted(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.browser().signIn()
	s, err := g.store.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	_, g.adminKey, err = g.store.CreateKey(t.Context(), registry.RoleAdmin, 0, "test", "test")
	require.NoError(t, err)
	require.NoError(t, g.app.Send(t.Context(), kick.Channel{ID: s.ID, Username: "alice", KickID: "77"}, "hello"))
	require.Eventually(t, func() bool { return len(g.kick.Said()) == 1 && g.app.Stats().Sent == 1 }, time.Minute, time.Millisecond)
	b := g.ask("GET", "/api/pool", g.adminKey, "").ok(200, nil).body
	require.Contains(t, b, `"chat":{"sent":1,"unsaid":0,"dropped":0,"failed":0}`)
	all := g.scrape()
	require.EqualValues(t, 1, all[`streamvault_kick_answers_total{outcome="sent"}`])
	require.Contains(t, all, `streamvault_kick_answers_total{outcome="dropped"}`)
}
