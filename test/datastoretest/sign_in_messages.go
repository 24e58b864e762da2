package datastoretest

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// sent handles a message of streamer a.
func (h *house) sent(t *testing.T, m tenant.Message) tenant.Handled {
	t.Helper()
	done, err := h.a.HandleMessage(h.ctx, m)
	require.NoError(t, err)
	return done
}

// channel is the balance of a viewer of streamer a.
func (h *house) channel(t *testing.T, name string) int64 {
	t.Helper()
	u, err := h.a.UserByName(h.ctx, name)
	require.NoError(t, err)
	return u.Points.Channel
}

func messages(t *testing.T, h *house) {
	_, err := h.a.SetGoal(h.ctx, tenant.Goal{ID: "subscribers", Label: "Subscribers", Current: tenant.MaxPoints - 2, Target: 50})
	require.NoError(t, err)
	m := tenant.Message{ID: "01J", Award: tenant.Move{Username: "Ann", Amount: 25, Source: "gift", Description: "Gifted"}, Rest: time.Minute,
		Goal: "subscribers", By: 1, Live: new(true), Event: json.RawMessage(`{"type":"gift"}`)}
	require.Equal(t, tenant.Handled{First: true}, h.sent(t, m))
	require.Equal(t, tenant.Handled{}, h.sent(t, m), "once")
	require.EqualValues(t, 25, h.channel(t, "ann"))
	u, err := h.a.UserByName(h.ctx, "Ann")
	require.NoError(t, err)
	rows, err := h.a.Ledger(h.ctx, u.ID, tenant.ChannelPoints, tenant.Place{}, 10)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, "Gifted", *rows[0].Description)
	st, err := h.a.StreamStatus(h.ctx)
	require.NoError(t, err)
	require.Equal(t, tenant.StreamStatus{Live: true, LastEvent: m.Event, UpdatedAt: Clock}, st)

	m.ID, m.By, m.Live, m.Event = "second", 7, nil, nil
	h.sent(t, m)
	require.EqualValues(t, 25, h.channel(t, "Ann"), "the viewer rests")
	goals, err := h.a.Goals(h.ctx, true)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(goals), fmt.Sprint(int64(tenant.MaxPoints)), "no goal passes its bound")
	h.wait(time.Minute)
	m.ID, m.Award.Amount, m.Goal = "third", tenant.MaxPoints, "none"
	h.sent(t, m)
	require.EqualValues(t, tenant.MaxPoints, h.channel(t, "Ann"), "no balance passes its bound")
	m.ID, m.Rest = "fourth", 0
	h.sent(t, m)
	first, err := h.b.HandleMessage(h.ctx, tenant.Message{ID: "01J"})
	require.NoError(t, err)
	require.True(t, first.First, "ids of two streamers are two ids")
}

func messageCommands(t *testing.T, h *house) {
	give := tenant.Move{Username: "Ann", Amount: 100, Source: "chat"}
	h.sent(t, tenant.Message{ID: "1", Award: give})
	duel := &tenant.Command{Username: "Bob", Name: "!accept", Cooldown: time.Second, Event: json.RawMessage(`{"type":"duel"}`),
		Moves: []tenant.Move{{Username: "Ann", Amount: -60, Source: "duel"}, {Username: "Bob", Amount: 60, Source: "duel", Stake: 60}}}
	done := h.sent(t, tenant.Message{ID: "2", Award: tenant.Move{Username: "Bob", Amount: 25, Source: "chat"}, Command: duel})
	var poor *tenant.InsufficientError
	require.ErrorAs(t, done.Refused, &poor)
	require.Equal(t, tenant.InsufficientError{Price: 60, Balance: 25}, *poor)
	require.EqualValues(t, 100, h.channel(t, "Ann"), "nothing of the command")
	require.EqualValues(t, 25, h.channel(t, "Bob"), "all of the rest")
	st, err := h.a.StreamStatus(h.ctx)
	require.NoError(t, err)
	require.Nil(t, st.LastEvent)

	done = h.sent(t, tenant.Message{ID: "3", Command: duel})
	require.Equal(t, tenant.Handled{First: true, Wait: time.Second}, done, "a refused command rests too")
	h.wait(time.Second)
	duel.Moves[0].Amount, duel.Moves[1].Amount, duel.Moves[1].Stake = -25, 25, 25
	require.Equal(t, tenant.Handled{First: true}, h.sent(t, tenant.Message{ID: "4", Command: duel}))
	require.EqualValues(t, 75, h.channel(t, "Ann"))
	require.EqualValues(t, 50, h.channel(t, "Bob"))

	require.NoError(t, h.a.SetPowerup(h.ctx, tenant.Powerup{ID: "tnt", Name: "TNT", Cost: 40, Enabled: true}))
	buy := &tenant.Command{Username: "Ann", Name: "!drop", Buy: "tnt"}
	done = h.sent(t, tenant.Message{ID: "5", Command: buy})
	require.Equal(t, tenant.Bought{Balance: 35, Quantity: 1}, done.Bought)
	require.Equal(t, tenant.Handled{}, h.sent(t, tenant.Message{ID: "5", Command: buy}), "once")
	done = h.sent(t, tenant.Message{ID: "6", Command: buy})
	require.ErrorAs(t, done.Refused, &poor)
	require.Equal(t, tenant.Bought{}, done.Bought)
	h.sent(t, tenant.Message{ID: "more", Award: tenant.Move{Username: "Ann", Amount: 75, Source: "chat"}})
	buy.Quantity = 3
	require.ErrorAs(t, h.sent(t, tenant.Message{ID: "three", Command: buy}).Refused, &poor)
	require.EqualValues(t, 110, h.channel(t, "Ann"), "three or none")
	buy.Quantity = 2
	require.Equal(t, tenant.Bought{Balance: 30, Quantity: 3}, h.sent(t, tenant.Message{ID: "two", Command: buy}).Bought)
	buy.Buy = "none"
	var invalid *tenant.InvalidError
	require.ErrorAs(t, h.sent(t, tenant.Message{ID: "7", Command: buy}).Refused, &invalid)
}

func messageCodes(t *testing.T, h *house) {
	code, err := h.a.NewCode(h.ctx, "Ann")
	require.NoError(t, err)
	verify := &tenant.Command{Username: "ann", Name: "!verify", Code: "WRONG1"}
	for i := range 4 {
		done := h.sent(t, tenant.Message{ID: fmt.Sprint("wrong", i), Command: verify})
		require.ErrorIs(t, done.Refused, scope.ErrNotFound)
	}
	verify.Code = code.Code
	require.NoError(t, h.sent(t, tenant.Message{ID: "right", Command: verify}).Refused)
	checked, err := h.a.CheckCode(h.ctx, "Ann", code.Code)
	require.NoError(t, err)
	require.True(t, checked.Verified)

	code, err = h.a.NewCode(h.ctx, "Ann")
	require.NoError(t, err)
	verify.Code = "WRONG1"
	for i := range 5 {
		h.sent(t, tenant.Message{ID: fmt.Sprint("more", i), Command: verify})
	}
	verify.Code = code.Code
	require.ErrorIs(t, h.sent(t, tenant.Message{ID: "late", Command: verify}).Refused, scope.ErrNotFound, "wrong codes use up tries")
}

func messageRace(t *testing.T, h *house) {
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			m := tenant.Message{ID: fmt.Sprint(i % 10), Award: tenant.Move{Username: "Ann", Amount: 5, Source: "chat"},
				Command: &tenant.Command{Username: "Ann", Name: fmt.Sprint("!", i%10), Moves: []tenant.Move{{Username: "Ann", Amount: -2, Source: "gamble"}}}}
			if _, err := h.a.HandleMessage(h.ctx, m); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 30, h.channel(t, "Ann"))
}

func messageLimits(t *testing.T, h *house) {
	good := func() tenant.Message {
		return tenant.Message{ID: "01J", Award: tenant.Move{Username: "Ann", Amount: 1, Source: "chat"},
			Command: &tenant.Command{Username: "Ann", Name: "!a", Moves: []tenant.Move{{Username: "Ann", Amount: 1, Source: "chat"}}}}
	}
	for name, spoil := range map[string]func(*tenant.Message){
		"NoID":         func(m *tenant.Message) { m.ID = "" },
		"LongID":       func(m *tenant.Message) { m.ID = strings.Repeat("x", 201) },
		"NoSource":     func(m *tenant.Message) { m.Award.Source = "" },
		"Takes":        func(m *tenant.Message) { m.Award.Amount = -1 },
		"LongRest":     func(m *tenant.Message) { m.Rest = 25 * time.Hour },
		"Backwards":    func(m *tenant.Message) { m.By = -1 },
		"Event":        func(m *tenant.Message) { m.Event = json.RawMessage(`[]`) },
		"BadName":      func(m *tenant.Message) { m.Award.Username = "a\x00b" },
		"CommandName":  func(m *tenant.Message) { m.Command.Name = "" },
		"NoMove":       func(m *tenant.Message) { m.Command.Moves[0].Amount = 0 },
		"Many":         func(m *tenant.Message) { m.Command.Quantity = 101 },
		"CommandEvent": func(m *tenant.Message) { m.Command.Event = json.RawMessage(`1`) },
	} {
		t.Run(name, func(t *testing.T) {
			m := good()
			spoil(&m)
			_, err := h.a.HandleMessage(h.ctx, m)
			var invalid *tenant.InvalidError
			require.ErrorAs(t, err, &invalid)
		})
	}
	require.True(t, h.sent(t, good()).First, "what is refused leaves no id")
}
