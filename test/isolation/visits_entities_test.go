package isolation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"streamvault/shard/tenant"
)

func tipShape(t tenant.Tip) shape {
	return shape{"id": t.ID, "content": t.Content, "enabled": t.Enabled, "order": t.Order,
		"createdAt": moment(t.CreatedAt), "updatedAt": moment(t.UpdatedAt)}
}

func goalShape(g tenant.Goal) shape {
	return shape{"id": g.ID, "label": g.Label, "current": g.Current, "target": g.Target, "enabled": g.Enabled,
		"order": g.Order, "updatedAt": moment(g.UpdatedAt)}
}

func layoutShape(l tenant.Layout) shape {
	return shape{"id": l.ID, "name": l.Name, "layout": l.JSON, "isDefault": l.Default,
		"createdAt": moment(l.CreatedAt), "updatedAt": moment(l.UpdatedAt)}
}

var shownVisits = map[string]move{
	"GET tips": func(p *player, ctx context.Context) {
		p.get(ctx, "tips", func() (any, error) {
			all, err := p.model.Tips(ctx, false)
			return each(all, func(t tenant.Tip) string { return t.Content }), err
		})
	},
	"GET admin/tips": func(p *player, ctx context.Context) {
		p.get(ctx, "admin/tips", func() (any, error) {
			all, err := p.model.Tips(ctx, true)
			return page(all, tipShape), err
		})
	},
	"POST admin/tips": func(p *player, ctx context.Context) {
		content, enabled := p.text("tip"), !p.one(4)
		p.send(ctx, http.MethodPost, "admin/tips", shape{"content": content, "enabled": enabled}, func() (any, error) {
			return as(tipShape)(p.model.CreateTip(ctx, content, enabled))
		})
	},
	"PUT admin/tips": func(p *player, ctx context.Context) {
		ids := []tenant.TipID{}
		for range p.draw.IntN(3) {
			ids = append(ids, tenant.TipID(p.row("tips")))
		}
		p.send(ctx, http.MethodPut, "admin/tips", shape{"ids": ids}, func() (any, error) {
			err := p.model.OrderTips(ctx, ids)
			all, _ := p.model.Tips(ctx, true)
			return page(all, tipShape), err
		})
	},
	"PUT admin/tips/{id}": func(p *player, ctx context.Context) {
		id, c := tenant.TipID(p.row("tips")), tenant.TipChange{Content: new(p.text("tip")), Order: new(p.draw.Int64N(40) - 20)}
		p.send(ctx, http.MethodPut, fmt.Sprint("admin/tips/", id), shape{"content": c.Content, "order": c.Order}, func() (any, error) {
			return as(tipShape)(p.model.UpdateTip(ctx, id, c))
		})
	},
	"DELETE admin/tips/{id}": func(p *player, ctx context.Context) {
		id := tenant.TipID(p.row("tips"))
		p.send(ctx, http.MethodDelete, fmt.Sprint("admin/tips/", id), nil, func() (any, error) { return nil, p.model.DeleteTip(ctx, id) })
	},
	"GET goals": func(p *player, ctx context.Context) {
		p.get(ctx, "goals", func() (any, error) {
			all, err := p.model.Goals(ctx, false)
			o := shape{}
			for _, g := range all {
				o[string(g.ID)] = shape{"current": g.Current, "target": g.Target}
			}
			return o, err
		})
	},
	"GET admin/goals": func(p *player, ctx context.Context) {
		p.get(ctx, "admin/goals", func() (any, error) {
			all, err := p.model.Goals(ctx, true)
			return page(all, goalShape), err
		})
	},
	"POST admin/goals":     func(p *player, ctx context.Context) { p.setGoal(ctx, http.MethodPost) },
	"PUT admin/goals/{id}": func(p *player, ctx context.Context) { p.setGoal(ctx, http.MethodPut) },
	"POST admin/goals/{id}/progress": func(p *player, ctx context.Context) {
		id, by := p.lookup("goal"), p.draw.Int64N(60)-30
		p.send(ctx, http.MethodPost, "admin/goals/"+id+"/progress", shape{"by": by}, func() (any, error) {
			return as(goalShape)(p.model.AddToGoal(ctx, tenant.GoalID(id), by))
		})
	},
	"DELETE admin/goals/{id}": func(p *player, ctx context.Context) {
		id := p.lookup("goal")
		p.send(ctx, http.MethodDelete, "admin/goals/"+id, nil, func() (any, error) { return nil, p.model.DeleteGoal(ctx, tenant.GoalID(id)) })
	},
}

func (p *player) setGoal(ctx context.Context, method string) {
	g := tenant.Goal{ID: tenant.GoalID(p.small("goal")), Label: p.text("label"), Current: p.draw.Int64N(60) - 3,
		Target: p.draw.Int64N(500), Enabled: !p.one(4), Order: p.draw.Int64N(9) - 4}
	body := shape{"label": g.Label, "current": g.Current, "target": g.Target, "enabled": g.Enabled, "order": g.Order}
	path := "admin/goals"
	if method == http.MethodPost {
		body["id"] = g.ID
	} else {
		path += "/" + string(g.ID)
	}
	p.send(ctx, method, path, body, func() (any, error) { return as(goalShape)(p.model.SetGoal(ctx, g)) })
}

func settled(read func(context.Context) (tenant.Config, error)) (tenant.Config, error) {
	return read(context.Background())
}

var layoutVisits = map[string]move{
	"GET overlay/layout":       config("overlay/layout", func(m *model) (tenant.Config, error) { return settled(m.DefaultLayout) }),
	"GET admin/overlay/layout": config("admin/overlay/layout", func(m *model) (tenant.Config, error) { return settled(m.DefaultLayout) }),
	"GET theme":                config("theme", func(m *model) (tenant.Config, error) { return settled(m.Theme) }),
	"GET admin/theme":          config("admin/theme", func(m *model) (tenant.Config, error) { return settled(m.Theme) }),
	"GET admin/dropgame":       config("admin/dropgame", func(m *model) (tenant.Config, error) { return settled(m.DropGame) }),
	"PUT admin/overlay/layout": setConfig("admin/overlay/layout", func(m *model, c json.RawMessage) error { return m.SetDefaultLayout(context.Background(), c) }),
	"PUT admin/theme":          setConfig("admin/theme", func(m *model, c json.RawMessage) error { return m.SetTheme(context.Background(), c) }),
	"PUT admin/dropgame":       setConfig("admin/dropgame", func(m *model, c json.RawMessage) error { return m.SetDropGame(context.Background(), c) }),
	"GET overlay/layouts": func(p *player, ctx context.Context) {
		p.get(ctx, "overlay/layouts", func() (any, error) {
			all, err := p.model.Layouts(ctx)
			return page(all, layoutShape), err
		})
	},
	"GET overlay/layouts/{id}": func(p *player, ctx context.Context) {
		id := tenant.LayoutID(p.row("overlay_layouts"))
		p.get(ctx, fmt.Sprint("overlay/layouts/", id), func() (any, error) { return as(layoutShape)(p.model.Layout(ctx, id)) })
	},
	"POST overlay/layouts": func(p *player, ctx context.Context) {
		n := tenant.NewLayout{Name: p.small("layout"), JSON: p.object(), Default: p.one(3)}
		p.send(ctx, http.MethodPost, "overlay/layouts", shape{"name": n.Name, "layout": n.JSON, "isDefault": n.Default}, func() (any, error) {
			return as(layoutShape)(p.model.CreateLayout(ctx, n))
		})
	},
	"PATCH overlay/layouts/{id}": func(p *player, ctx context.Context) {
		id, c := tenant.LayoutID(p.row("overlay_layouts")), tenant.LayoutChange{Name: new(p.small("layout")), JSON: p.object()}
		p.send(ctx, http.MethodPatch, fmt.Sprint("overlay/layouts/", id), shape{"name": c.Name, "layout": c.JSON}, func() (any, error) {
			return as(layoutShape)(p.model.UpdateLayout(ctx, id, c))
		})
	},
	"DELETE overlay/layouts/{id}": func(p *player, ctx context.Context) {
		id := tenant.LayoutID(p.row("overlay_layouts"))
		p.send(ctx, http.MethodDelete, fmt.Sprint("overlay/layouts/", id), nil, func() (any, error) { return nil, p.model.DeleteLayout(ctx, id) })
	},
	"GET overlay/settings": func(p *player, ctx context.Context) {
		p.get(ctx, "overlay/settings", func() (any, error) {
			all, err := p.model.Settings(ctx)
			o := shape{}
			for _, s := range all {
				o[s.Key] = s.Value
			}
			return o, err
		})
	},
	"GET admin/settings": func(p *player, ctx context.Context) {
		p.get(ctx, "admin/settings", func() (any, error) {
			all, err := p.model.Settings(ctx)
			return each(all, func(s tenant.Setting) shape {
				return shape{"key": s.Key, "value": s.Value, "description": s.Description, "updated_at": moment(s.UpdatedAt)}
			}), err
		})
	},
	"PUT admin/settings": func(p *player, ctx context.Context) {
		key, value := p.settingKey(false), string(p.object())
		p.send(ctx, http.MethodPut, "admin/settings", shape{"key": key, "value": value}, func() (any, error) {
			return success, p.model.SetSetting(ctx, key, value)
		})
	},
	"DELETE admin/settings/{key}": func(p *player, ctx context.Context) {
		key := p.settingKey(true)
		p.send(ctx, http.MethodDelete, "admin/settings/"+key, nil, func() (any, error) { return success, p.model.DeleteSetting(ctx, key) })
	},
}
