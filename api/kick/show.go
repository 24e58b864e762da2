package kick

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"streamvault/shard/tenant"
)

// shown is how many viewers a ranking in chat names.
const shown = 5

func help(_ context.Context, t *turn) (reaction, error) {
	text := "!points !leaderboard !stats !goals !drop !dropstats !droptop !roll !coinflip !duel !say !verify"
	for _, name := range t.links() {
		text += " !" + name
	}
	return says("you can type: %s", text)
}

func sayLink(_ context.Context, t *turn) (reaction, error) { return says("%s", t.link(t.name)) }

func socials(_ context.Context, t *turn) (reaction, error) {
	var all []string
	for _, name := range t.links() {
		all = append(all, name+": "+t.link(name))
	}
	if all == nil {
		return says("there are no links yet.")
	}
	return says("%s", strings.Join(all, " | "))
}

func points(_ context.Context, t *turn) (reaction, error) {
	return shows(func(ctx context.Context) (string, error) {
		u, err := t.viewer(ctx, t.who)
		return "you have " + plural(u.Points.Total(), "point") + fmt.Sprintf(" (%d to spend).", u.Points.Channel), err
	})
}

func leaderboard(_ context.Context, t *turn) (reaction, error) {
	return shows(func(ctx context.Context) (string, error) {
		ranks, err := t.store.Leaderboard(ctx, shown)
		return ranking(ranks, tenant.Points.Total), err
	})
}

// dropTop ranks by drop points those whom the leaderboard knows.
func dropTop(_ context.Context, t *turn) (reaction, error) {
	return shows(func(ctx context.Context) (string, error) {
		won := func(p tenant.Points) int64 { return p.Drop }
		ranks, err := t.store.Leaderboard(ctx, tenant.MaxPage)
		ranks = slices.DeleteFunc(ranks, func(r tenant.Rank) bool { return r.Points.Drop == 0 })
		slices.SortStableFunc(ranks, func(a, b tenant.Rank) int { return cmp.Compare(b.Points.Drop, a.Points.Drop) })
		return ranking(ranks[:min(len(ranks), shown)], won), err
	})
}

func ranking(ranks []tenant.Rank, of func(tenant.Points) int64) string {
	if len(ranks) == 0 {
		return "nobody has points yet."
	}
	var lines []string
	for i, r := range ranks {
		lines = append(lines, fmt.Sprintf("%d. %s %d", i+1, r.Username, of(r.Points)))
	}
	return strings.Join(lines, " | ")
}

// named is the viewer whom a command is about: its first argument, or who typed it.
func (t *turn) named() string {
	if len(t.args) > 0 {
		return strings.TrimPrefix(t.args[0], "@")
	}
	return t.who
}

func stats(_ context.Context, t *turn) (reaction, error) {
	return shows(func(ctx context.Context) (string, error) {
		u, err := t.viewer(ctx, t.named())
		return fmt.Sprintf("%s: %s, %d of them from %s.", u.Username, plural(u.Points.Total(), "point"),
			u.Points.Drop, plural(u.Points.Drops, "drop")), err
	})
}

func dropStats(_ context.Context, t *turn) (reaction, error) {
	return shows(func(ctx context.Context) (string, error) {
		u, err := t.viewer(ctx, t.named())
		if err != nil || u.Points.Drops == 0 {
			return u.Username + " has not dropped yet.", err
		}
		d, err := t.store.DropStats(ctx, u.ID)
		return fmt.Sprintf("%s: %s, %s in total, best %d, perfect %d.", u.Username, plural(u.Points.Drops, "drop"),
			plural(u.Points.Drop, "point"), d.Best, d.Perfect), err
	})
}

func goals(_ context.Context, t *turn) (reaction, error) {
	return shows(func(ctx context.Context) (string, error) {
		all, err := t.store.Goals(ctx, false)
		if len(all) == 0 {
			return "there are no goals.", err
		}
		var lines []string
		for _, g := range all {
			lines = append(lines, fmt.Sprintf("%s %d/%d", g.Label, g.Current, g.Target))
		}
		return strings.Join(lines, " | "), err
	})
}

func verify(_ context.Context, t *turn) (reaction, error) {
	if len(t.args) != 1 {
		return says("type !verify and the code that the page shows you.")
	}
	r, err := says("it is you. The page goes on by itself.")
	r.do.Code = t.args[0]
	return r, err
}
