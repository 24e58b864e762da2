package api

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/tenant"
)

// lastEvent is what overlays see.
func (s *stand) lastEvent() string {
	s.Helper()
	st, err := s.store.Tenant(s.alice.ID).StreamStatus(s.Context())
	require.NoError(s, err)
	return string(st.LastEvent)
}

func (s *stand) goal(id tenant.GoalID) int64 {
	s.Helper()
	all, err := s.store.Tenant(s.alice.ID).Goals(s.Context(), true)
	require.NoError(s, err)
	for _, g := range all {
		if g.ID == id {
			return g.Current
		}
	}
	require.Fail(s, "no goal", id)
	return 0
}

func (s *stand) set(key, value string) {
	s.Helper()
	require.NoError(s, s.store.Tenant(s.alice.ID).SetSetting(s.Context(), key, value))
}

func TestWhatEventsAreWorth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		what, body       string
		points           int64 // of zoe
		followers, subs  int64
		event, eventLike string // last event: username and details; "" for none
	}{
		"Follow":        {"channel.followed", `{"follower":{"username":"zoe"}}`, 0, 1, 0, "follow", `"username":"zoe"`},
		"New":           {"channel.subscription.new", newSubscriber, 2000, 0, 1, "subscription", `"username":"zoe"`},
		"Renewal":       {"channel.subscription.renewal", `{"subscriber":{"username":"zoe"},"duration":3}`, 1000, 0, 0, "subscription", `"Renewal"`},
		"Gifts":         {"channel.subscription.gifts", `{"gifter":{"username":"zoe"},"giftees":[{},{},{}]}`, 4500, 0, 3, "gift", `"3 subs"`},
		"GiftCount":     {"channel.subscription.gifts", `{"gifter":{"username":"zoe"},"gift_count":5}`, 7500, 0, 5, "gift", `"5 subs"`},
		"NullGifter":    {"channel.subscription.gifts", `{"gifter":null,"giftees":[{}]}`, 0, 0, 1, "gift", `"Anonymous"`},
		"AnonymousGift": {"channel.subscription.gifts", `{"gifter":{"is_anonymous":true,"user_id":null,"username":null},"giftees":[{},{}]}`, 0, 0, 2, "gift", `"Anonymous"`},
		"NobodysGift":   {"channel.subscription.gifts", `{"gifter":null,"giftees":[{"username":"zoe"}]}`, 0, 0, 1, "gift", `"1 sub"`},
		"Kicks":         {"kicks.gifted", `{"sender":{"username":"zoe"},"gift":{"amount":500,"name":"Rage Quit"}}`, 50_000, 0, 0, "tip", `"500 Kicks"`},
		"OneKick":       {"kicks.gifted", `{"sender":{"username":"zoe"},"amount":1}`, 100, 0, 0, "tip", `"1 Kick"`},
		"Chat":          {"chat.message.sent", `{"sender":{"username":"zoe"},"content":"hello"}`, 25, 0, 0, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t)
			followers, subs := s.goal("followers"), s.goal("subscribers")
			s.deliver(s.delivery("01J", c.what, c.body)).ok(200, nil)
			require.Equal(t, c.points, s.points("zoe"))
			require.Equal(t, c.followers, s.goal("followers")-followers)
			require.Equal(t, c.subs, s.goal("subscribers")-subs)
			if c.event == "" {
				require.Empty(t, s.lastEvent())
				return
			}
			require.Contains(t, s.lastEvent(), `"type":"`+c.event+`"`)
			require.Contains(t, s.lastEvent(), `"timestamp":"2026-11-24T12:00:00Z"`)
			require.Contains(t, s.lastEvent(), c.eventLike)
		})
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for name, c := range map[string][2]string{
		"NegativeKicks": {"kicks.gifted", `{"sender":{"username":"zoe"},"amount":-100}`},
		"NoNumber":      {"kicks.gifted", `{"sender":{"username":"zoe"},"amount":{}}`},
		"HalfAKick":     {"kicks.gifted", `{"sender":{"username":"zoe"},"gift":{"amount":0.5}}`},
		"NoGift":        {"kicks.gifted", `{"sender":{"username":"zoe"},"gift":{}}`},
		"NoGiftees":     {"channel.subscription.gifts", `{"gifter":{"username":"zoe"},"giftees":[]}`},
		"NobodyWrites":  {"chat.message.sent", `{"sender":null,"content":"hello"}`},
		"NoText":        {"chat.message.sent", `{"sender":{"username":"zoe"},"content":7}`},
		"NobodyFollows": {"channel.followed", `{"follower":{"is_anonymous":true,"username":"zoe"}}`},
		"PerhapsLive":   {"livestream.status.updated", `{"is_live":null}`},
		"BadName":       {"channel.subscription.new", `{"subscriber":{"username":"a\u0000b"}}`},
		"TwoTypes":      {"channel.followed", `{"follower":{"username":"zoe"},"subscriber":{"username":"zoe"}}`},
	} {
		s.deliver(s.delivery(name, c[0], c[1])).problem(400, "invalid_request")
	}
	require.Zero(t, s.points("zoe"))
	require.Empty(t, s.lastEvent())
}

func TestTheStreamGoesLiveAndEnds(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for i, live := range []bool{true, false} {
		s.deliver(s.delivery(fmt.Sprint(i), "livestream.status.updated", fmt.Sprintf(`{"is_live":%t,"title":"t"}`, live))).ok(200, nil)
		st, err := s.store.Tenant(s.alice.ID).StreamStatus(t.Context())
		require.NoError(t, err)
		require.Equal(t, live, st.Live)
	}
}

func TestSettingsSayWhatThingsAreWorth(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for key, value := range map[string]string{"points_chat": "7", "points_chat_interval_seconds": "10", "points_subscription": "0",
		"points_renewal": "nonsense", "points_kick": "1000000000000"} {
		s.set(key, value)
	}
	chat := func(id, who string) {
		s.deliver(s.delivery(id, "chat.message.sent", `{"sender":{"username":"`+who+`"},"content":"hello"}`)).ok(200, nil)
	}
	chat("1", "zoe")
	chat("2", "Zoe")
	chat("3", "ann")
	require.EqualValues(t, 7, s.points("zoe"), "one award in ten seconds")
	require.EqualValues(t, 7, s.points("ann"))
	s.now = s.now.Add(10 * time.Second)
	chat("4", "zoe")
	require.EqualValues(t, 14, s.points("zoe"))
	s.deliver(s.delivery("5", "channel.subscription.new", newSubscriber)).ok(200, nil)
	require.EqualValues(t, 14, s.points("zoe"), "worth nothing")
	s.deliver(s.delivery("6", "channel.subscription.renewal", `{"subscriber":{"username":"zoe"}}`)).ok(200, nil)
	require.EqualValues(t, 1014, s.points("zoe"), "what is no number has its default")
	s.deliver(s.delivery("7", "kicks.gifted", `{"sender":{"username":"zoe"},"gift":{"amount":1000000000}}`)).ok(200, nil)
	require.EqualValues(t, tenant.MaxPoints, s.points("zoe"))
	var settings map[string]string
	h := s.key(registry.RoleOverlay, s.alice)
	require.NoError(t, json.Unmarshal([]byte(s.ask("GET", "/alice/api/overlay/settings", h, "").ok(200, nil).body), &settings))
	require.Equal(t, "7", settings["points_chat"])
}
