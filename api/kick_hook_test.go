package api

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

const newSubscriber = `{"subscriber":{"is_anonymous":false,"user_id":7,"username":"zoe"},"duration":1,"created_at":"2026-11-24T12:00:00Z"}`

func TestOnlyTheFirstValidDeliveryActs(t *testing.T) {
	t.Parallel()
	const sub = "channel.subscription.new"
	refused := map[string]struct {
		status int
		code   string
		spoil  func(*delivery)
	}{
		"Tampered":         {401, "unauthorized", func(d *delivery) { d.signature = new(sign(d)); d.body += " " }},
		"OtherID":          {401, "unauthorized", func(d *delivery) { d.signature = new(sign(d)); d.id = "other" }},
		"OtherTime":        {401, "unauthorized", func(d *delivery) { d.signature = new(sign(d)); d.stamp = "2026-11-24T12:00:01Z" }},
		"NoSignature":      {401, "unauthorized", func(d *delivery) { d.signature = new("") }},
		"Garbage":          {401, "unauthorized", func(d *delivery) { d.signature = new("AAAA") }},
		"NotBase64":        {401, "unauthorized", func(d *delivery) { d.signature = new("***") }},
		"WrongKey":         {401, "unauthorized", func(d *delivery) { d.key = strangersKey() }},
		"TwoSignatures":    {401, "unauthorized", func(d *delivery) { d.header = http.Header{"Kick-Event-Signature": {"AAAA"}} }},
		"NoID":             {401, "unauthorized", func(d *delivery) { d.id = "" }},
		"NoTime":           {401, "unauthorized", func(d *delivery) { d.stamp = "" }},
		"Stale":            {401, "unauthorized", func(d *delivery) { d.stamp = kickNow.Add(-5*time.Minute - time.Second).Format(time.RFC3339) }},
		"Future":           {401, "unauthorized", func(d *delivery) { d.stamp = kickNow.Add(5*time.Minute + time.Second).Format(time.RFC3339) }},
		"NoBody":           {401, "unauthorized", func(d *delivery) { d.signature = new("AAAA"); d.body = "" }},
		"Swapped":          {400, "invalid_request", func(d *delivery) { d.what = "channel.followed" }},
		"SwappedRenewal":   {400, "invalid_request", func(d *delivery) { d.what = "channel.subscription.renewal" }},
		"SwappedGifts":     {400, "invalid_request", func(d *delivery) { d.what = "channel.subscription.gifts" }},
		"SwappedChat":      {400, "invalid_request", func(d *delivery) { d.what = "chat.message.sent" }},
		"SwappedKicks":     {400, "invalid_request", func(d *delivery) { d.what = "kicks.gifted" }},
		"NoType":           {400, "invalid_request", func(d *delivery) { d.what = "" }},
		"OfNobody":         {404, "not_found", func(d *delivery) { d.body = strings.Replace(d.body, kickAlice, kickNobody, 1) }},
		"NoBroadcaster":    {400, "invalid_request", func(d *delivery) { d.body = strings.Replace(d.body, kickAlice, "null", 1) }},
		"NoObject":         {400, "invalid_request", func(d *delivery) { d.body = `[]` }},
		"AnotherBroadcast": {200, "", func(d *delivery) { d.body = strings.Replace(d.body, kickAlice, kickBob, 1) }},
		"UnknownType":      {200, "", func(d *delivery) { d.what = "moderation.banned" }},
	}
	s := newStand(t)
	for name, c := range refused {
		d := s.delivery("01J", sub, newSubscriber)
		c.spoil(&d)
		got := s.deliver(d)
		require.Equal(t, c.status, got.status, "%s: %s", name, got.body)
		if c.code != "" {
			got.problem(c.status, c.code)
		}
		require.Zero(t, s.points("zoe"), name)
	}
	require.Equal(t, s.get("/nobody/api/goals").body, s.deliver(s.delivery("x", sub, strings.Replace(newSubscriber, "{", `{"broadcaster":{"user_id":1003},`, 1))).body)
	u, err := s.store.Tenant(s.bob.ID).UserByName(t.Context(), "zoe")
	require.NoError(t, err, "what is bob's is bob's")
	require.EqualValues(t, 2000, u.Points.Channel)

	valid := s.delivery("01J", sub, newSubscriber)
	s.deliver(valid).ok(200, nil)
	require.EqualValues(t, 2000, s.points("zoe"), "no wrong delivery has used up the id")
	s.deliver(valid).ok(200, nil)
	s.close()
	s.open()
	s.deliver(valid).ok(200, nil)
	s.now = s.now.Add(4 * time.Minute)
	s.deliver(valid).ok(200, nil)
	require.EqualValues(t, 2000, s.points("zoe"), "once")
}

func TestDeliveriesAtOnceActOnce(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	d := s.delivery("01J", "channel.subscription.new", newSubscriber)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { s.deliver(d).ok(200, nil) })
	}
	wg.Wait()
	require.EqualValues(t, 2000, s.points("zoe"))
}

func TestSuspendedAndRemovedChannelsTakeNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	d := s.delivery("01J", "channel.subscription.new", newSubscriber)
	s.setState(s.alice, registry.Suspended, "rest")
	require.Equal(t, "rest", s.deliver(d).problem(403, "suspended").Reason)
	s.setState(s.alice, registry.Active, "")
	s.deliver(d).ok(200, nil)
	s.setState(s.alice, registry.Trashed, "")
	s.deliver(d).problem(404, "not_found")
}

func TestWithoutKeysNothingIsTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask("POST", "/webhooks/kick", h.adminKey, `{}`).problem(503, "webhooks_disabled")
	h.ask("POST", "/webhooks/kick", "", "").problem(503, "webhooks_disabled")
}
