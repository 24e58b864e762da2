package kick

import (
	"context"
	"fmt"
	"strings"

	"streamvault/shard/tenant"
)

// challenge is !duel @NAME AMOUNT. Points move when it is accepted.
func challenge(ctx context.Context, t *turn) (reaction, error) {
	if len(t.args) != 2 {
		return says("type !duel @NAME and how many points.")
	}
	to := strings.TrimPrefix(t.args[0], "@")
	amount, err := t.amount(ctx, t.args[1])
	if err != nil {
		return reaction{}, err
	}
	if to == "" || same(to, t.who) || amount == 0 {
		return says("challenge somebody else, for a number of points that you have.")
	}
	return shows(func(ctx context.Context) (string, error) { return t.wait(ctx, to, amount) })
}

// wait begins a duel if both can pay.
func (t *turn) wait(ctx context.Context, to string, amount int64) (string, error) {
	for _, name := range []string{t.who, to} {
		u, err := t.viewer(ctx, name)
		if err != nil {
			return "", err
		}
		if u.Points.Channel < amount {
			return fmt.Sprintf("%s does not have %s.", u.Username, plural(amount, "point")), nil
		}
	}
	if !t.hooks.duels.add(t.channel.ID, duel{t.who, to, amount, t.hooks.o.Now().Add(duelLife)}) {
		return "one of you has a duel waiting already.", nil
	}
	return fmt.Sprintf("challenges @%s for %s: !accept or !decline within a minute.", to, plural(amount, "point")), nil
}

// toMe are duels to which the viewer was challenged.
func (t *turn) toMe(d duel) bool { return same(d.to, t.who) }

// accept draws who wins. The duel is taken first, so that it is fought once, and waits
// again when the message turns out to have been dealt with.
func accept(_ context.Context, t *turn) (reaction, error) {
	d, found := t.hooks.duels.take(t.channel.ID, t.toMe)
	if !found {
		return says("nobody has challenged you.")
	}
	winner, loser := d.from, d.to
	if t.hooks.o.Draw(2) == 1 {
		winner, loser = loser, winner
	}
	r, err := says("the duel is over: @%s wins %s from @%s.", winner, plural(d.amount, "point"), loser)
	r.do.Moves = []tenant.Move{
		{Username: loser, Amount: -d.amount, Source: "duel", Description: shortened("Lost a duel against " + winner), Stake: d.amount},
		{Username: winner, Amount: d.amount, Source: "duel", Description: shortened("Won a duel against " + loser), Stake: d.amount},
	}
	r.poor = "one of you does not have the points any more, so there is no duel."
	r.undo = func() { t.hooks.duels.add(t.channel.ID, d) }
	return r, err
}

func decline(_ context.Context, t *turn) (reaction, error) {
	return shows(func(context.Context) (string, error) {
		d, found := t.hooks.duels.take(t.channel.ID, t.toMe)
		if !found {
			return "nobody has challenged you.", nil
		}
		return "declines the duel with @" + d.from + ".", nil
	})
}

func cancel(_ context.Context, t *turn) (reaction, error) {
	return shows(func(context.Context) (string, error) {
		d, found := t.hooks.duels.take(t.channel.ID, func(d duel) bool { return same(d.from, t.who) })
		if !found {
			return "you have challenged nobody.", nil
		}
		return "takes back the duel with @" + d.to + ".", nil
	})
}
