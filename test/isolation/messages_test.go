package isolation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func (m *model) HandleMessage(ctx context.Context, msg tenant.Message) (tenant.Handled, error) {
	first, err := m.first(msg.ID)
	if err != nil || !first {
		return tenant.Handled{}, err
	}
	m.award(ctx, msg)
	if msg.Goal != "" && msg.By != 0 {
		_, _ = m.AddToGoal(ctx, msg.Goal, msg.By) // none is nothing
	}
	if msg.Live != nil {
		_ = m.SetLive(ctx, *msg.Live)
	}
	if msg.Event != nil {
		_ = m.SetLastEvent(ctx, msg.Event)
	}
	done := tenant.Handled{First: true}
	if c := msg.Command; c != nil {
		if done.Wait, err = m.UseCommand(ctx, c.Username, c.Name, c.Cooldown); err == nil && done.Wait == 0 {
			done.Bought, done.Refused = m.command(ctx, *c)
		}
	}
	return done, err
}

func (m *model) award(ctx context.Context, msg tenant.Message) {
	a := msg.Award
	if a.Username == "" {
		return
	}
	if msg.Rest > 0 {
		if wait, _ := m.UseCommand(ctx, a.Username, "award of "+a.Source, msg.Rest); wait > 0 {
			return
		}
	}
	_ = m.move(ctx, a)
}

func (m *model) move(ctx context.Context, v tenant.Move) error {
	_, err := m.AddPoints(ctx, v.Username, tenant.Award{Amount: v.Amount, Source: v.Source, Description: v.Description})
	return err
}

// command does all of it or nothing: what would be refused is looked for first.
func (m *model) command(ctx context.Context, c tenant.Command) (bought tenant.Bought, err error) {
	if c.Code != "" {
		err = m.ConfirmCode(ctx, c.Username, c.Code)
		return bought, err
	}
	for _, v := range c.Moves {
		var has int64
		if u := m.find(v.Username); u != nil {
			has = u.Points.Channel
		}
		if need := max(v.Stake, -v.Amount); has < need {
			return bought, &tenant.InsufficientError{Price: need, Balance: has}
		}
	}
	for _, v := range c.Moves {
		err = errors.Join(err, m.move(ctx, v))
	}
	if c.Buy != "" {
		if p, u := m.powerups[c.Buy], m.find(c.Username); c.Quantity == 2 && p.Enabled && u.Points.Channel >= p.Cost && u.Points.Channel < 2*p.Cost {
			return bought, &tenant.InsufficientError{Price: p.Cost, Balance: u.Points.Channel - p.Cost}
		}
		for range max(c.Quantity, 1) {
			if bought, err = m.BuyPowerup(ctx, c.Username, tenant.Order{Powerup: c.Buy}); err != nil {
				break
			}
		}
	}
	if err == nil && c.Event != nil {
		err = m.SetLastEvent(ctx, c.Event)
	}
	return bought, err
}

// tell sends a message to both and compares what came of it, the refusal by its kind.
func (p *player) tell(ctx context.Context, m tenant.Message) {
	p.both(func(s shard.TenantStore) (any, error) {
		done, err := s.HandleMessage(ctx, m)
		refused := verdict(done.Refused)
		done.Refused = nil
		return []any{done, refused}, err
	})
}

var messageMoves = map[string]move{
	"HandleMessage": func(p *player, ctx context.Context) {
		m := tenant.Message{ID: fmt.Sprint("message-", p.draw.IntN(200))} // a platform may send one to many
		if p.one(2) {
			m.Award = tenant.Move{Username: p.own(), Amount: 1 + p.draw.Int64N(30), Source: "chat", Description: p.text("said")}
			m.Rest = time.Duration(p.draw.IntN(3)) * time.Minute
		}
		if p.one(3) {
			m.Goal, m.By = tenant.GoalID(p.small("goal")), p.draw.Int64N(5)
		}
		if p.one(4) {
			m.Live = new(p.one(2))
		}
		if p.one(3) {
			m.Event = json.RawMessage(fmt.Sprintf(`{"of":%q}`, mark(p.id)))
		}
		if p.one(2) {
			m.Command = p.command()
		}
		p.tell(ctx, m)
	},
}

// command is a bet, a duel, a purchase or a code.
func (p *player) command() *tenant.Command {
	c := &tenant.Command{Username: p.own(), Name: p.small("command"), Cooldown: time.Duration(p.draw.IntN(5)) * time.Minute}
	stake := 1 + p.draw.Int64N(60)
	switch p.draw.IntN(4) {
	case 0:
		c.Moves = []tenant.Move{{Username: c.Username, Amount: stake, Source: "gamble", Stake: stake}}
	case 1:
		c.Moves = []tenant.Move{
			{Username: mark(p.id) + "-viewer-1", Amount: -stake, Source: "duel", Stake: stake},
			{Username: mark(p.id) + "-viewer-2", Amount: stake, Source: "duel", Stake: stake},
		}
	case 2:
		c.Buy, c.Quantity = tenant.PowerupID(p.small("powerup")), p.draw.IntN(3)
	case 3:
		if c.Code = "AAAAAA"; !p.one(3) && p.model.codes[c.Username] != nil {
			c.Code = p.model.codes[c.Username].code
		}
	}
	return c
}

// own is a name that somebody of his can have.
func (p *player) own() string { return fmt.Sprintf("%s-viewer-%d", mark(p.id), p.draw.IntN(12)) }

// messageAttacks are on what a message does.
var messageAttacks = map[string]attack{
	"HandleMessage": func(t *testing.T, s shard.TenantStore) any {
		confirm := tenant.Command{Username: canary, Name: canary, Code: plantedCode}
		done, err := s.HandleMessage(t.Context(), tenant.Message{ID: canary, Goal: canary, By: 1, Live: new(false),
			Award: tenant.Move{Username: canary, Amount: 3, Source: "chat"}, Rest: time.Minute, Event: json.RawMessage(`{"own":true}`),
			Command: &confirm})
		require.NoError(t, err)
		require.True(t, done.First, "the planted id is not ours")
		require.ErrorIs(t, done.Refused, scope.ErrNotFound, "the planted code is not ours")
		buy := tenant.Command{Username: canary, Name: canary + "-buy", Buy: canary}
		done, err = s.HandleMessage(t.Context(), tenant.Message{ID: canary + "-second", Command: &buy})
		require.NoError(t, err)
		var none *tenant.InvalidError
		require.ErrorAs(t, done.Refused, &none)
		take := tenant.Command{Username: canary, Name: canary + "-take", Moves: []tenant.Move{{Username: canary, Amount: -4, Source: "duel"}}}
		done, err = s.HandleMessage(t.Context(), tenant.Message{ID: canary + "-third", Command: &take})
		require.NoError(t, err)
		var poor *tenant.InsufficientError
		require.ErrorAs(t, done.Refused, &poor)
		require.EqualValues(t, 3, poor.Balance, "what the message gave, and nothing of the planted balance")
		return forget(t, s, canary)
	},
}
