package isolation

import (
	"context"

	"streamvault/shard"
	"streamvault/shard/tenant"
)

var powerupMoves = map[string]move{
	"Powerups": func(p *player, ctx context.Context) {
		all := p.one(2)
		p.both(func(s shard.TenantStore) (any, error) { return s.Powerups(ctx, all) })
	},
	"SetPowerup": func(p *player, ctx context.Context) {
		x := tenant.Powerup{ID: tenant.PowerupID(p.small("powerup")), Name: p.text("name"), Description: p.text("text"),
			Cost: p.draw.Int64N(60), Enabled: !p.one(4)}
		if p.one(2) {
			x.Emoji, x.Effect, x.Variables = p.text("emoji"), p.text("effect"), p.object()
		}
		p.both(func(s shard.TenantStore) (any, error) { return only(s.SetPowerup(ctx, x)) })
	},
	"DisablePowerup": func(p *player, ctx context.Context) {
		id := tenant.PowerupID(p.lookup("powerup"))
		p.both(func(s shard.TenantStore) (any, error) { return only(s.DisablePowerup(ctx, id)) })
	},
	"Inventory": func(p *player, ctx context.Context) {
		id := p.user()
		p.both(func(s shard.TenantStore) (any, error) { return s.Inventory(ctx, id) })
	},
	"GivePowerup": func(p *player, ctx context.Context) {
		name, id, n := p.viewer(), tenant.PowerupID(p.lookup("powerup")), p.draw.Int64N(3)
		p.both(func(s shard.TenantStore) (any, error) { return s.GivePowerup(ctx, name, id, n) })
	},
	"UsePowerup": func(p *player, ctx context.Context) {
		name, id := p.somebody(), tenant.PowerupID(p.lookup("powerup"))
		p.both(func(s shard.TenantStore) (any, error) { return s.UsePowerup(ctx, name, id) })
	},
	"BuyPowerup": func(p *player, ctx context.Context) {
		name, o := p.viewer(), tenant.Order{Powerup: tenant.PowerupID(p.lookup("powerup")), IdempotencyKey: p.onceKey()}
		p.both(func(s shard.TenantStore) (any, error) { return s.BuyPowerup(ctx, name, o) })
	},
	"Purchases": func(p *player, ctx context.Context) {
		id, limit := p.user(), p.limit()
		p.both(func(s shard.TenantStore) (any, error) { return s.Purchases(ctx, id, tenant.Place{}, limit) })
	},
	"RecordDrop": func(p *player, ctx context.Context) {
		name := p.viewer()
		d := tenant.Drop{Score: p.draw.Int64N(120) - 5, Perfect: p.one(5), IdempotencyKey: p.onceKey()}
		if p.one(3) {
			d.Powerup = new(p.small("powerup"))
		}
		p.both(func(s shard.TenantStore) (any, error) { return s.RecordDrop(ctx, name, d) })
	},
	"Activity": func(p *player, ctx context.Context) {
		hours := 1 + p.draw.IntN(48)
		p.both(func(s shard.TenantStore) (any, error) { return s.Activity(ctx, hours) })
	},
	"Drops": func(p *player, ctx context.Context) {
		before, limit := tenant.LastDrop, p.limit()
		if p.one(2) {
			before = tenant.DropID(int64(p.id)<<32 + p.draw.Int64N(p.model.last["drop_history"]+2))
		}
		p.both(func(s shard.TenantStore) (any, error) { return s.Drops(ctx, before, limit) })
	},
	"UserDrops": func(p *player, ctx context.Context) {
		id, limit := p.user(), p.limit()
		p.both(func(s shard.TenantStore) (any, error) { return s.UserDrops(ctx, id, tenant.Place{}, limit) })
	},
	"DropStats": func(p *player, ctx context.Context) {
		id := p.user()
		p.both(func(s shard.TenantStore) (any, error) { return s.DropStats(ctx, id) })
	},
}

var shownMoves = map[string]move{
	"Settings": func(p *player, ctx context.Context) {
		p.both(func(s shard.TenantStore) (any, error) { return s.Settings(ctx) })
	},
	"SettingsUnder": func(p *player, ctx context.Context) {
		prefix := p.settingKey(true)
		prefix = prefix[:p.draw.IntN(len(prefix)+1)]
		p.both(func(s shard.TenantStore) (any, error) { return s.SettingsUnder(ctx, prefix) })
	},
	"SetSetting": func(p *player, ctx context.Context) {
		key, value := p.settingKey(false), p.text("value")
		if p.one(3) {
			value = string(p.object())
		}
		p.both(func(s shard.TenantStore) (any, error) { return only(s.SetSetting(ctx, key, value)) })
	},
	"DeleteSetting": func(p *player, ctx context.Context) {
		key := p.settingKey(true)
		p.both(func(s shard.TenantStore) (any, error) { return only(s.DeleteSetting(ctx, key)) })
	},
	"DropGame": func(p *player, ctx context.Context) {
		p.both(func(s shard.TenantStore) (any, error) { return s.DropGame(ctx) })
	},
	"SetDropGame": func(p *player, ctx context.Context) {
		config := p.object()
		p.both(func(s shard.TenantStore) (any, error) { return only(s.SetDropGame(ctx, config)) })
	},
	"Theme": func(p *player, ctx context.Context) {
		p.both(func(s shard.TenantStore) (any, error) { return s.Theme(ctx) })
	},
	"SetTheme": func(p *player, ctx context.Context) {
		config := p.object()
		p.both(func(s shard.TenantStore) (any, error) { return only(s.SetTheme(ctx, config)) })
	},
	"Layouts": func(p *player, ctx context.Context) {
		p.both(func(s shard.TenantStore) (any, error) { return s.Layouts(ctx) })
	},
	"Layout": func(p *player, ctx context.Context) {
		id := tenant.LayoutID(p.row("overlay_layouts"))
		p.both(func(s shard.TenantStore) (any, error) { return s.Layout(ctx, id) })
	},
	"DefaultLayout": func(p *player, ctx context.Context) {
		p.both(func(s shard.TenantStore) (any, error) { return s.DefaultLayout(ctx) })
	},
	"CreateLayout": func(p *player, ctx context.Context) {
		n := tenant.NewLayout{Name: p.small("layout"), JSON: p.object(), Default: p.one(3)}
		p.both(func(s shard.TenantStore) (any, error) { return s.CreateLayout(ctx, n) })
	},
	"UpdateLayout": func(p *player, ctx context.Context) {
		id, c := tenant.LayoutID(p.row("overlay_layouts")), tenant.LayoutChange{MakeDefault: p.one(3)}
		if p.one(2) {
			c.Name, c.JSON = new(p.small("layout")), p.object()
		}
		p.both(func(s shard.TenantStore) (any, error) { return s.UpdateLayout(ctx, id, c) })
	},
	"DeleteLayout": func(p *player, ctx context.Context) {
		id := tenant.LayoutID(p.row("overlay_layouts"))
		p.both(func(s shard.TenantStore) (any, error) { return only(s.DeleteLayout(ctx, id)) })
	},
	"SetDefaultLayout": func(p *player, ctx context.Context) {
		config := p.object()
		p.both(func(s shard.TenantStore) (any, error) { return only(s.SetDefaultLayout(ctx, config)) })
	},
	"Tips": func(p *player, ctx context.Context) {
		all := p.one(2)
		p.both(func(s shard.TenantStore) (any, error) { return s.Tips(ctx, all) })
	},
	"CreateTip": func(p *player, ctx context.Context) {
		content, enabled := p.text("tip"), !p.one(4)
		p.both(func(s shard.TenantStore) (any, error) { return s.CreateTip(ctx, content, enabled) })
	},
	"UpdateTip": func(p *player, ctx context.Context) {
		id, c := tenant.TipID(p.row("tips")), tenant.TipChange{Content: p.maybe("changed tip")}
		if p.one(2) {
			c.Enabled, c.Order = new(p.one(2)), new(p.draw.Int64N(40)-20)
		}
		p.both(func(s shard.TenantStore) (any, error) { return s.UpdateTip(ctx, id, c) })
	},
	"OrderTips": func(p *player, ctx context.Context) {
		var ids []tenant.TipID
		for range p.draw.IntN(4) {
			ids = append(ids, tenant.TipID(p.row("tips")))
		}
		p.both(func(s shard.TenantStore) (any, error) { return only(s.OrderTips(ctx, ids)) })
	},
	"DeleteTip": func(p *player, ctx context.Context) {
		id := tenant.TipID(p.row("tips"))
		p.both(func(s shard.TenantStore) (any, error) { return only(s.DeleteTip(ctx, id)) })
	},
	"Goals": func(p *player, ctx context.Context) {
		all := p.one(2)
		p.both(func(s shard.TenantStore) (any, error) { return s.Goals(ctx, all) })
	},
	"SetGoal": func(p *player, ctx context.Context) {
		g := tenant.Goal{ID: tenant.GoalID(p.small("goal")), Label: p.text("label"), Current: p.draw.Int64N(60) - 3,
			Target: p.draw.Int64N(500), Enabled: !p.one(4), Order: p.draw.Int64N(9) - 4}
		p.both(func(s shard.TenantStore) (any, error) { return s.SetGoal(ctx, g) })
	},
	"AddToGoal": func(p *player, ctx context.Context) {
		id, by := tenant.GoalID(p.lookup("goal")), p.draw.Int64N(60)-30
		p.both(func(s shard.TenantStore) (any, error) { return s.AddToGoal(ctx, id, by) })
	},
	"DeleteGoal": func(p *player, ctx context.Context) {
		id := tenant.GoalID(p.lookup("goal"))
		p.both(func(s shard.TenantStore) (any, error) { return only(s.DeleteGoal(ctx, id)) })
	},
}

// settingKey is one of his own, one of those that stand for something else, or, to ask
// for, another's.
func (p *player) settingKey(ask bool) string {
	switch p.draw.IntN(10) {
	case 0:
		return "theme_config"
	case 1:
		return "overlay_layout_config"
	case 2:
		return "dropgame_config"
	case 3:
		return "tts_enabled" // seeded for everybody
	}
	if ask {
		return p.lookup("setting")
	}
	return p.small("setting")
}
