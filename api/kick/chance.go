package kick

import (
	"context"
	"fmt"
	"strconv"

	"streamvault/shard/tenant"
)

const (
	dice    = 100 // a roll is 1 to this
	winning = 50  // the highest roll that wins
)

// roll is a number, or a bet on it.
func roll(ctx context.Context, t *turn) (reaction, error) {
	n := 1 + t.hooks.o.Draw(dice)
	if len(t.args) == 0 {
		return says("you rolled %d.", n)
	}
	return t.gamble(ctx, n <= winning, func(bet int64, won bool) string {
		if won {
			return fmt.Sprintf("Won! Rolled %d, bet %d, won %d", n, bet, 2*bet)
		}
		return fmt.Sprintf("Lost! Rolled %d, bet %d", n, bet)
	})
}

var sides = [...]string{"heads", "tails"}

// coinflip bets on a side, on heads unless another is called.
func coinflip(ctx context.Context, t *turn) (reaction, error) {
	called := sides[0]
	if len(t.args) > 1 {
		called = folded(t.args[1])
	}
	if len(t.args) == 0 || called != sides[0] && called != sides[1] {
		return says("type !coinflip and how many points, all or half, then heads or tails.")
	}
	got := sides[t.hooks.o.Draw(int64(len(sides)))]
	return t.gamble(ctx, called == got, func(_ int64, won bool) string {
		how := "lost"
		if won {
			how = "won"
		}
		return fmt.Sprintf("Coinflip %s! Called %s, got %s", how, called, got)
	})
}

// gamble bets the first argument. Who wins must have had what he bet.
func (t *turn) gamble(ctx context.Context, won bool, describe func(bet int64, won bool) string) (reaction, error) {
	bet, err := t.amount(ctx, t.args[0])
	if err != nil {
		return reaction{}, err
	}
	if bet == 0 {
		return says("bet a number of points that you have, all or half.")
	}
	move := tenant.Move{Username: t.who, Amount: bet, Source: "gamble", Description: describe(bet, won), Stake: bet}
	if !won {
		move.Amount = -bet
	}
	return reaction{
		do: tenant.Command{Moves: []tenant.Move{move}},
		say: func(ctx context.Context, _ tenant.Handled) (string, error) {
			u, err := t.viewer(ctx, t.who)
			return fmt.Sprintf("%s. You have %s to spend.", move.Description, plural(u.Points.Channel, "point")), err
		},
	}, nil
}

// amount reads how many points are meant, 0 when it is none that can be.
func (t *turn) amount(ctx context.Context, word string) (int64, error) {
	part := map[string]int64{"all": 1, "half": 2}[folded(word)]
	if part == 0 {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil || n < 0 || n > tenant.MaxPoints {
			n = 0
		}
		return n, nil
	}
	u, err := t.viewer(ctx, t.who)
	return u.Points.Channel / part, err
}
