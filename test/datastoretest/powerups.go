package datastoretest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// rocket is what the tests buy.
func (h *house) rocket(t *testing.T, cost int64) {
	t.Helper()
	require.NoError(t, h.a.SetPowerup(h.ctx, tenant.Powerup{ID: "rocket", Name: "Rocket", Cost: cost, Enabled: true}))
}

func (h *house) give(t *testing.T, name string, amount int64) tenant.User {
	t.Helper()
	_ = must(h.a.AddPoints(h.ctx, name, tenant.Award{Amount: amount, Source: "chat"}))(t)
	return must(h.a.UserByName(h.ctx, name))(t)
}

// consistent holds a viewer's money against his goods.
func (h *house) consistent(t *testing.T, u tenant.User) {
	t.Helper()
	for kind, want := range map[tenant.Kind]int64{tenant.ChannelPoints: u.Points.Channel, tenant.DropPoints: u.Points.Drop} {
		var sum int64
		for _, amount := range must(h.a.LedgerSummary(h.ctx, u.ID, kind))(t) {
			sum += amount
		}
		require.Equal(t, want, sum, "the %s balance is the sum of its ledger", kind)
	}
}

func powerups(t *testing.T, h *house) {
	p := tenant.Powerup{ID: "rocket", Name: "Rocket", Description: "Up", Cost: 1, Emoji: "🚀", Effect: "Flies",
		Variables: json.RawMessage(`{"speed":2}`), Enabled: true}
	require.NoError(t, h.a.SetPowerup(h.ctx, p))
	all := must(h.a.Powerups(h.ctx, false))(t)
	p.CreatedAt, p.UpdatedAt = Clock, Clock
	require.Equal(t, p, all[0], "the cheapest comes first")
	require.NoError(t, h.a.SetPowerup(h.ctx, tenant.Powerup{ID: "rocket", Name: "Big", Cost: 2, Enabled: true}))
	all = must(h.a.Powerups(h.ctx, false))(t)
	require.Equal(t, "🚀", all[0].Emoji, "what is empty keeps what is there")
	require.Equal(t, `{"speed":2}`, string(all[0].Variables))
	require.NoError(t, h.a.DisablePowerup(h.ctx, "rocket"))
	require.Len(t, must(h.a.Powerups(h.ctx, false))(t), len(all)-1)
	require.Len(t, must(h.a.Powerups(h.ctx, true))(t), len(all), "whoever edits sees them all")
	require.ErrorIs(t, h.a.DisablePowerup(h.ctx, "none"), scope.ErrNotFound)
	for field, p := range map[string]tenant.Powerup{
		"id":          {ID: "a b", Name: "x"},
		"name":        {ID: "x"},
		"cost":        {ID: "x", Name: "x", Cost: -1},
		"variables":   {ID: "x", Name: "x", Variables: json.RawMessage(`[1]`)},
		"description": {ID: "x", Name: "x", Description: strings.Repeat("x", 501)},
	} {
		t.Run(field, func(t *testing.T) { invalid(t, field, h.a.SetPowerup(h.ctx, p)) })
	}
	for i := len(all); i < tenant.MaxPowerups; i++ {
		require.NoError(t, h.a.SetPowerup(h.ctx, tenant.Powerup{ID: tenant.PowerupID(fmt.Sprint("p", i)), Name: "x"}))
	}
	invalid(t, "powerups", h.a.SetPowerup(h.ctx, tenant.Powerup{ID: "more", Name: "x"}))
}

func inventory(t *testing.T, h *house) {
	h.rocket(t, 5)
	require.EqualValues(t, 3, must(h.a.GivePowerup(h.ctx, "Ann", "rocket", 3))(t), "an unknown viewer is created")
	u := must(h.a.UserByName(h.ctx, "ann"))(t)
	require.Equal(t, []tenant.Item{{Powerup: "rocket", Quantity: 3}}, must(h.a.Inventory(h.ctx, u.ID))(t))
	for left := int64(2); left >= 0; left-- {
		require.Equal(t, left, must(h.a.UsePowerup(h.ctx, "ANN", "rocket"))(t))
	}
	_, err := h.a.UsePowerup(h.ctx, "Ann", "rocket")
	require.ErrorIs(t, err, scope.ErrNotFound)
	_, err = h.a.UsePowerup(h.ctx, "Nobody", "rocket")
	require.ErrorIs(t, err, scope.ErrNotFound)
	require.Empty(t, must(h.a.Inventory(h.ctx, u.ID))(t), "none is not shown")
	_, err = h.a.GivePowerup(h.ctx, "Ben", "none", 1)
	require.ErrorIs(t, err, scope.ErrNotFound)
	_, err = h.a.UserByName(h.ctx, "Ben")
	require.ErrorIs(t, err, scope.ErrNotFound)
	_, err = h.a.GivePowerup(h.ctx, "Ann", "rocket", 0)
	invalid(t, "quantity", err)
	_ = must(h.a.GivePowerup(h.ctx, "Ann", "rocket", tenant.MaxPoints))(t)
	_, err = h.a.GivePowerup(h.ctx, "Ann", "rocket", 1)
	require.ErrorIs(t, err, scope.ErrOutOfRange)
}

func buying(t *testing.T, h *house) {
	h.rocket(t, 30)
	u := h.give(t, "Ann", 100)
	require.Equal(t, tenant.Bought{Balance: 70, Quantity: 1}, must(h.a.BuyPowerup(h.ctx, "ANN", tenant.Order{Powerup: "rocket"}))(t))
	h.rocket(t, 40)
	require.Equal(t, tenant.Bought{Balance: 30, Quantity: 2}, must(h.a.BuyPowerup(h.ctx, "Ann", tenant.Order{Powerup: "rocket"}))(t), "the price of the moment")
	_, err := h.a.BuyPowerup(h.ctx, "Ann", tenant.Order{Powerup: "rocket"})
	var poor *tenant.InsufficientError
	require.ErrorAs(t, err, &poor)
	require.Equal(t, tenant.InsufficientError{Price: 40, Balance: 30}, *poor)
	past := must(h.a.Purchases(h.ctx, u.ID, tenant.Place{}, 10))(t)
	require.Len(t, past, 2)
	require.EqualValues(t, 30+40, past[0].Cost+past[1].Cost)
	rows := must(h.a.Ledger(h.ctx, u.ID, tenant.ChannelPoints, tenant.Place{}, 10))(t)
	require.Len(t, rows, 3)
	require.Equal(t, "Bought Rocket powerup", *rows[1].Description)
	require.Equal(t, "spend", rows[1].Source)
	for _, id := range []tenant.PowerupID{"none", "constructor", ""} {
		_, err = h.a.BuyPowerup(h.ctx, "Ann", tenant.Order{Powerup: id})
		invalid(t, "powerupId", err)
	}
	require.NoError(t, h.a.DisablePowerup(h.ctx, "rocket"))
	_, err = h.a.BuyPowerup(h.ctx, "Ann", tenant.Order{Powerup: "rocket"})
	invalid(t, "powerupId", err)
	h.rocket(t, 1)
	_, err = h.a.BuyPowerup(h.ctx, "Nobody", tenant.Order{Powerup: "rocket"})
	require.ErrorAs(t, err, &poor)
	_, err = h.a.UserByName(h.ctx, "Nobody")
	require.ErrorIs(t, err, scope.ErrNotFound, "a purchase that cannot be paid makes no viewer")
	h.rocket(t, 0)
	require.Equal(t, tenant.Bought{Balance: 0, Quantity: 1}, must(h.a.BuyPowerup(h.ctx, "Guest", tenant.Order{Powerup: "rocket"}))(t))
	h.consistent(t, must(h.a.UserByName(h.ctx, "Ann"))(t))
}

func buyingOnce(t *testing.T, h *house) {
	h.rocket(t, 30)
	u := h.give(t, "Ann", 100)
	first := must(h.a.BuyPowerup(h.ctx, "Ann", tenant.Order{Powerup: "rocket", IdempotencyKey: "k"}))(t)
	require.False(t, first.Replayed)
	for range 5 {
		again := must(h.a.BuyPowerup(h.ctx, "Ann", tenant.Order{Powerup: "rocket", IdempotencyKey: "k"}))(t)
		require.True(t, again.Replayed)
		again.Replayed = false
		require.Equal(t, first, again)
	}
	var reused *tenant.KeyReusedError
	_, err := h.a.BuyPowerup(h.ctx, "Ann", tenant.Order{Powerup: "shield", IdempotencyKey: "k"})
	require.ErrorAs(t, err, &reused)
	h.give(t, "Ben", 100)
	require.False(t, must(h.a.BuyPowerup(h.ctx, "Ben", tenant.Order{Powerup: "rocket", IdempotencyKey: "k"}))(t).Replayed,
		"each viewer has keys of his own")
	require.False(t, must(h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: 1, Source: "chat", IdempotencyKey: "k"}))(t).Replayed,
		"and none of them is the bot's")
	require.Len(t, must(h.a.Purchases(h.ctx, u.ID, tenant.Place{}, 10))(t), 1)
	_, err = h.a.BuyPowerup(h.ctx, "Ann", tenant.Order{Powerup: "rocket", IdempotencyKey: strings.Repeat("k", 256)})
	invalid(t, "Idempotency-Key", err)
}

// buyingAtOnce: a hundred buyers with funds for ten buy exactly ten.
func buyingAtOnce(t *testing.T, h *house) {
	h.rocket(t, 7)
	u := h.give(t, "Ann", 75)
	var bought, refused atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			_, err := h.a.BuyPowerup(h.ctx, "Ann", tenant.Order{Powerup: "rocket"})
			var poor *tenant.InsufficientError
			switch {
			case err == nil:
				bought.Add(1)
			case errors.As(err, &poor):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 10, bought.Load())
	require.EqualValues(t, 90, refused.Load())
	require.Equal(t, []tenant.Item{{Powerup: "rocket", Quantity: 10}}, must(h.a.Inventory(h.ctx, u.ID))(t))
	require.Len(t, must(h.a.Purchases(h.ctx, u.ID, tenant.Place{}, 100))(t), 10)
	u = must(h.a.UserByName(h.ctx, "Ann"))(t)
	require.EqualValues(t, 5, u.Points.Channel)
	h.consistent(t, u)
}
