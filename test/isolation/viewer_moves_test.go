package isolation

import (
	"context"
	"maps"

	"streamvault/shard"
	"streamvault/shard/tenant"
)

// plays are the operations of a game, one for each method of TenantStore.
var plays = joined(viewerMoves, powerupMoves, shownMoves, signInMoves, keptMoves, messageMoves)

type move = func(p *player, ctx context.Context)

func joined[V any](groups ...map[string]V) map[string]V {
	all := map[string]V{}
	for _, g := range groups {
		maps.Copy(all, g)
	}
	return all
}

// only is the result of a call that returns nothing but an error.
func only(err error) (any, error) { return nil, err }

var pointSources = []string{"chat", "watch", "sub", "gift", "tip", "admin", "gamble", "duel", "import"}

var viewerMoves = map[string]move{
	"User": func(p *player, ctx context.Context) {
		id := p.user()
		p.both(func(s shard.TenantStore) (any, error) { return s.User(ctx, id) })
	},
	"UserByName": func(p *player, ctx context.Context) {
		name := p.somebody()
		p.both(func(s shard.TenantStore) (any, error) { return s.UserByName(ctx, name) })
	},
	"Users": func(p *player, ctx context.Context) {
		after, limit := p.user(), p.limit()
		if after>>32 != tenant.UserID(p.id) {
			after = 0 // behind another's id lies nobody, or everybody
		}
		p.both(func(s shard.TenantStore) (any, error) { return s.Users(ctx, after, limit) })
	},
	"UsersByPoints": func(p *player, ctx context.Context) {
		after, limit := p.model.of(p.user()).User, p.limit()
		p.both(func(s shard.TenantStore) (any, error) { return s.UsersByPoints(ctx, after, limit) })
	},
	"SearchUsers": func(p *player, ctx context.Context) {
		prefix, after, limit := p.somebody(), p.somebody(), p.limit()
		prefix = prefix[:min(len(prefix), p.draw.IntN(20))]
		p.both(func(s shard.TenantStore) (any, error) { return s.SearchUsers(ctx, prefix, after, limit) })
	},
	"CreateUser": func(p *player, ctx context.Context) {
		n := tenant.NewUser{Username: p.viewer(), VoiceID: p.maybe("voice"), DropImage: p.picture(), Country: p.maybe("country")}
		p.both(func(s shard.TenantStore) (any, error) { return s.CreateUser(ctx, n) })
	},
	"EnsureUser": func(p *player, ctx context.Context) {
		name := p.viewer()
		p.both(func(s shard.TenantStore) (any, error) { return s.EnsureUser(ctx, name) })
	},
	"UpdateUser": func(p *player, ctx context.Context) {
		id, c := p.user(), p.userChange()
		p.both(func(s shard.TenantStore) (any, error) { return s.UpdateUser(ctx, id, c) })
	},
	"SetProfile": func(p *player, ctx context.Context) {
		name, c := p.viewer(), p.userChange()
		said := tenant.Profile{VoiceID: c.VoiceID, DropImage: c.DropImage, Country: c.Country}
		p.both(func(s shard.TenantStore) (any, error) { return s.SetProfile(ctx, name, said) })
	},
	"DeleteUser": func(p *player, ctx context.Context) {
		id := p.user()
		if !p.one(3) {
			id = tenant.UserID(p.row("users"))
		}
		p.both(func(s shard.TenantStore) (any, error) { return only(s.DeleteUser(ctx, id)) })
	},
	"AddPoints": func(p *player, ctx context.Context) {
		name := p.viewer()
		a := tenant.Award{Amount: p.draw.Int64N(150) - 50, Source: pointSources[p.draw.IntN(len(pointSources))],
			Description: p.text("because"), IdempotencyKey: p.onceKey()}
		for range 1 + p.draw.IntN(2) { // a request may come twice
			p.both(func(s shard.TenantStore) (any, error) { return s.AddPoints(ctx, name, a) })
		}
	},
	"Leaderboard": func(p *player, ctx context.Context) {
		limit := p.limit()
		p.both(func(s shard.TenantStore) (any, error) { return s.Leaderboard(ctx, limit) })
	},
	"Ledger": func(p *player, ctx context.Context) {
		id, kind, limit := p.user(), p.kind(), p.limit()
		var after tenant.Place
		if rows := p.model.of(id).ledger[kind]; len(rows) > 0 && p.one(2) {
			r := rows[p.draw.IntN(len(rows))]
			after = tenant.Place{At: r.CreatedAt, ID: r.ID}
		}
		p.both(func(s shard.TenantStore) (any, error) { return s.Ledger(ctx, id, kind, after, limit) })
	},
	"Moves": func(p *player, ctx context.Context) {
		after, limit := int64(p.id)<<32+p.draw.Int64N(p.model.last["point_transactions"]+2), p.limit()
		p.both(func(s shard.TenantStore) (any, error) { return s.Moves(ctx, after, limit) })
	},
	"LedgerSummary": func(p *player, ctx context.Context) {
		id, kind := p.user(), p.kind()
		p.both(func(s shard.TenantStore) (any, error) { return s.LedgerSummary(ctx, id, kind) })
	},
}

func (p *player) kind() tenant.Kind {
	return []tenant.Kind{tenant.ChannelPoints, tenant.DropPoints}[p.draw.IntN(2)]
}

func (p *player) userChange() (c tenant.UserChange) {
	if p.one(3) {
		if name := p.viewer(); name != "" {
			c.Username = &name
		}
	}
	for _, some := range []struct {
		to    *tenant.Text
		value *string
	}{{&c.VoiceID, p.maybe("voice")}, {&c.DropImage, p.picture()}, {&c.Country, p.maybe("country")}} {
		*some.to = tenant.Text{Set: some.value != nil || p.one(2), Value: some.value}
	}
	for _, to := range []**int64{&c.Channel, &c.Drop, &c.Drops} {
		if p.one(3) {
			*to = new(p.draw.Int64N(500) - 10)
		}
	}
	c.Reason = p.text("reason")
	return c
}

// looks are the listings of everything that a streamer has.
var looks = map[string]func(context.Context, shard.TenantStore) (any, error){
	"Users": func(ctx context.Context, s shard.TenantStore) (any, error) { return s.Users(ctx, 0, 1000) },
	"UsersByPoints": func(ctx context.Context, s shard.TenantStore) (any, error) {
		return s.UsersByPoints(ctx, tenant.User{}, 1000)
	},
	"SearchUsers": func(ctx context.Context, s shard.TenantStore) (any, error) { return s.SearchUsers(ctx, "", "", 1000) },
	"Leaderboard": func(ctx context.Context, s shard.TenantStore) (any, error) { return s.Leaderboard(ctx, 1000) },
	"Powerups":    func(ctx context.Context, s shard.TenantStore) (any, error) { return s.Powerups(ctx, true) },
	"Drops": func(ctx context.Context, s shard.TenantStore) (any, error) {
		return s.Drops(ctx, tenant.LastDrop, 1000)
	},
	"Settings":      func(ctx context.Context, s shard.TenantStore) (any, error) { return s.Settings(ctx) },
	"DropGame":      func(ctx context.Context, s shard.TenantStore) (any, error) { return s.DropGame(ctx) },
	"Layouts":       func(ctx context.Context, s shard.TenantStore) (any, error) { return s.Layouts(ctx) },
	"DefaultLayout": func(ctx context.Context, s shard.TenantStore) (any, error) { return s.DefaultLayout(ctx) },
	"Theme":         func(ctx context.Context, s shard.TenantStore) (any, error) { return s.Theme(ctx) },
	"Tips":          func(ctx context.Context, s shard.TenantStore) (any, error) { return s.Tips(ctx, true) },
	"Goals":         func(ctx context.Context, s shard.TenantStore) (any, error) { return s.Goals(ctx, true) },
	"LegacyRejects": func(ctx context.Context, s shard.TenantStore) (any, error) { return s.LegacyRejects(ctx, 0, 100) },
	"StreamStatus":  func(ctx context.Context, s shard.TenantStore) (any, error) { return s.StreamStatus(ctx) },
}

// viewerLooks are the listings of everything that a viewer has.
var viewerLooks = map[string]func(context.Context, shard.TenantStore, tenant.UserID) (any, error){
	"ChannelLedger": func(ctx context.Context, s shard.TenantStore, u tenant.UserID) (any, error) {
		return s.Ledger(ctx, u, tenant.ChannelPoints, tenant.Place{}, 1000)
	},
	"DropLedger": func(ctx context.Context, s shard.TenantStore, u tenant.UserID) (any, error) {
		return s.Ledger(ctx, u, tenant.DropPoints, tenant.Place{}, 1000)
	},
	"Inventory": func(ctx context.Context, s shard.TenantStore, u tenant.UserID) (any, error) {
		return s.Inventory(ctx, u)
	},
	"Purchases": func(ctx context.Context, s shard.TenantStore, u tenant.UserID) (any, error) {
		return s.Purchases(ctx, u, tenant.Place{}, 1000)
	},
	"UserDrops": func(ctx context.Context, s shard.TenantStore, u tenant.UserID) (any, error) {
		return s.UserDrops(ctx, u, tenant.Place{}, 1000)
	},
	"DropStats": func(ctx context.Context, s shard.TenantStore, u tenant.UserID) (any, error) {
		return s.DropStats(ctx, u)
	},
}
