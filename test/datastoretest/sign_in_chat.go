package datastoretest

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func cooldowns(t *testing.T, h *house) {
	wait, err := h.a.UseCommand(h.ctx, "Ann", "!gamble", time.Minute)
	require.NoError(t, err)
	require.Zero(t, wait)
	u, err := h.a.UserByName(h.ctx, "ann")
	require.NoError(t, err, "the viewer is created")
	h.wait(20 * time.Second)
	wait, err = h.a.UseCommand(h.ctx, "ANN", "!gamble", time.Hour)
	require.NoError(t, err)
	require.Equal(t, 40*time.Second, wait, "the one that runs counts")
	for _, free := range []struct {
		s             tenant.CooldownStore
		name, command string
	}{{h.a, "Ann", "!duel"}, {h.a, "Ann", "!Gamble"}, {h.a, "Ben", "!gamble"}, {h.b, "Ann", "!gamble"}} {
		wait, err = free.s.UseCommand(h.ctx, free.name, free.command, time.Second)
		require.NoError(t, err)
		require.Zero(t, wait)
	}
	h.wait(2 * time.Second)
	running, err := h.a.Cooldowns(h.ctx, u.ID)
	require.NoError(t, err)
	require.Equal(t, []tenant.Cooldown{{Command: "!gamble", LastUsedAt: Clock, ExpiresAt: Clock.Add(time.Minute)}}, running)
	h.wait(38 * time.Second)
	wait, err = h.a.UseCommand(h.ctx, "Ann", "!gamble", 0)
	require.NoError(t, err)
	require.Zero(t, wait, "it is over on its last millisecond")
	wait, err = h.a.UseCommand(h.ctx, "Ann", "!gamble", time.Second)
	require.NoError(t, err)
	require.Zero(t, wait, "no cooldown, no wait")
	none, err := h.b.Cooldowns(h.ctx, u.ID)
	require.NoError(t, err)
	require.Equal(t, []tenant.Cooldown{}, none)
	kept, err := h.a.ExportUser(h.ctx, u.ID)
	require.NoError(t, err)
	require.Len(t, kept.Cooldowns, 1, "those that are over are swept")
}

func cooldownRace(t *testing.T, h *house) {
	var free atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			wait, err := h.a.UseCommand(h.ctx, "Ann", "!gamble", time.Minute)
			if err != nil || wait != 0 && wait != time.Minute {
				t.Errorf("%v, %v", wait, err)
			}
			if wait == 0 {
				free.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, free.Load())
}

func cooldownLimits(t *testing.T, h *house) {
	_, err := h.a.UseCommand(h.ctx, "Ann", strings.Repeat("x", 100), 24*time.Hour)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		field, username, command string
		cooldown                 time.Duration
	}{
		"NoCommand":   {"command", "Ann", "", time.Second},
		"LongCommand": {"command", "Ann", strings.Repeat("x", 101), time.Second},
		"BadCommand":  {"command", "Ann", "\xff", time.Second},
		"Negative":    {"cooldown", "Ann", "!a", -time.Millisecond},
		"TooLong":     {"cooldown", "Ann", "!a", 24*time.Hour + time.Millisecond},
		"NoName":      {"username", "", "!a", time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var invalid *tenant.InvalidError
			_, err := h.a.UseCommand(h.ctx, c.username, c.command, c.cooldown)
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, c.field, invalid.Field)
		})
	}
}

func webhooks(t *testing.T, h *house) {
	var firsts atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			done, err := h.a.HandleMessage(h.ctx, tenant.Message{ID: "01J"})
			if err != nil {
				t.Error(err)
			}
			if done.First {
				firsts.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, firsts.Load())
	require.True(t, h.sent(t, tenant.Message{ID: "01j"}).First, "compared as it is written")

	h.wait(7*24*time.Hour - time.Millisecond)
	require.False(t, h.sent(t, tenant.Message{ID: "01J"}).First)
	h.wait(time.Millisecond)
	require.True(t, h.sent(t, tenant.Message{ID: "01J"}).First, "forgotten after 7 days")
	for name, id := range map[string]string{"Empty": "", "TooLong": strings.Repeat("x", 201), "NotUTF8": "\xff"} {
		t.Run(name, func(t *testing.T) {
			var invalid *tenant.InvalidError
			_, err := h.a.HandleMessage(h.ctx, tenant.Message{ID: id})
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, "messageId", invalid.Field)
		})
	}
}

func idempotencyMemory(t *testing.T, h *house) {
	give := tenant.Award{Amount: 5, Source: "chat", IdempotencyKey: "key"}
	_, err := h.a.AddPoints(h.ctx, "Ann", give)
	require.NoError(t, err)
	h.wait(7*24*time.Hour - time.Millisecond)
	again, err := h.a.AddPoints(h.ctx, "Ann", give)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	h.wait(time.Millisecond)
	later, err := h.a.AddPoints(h.ctx, "Ann", give)
	require.NoError(t, err)
	require.False(t, later.Replayed, "forgotten after 7 days")
	require.EqualValues(t, 10, later.Channel)
}

func status(t *testing.T, h *house) {
	st, err := h.a.StreamStatus(h.ctx)
	require.NoError(t, err)
	require.Equal(t, tenant.StreamStatus{}, st, "not live when nothing is known")
	require.NoError(t, h.a.SetLive(h.ctx, true))
	h.wait(time.Second)
	event := json.RawMessage(`{"type":"sub","username":"Ann"}`)
	require.NoError(t, h.a.SetLastEvent(h.ctx, event))
	st, err = h.a.StreamStatus(h.ctx)
	require.NoError(t, err)
	require.Equal(t, tenant.StreamStatus{Live: true, LastEvent: event, UpdatedAt: Clock.Add(time.Second)}, st)
	require.NoError(t, h.a.SetLive(h.ctx, false))
	st, err = h.a.StreamStatus(h.ctx)
	require.NoError(t, err)
	require.Equal(t, tenant.StreamStatus{LastEvent: event, UpdatedAt: Clock.Add(time.Second)}, st)
	other, err := h.b.StreamStatus(h.ctx)
	require.NoError(t, err)
	require.Equal(t, tenant.StreamStatus{}, other)

	long := fmt.Sprintf(`{"a":"%s"}`, strings.Repeat("x", 64<<10-8))
	require.NoError(t, h.a.SetLastEvent(h.ctx, json.RawMessage(long)))
	for name, bad := range map[string]string{
		"Nothing": "", "Null": "null", "Array": "[]", "Text": `"x"`, "Cut": `{"a":`, "Trailing": `{} {}`, "NotUTF8": "{\"a\":\"\xff\"}", "TooLong": long + " ",
	} {
		t.Run(name, func(t *testing.T) {
			var invalid *tenant.InvalidError
			require.ErrorAs(t, h.a.SetLastEvent(h.ctx, json.RawMessage(bad)), &invalid)
			require.Equal(t, "event", invalid.Field)
		})
	}
	require.NoError(t, h.b.SetLastEvent(h.ctx, json.RawMessage(" {}")))
	other, err = h.b.StreamStatus(h.ctx)
	require.NoError(t, err)
	require.False(t, other.Live)
}

func rejects(t *testing.T, h *house) {
	none, err := h.a.LegacyRejects(h.ctx, 0, 10)
	require.NoError(t, err)
	require.Equal(t, []tenant.LegacyReject{}, none, "only an import makes them")
	_, err = h.ds.Tenant(scope.StreamerID(999)).LegacyRejects(h.ctx, 0, 10)
	require.Error(t, err)
}
