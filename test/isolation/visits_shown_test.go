package isolation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"streamvault/shard/tenant"
)

func onSale(p tenant.Powerup) shape {
	return shape{"id": p.ID, "name": p.Name, "description": p.Description, "cost": p.Cost, "emoji": p.Emoji, "effect": p.Effect}
}

func itemsShape(items []tenant.Item) shape {
	o := shape{}
	for _, i := range items {
		o[string(i.Powerup)] = i.Quantity
	}
	return o
}

func dropShape(d tenant.PastDrop) shape {
	return shape{"id": d.ID, "userId": d.User, "username": d.Username, "score": d.Score, "isPerfect": d.Perfect,
		"powerupUsed": d.Powerup, "createdAt": moment(d.CreatedAt)}
}

var powerupVisits = map[string]move{
	"GET powerups": func(p *player, ctx context.Context) {
		p.get(ctx, "powerups", func() (any, error) {
			all, err := p.model.Powerups(ctx, false)
			o := shape{}
			for _, x := range all {
				o[string(x.ID)] = onSale(x)
			}
			return o, err
		})
	},
	"GET powerups/{username}": func(p *player, ctx context.Context) {
		name := p.asked()
		p.get(ctx, "powerups/"+url.PathEscape(name), func() (any, error) {
			u, _ := p.model.UserByName(ctx, name)
			all, err := p.model.Inventory(ctx, u.ID)
			return itemsShape(all), err
		})
	},
	"POST powerups/{username}/buy": func(p *player, ctx context.Context) {
		name, o := p.named(), tenant.Order{Powerup: tenant.PowerupID(p.lookup("powerup")), IdempotencyKey: p.onceKey()}
		p.foretold(ctx, question{http.MethodPost, "powerups/" + url.PathEscape(name) + "/buy", compact(shape{"powerupId": o.Powerup}), o.IdempotencyKey},
			func() (any, error) {
				b, err := p.model.BuyPowerup(ctx, name, o)
				return shape{"success": true, "balance": b.Balance, "quantity": b.Quantity}, err
			})
	},
	"POST powerups/{username}/use": func(p *player, ctx context.Context) {
		name, id := p.asked(), p.lookup("powerup")
		p.send(ctx, http.MethodPost, "powerups/"+url.PathEscape(name)+"/use", shape{"powerupId": id}, func() (any, error) {
			n, err := p.model.UsePowerup(ctx, name, tenant.PowerupID(id))
			return shape{"success": true, "quantity": n}, err
		})
	},
	"POST powerups/{username}/give": func(p *player, ctx context.Context) {
		name, id, n := p.named(), p.lookup("powerup"), p.draw.Int64N(3)
		p.send(ctx, http.MethodPost, "powerups/"+url.PathEscape(name)+"/give", shape{"powerupId": id, "quantity": n}, func() (any, error) {
			has, err := p.model.GivePowerup(ctx, name, tenant.PowerupID(id), n)
			return shape{"success": true, "quantity": has}, err
		})
	},
	"GET powerups/{username}/purchases": func(p *player, ctx context.Context) {
		name := p.asked()
		p.get(ctx, "powerups/"+url.PathEscape(name)+"/purchases?limit=200", func() (any, error) {
			u, err := p.model.UserByName(ctx, name)
			all, _ := p.model.Purchases(ctx, u.ID, tenant.Place{}, 200)
			return page(all, func(b tenant.Purchase) shape {
				return shape{"id": b.ID, "powerupId": b.Powerup, "cost": b.Cost, "purchasedAt": moment(b.PurchasedAt)}
			}), err
		})
	},
	"GET admin/powerups": func(p *player, ctx context.Context) {
		p.get(ctx, "admin/powerups", func() (any, error) {
			all, err := p.model.Powerups(ctx, true)
			return each(all, func(x tenant.Powerup) shape {
				o := onSale(x)
				o["variables"], o["created_at"], o["updated_at"] = x.Variables, moment(x.CreatedAt), moment(x.UpdatedAt)
				o["enabled"] = map[bool]int{true: 1}[x.Enabled]
				return o
			}), err
		})
	},
	"PUT admin/powerups/{id}": func(p *player, ctx context.Context) {
		x := tenant.Powerup{ID: tenant.PowerupID(p.small("powerup")), Name: p.text("name"), Description: p.text("text"),
			Cost: p.draw.Int64N(60), Emoji: p.text("emoji"), Effect: p.text("effect"), Variables: p.object(), Enabled: !p.one(4)}
		body := onSale(x)
		delete(body, "id")
		body["variables"], body["enabled"] = x.Variables, x.Enabled
		p.send(ctx, http.MethodPut, "admin/powerups/"+string(x.ID), body, func() (any, error) {
			return success, p.model.SetPowerup(ctx, x)
		})
	},
	"DELETE admin/powerups/{id}": func(p *player, ctx context.Context) {
		id := p.lookup("powerup")
		p.send(ctx, http.MethodDelete, "admin/powerups/"+id, nil, func() (any, error) {
			return success, p.model.DisablePowerup(ctx, tenant.PowerupID(id))
		})
	},
	"POST dropgame/score": func(p *player, ctx context.Context) {
		name, d := p.viewer(), tenant.Drop{Score: p.draw.Int64N(120) - 5, Perfect: p.one(5), IdempotencyKey: p.onceKey()}
		body := shape{"username": name, "score": d.Score, "isPerfect": d.Perfect}
		p.foretold(ctx, question{http.MethodPost, "dropgame/score", compact(body), d.IdempotencyKey}, func() (any, error) {
			done, err := p.model.RecordDrop(ctx, name, d)
			return shape{"success": true, "newTotal": done.Total}, err
		})
	},
	"GET activity": func(p *player, ctx context.Context) {
		hours := 1 + p.draw.IntN(48)
		p.get(ctx, fmt.Sprint("activity?hours=", hours), func() (any, error) {
			all, err := p.model.Activity(ctx, hours)
			return page(all, func(h tenant.Hour) shape {
				return shape{"hour": moment(h.At), "points": h.Points, "viewers": h.Viewers, "drops": h.Drops}
			}), err
		})
	},
	"GET drops": func(p *player, ctx context.Context) {
		path, name := "drops?limit=200", ""
		if p.one(2) {
			name = p.asked()
			path += "&username=" + url.QueryEscape(name)
		}
		p.get(ctx, path, func() (any, error) {
			if name == "" {
				all, err := p.model.Drops(ctx, tenant.LastDrop, 201)
				if len(all) > 200 {
					return nil, fmt.Errorf("%d drops: the game is too long for one page", len(all))
				}
				return page(all, dropShape), err
			}
			u, err := p.model.UserByName(ctx, name)
			all, _ := p.model.UserDrops(ctx, u.ID, tenant.Place{}, 200)
			return page(all, dropShape), err
		})
	},
}

// config is a visit that reads a configuration as it is stored.
func config(path string, read func(*model) (tenant.Config, error)) move {
	return func(p *player, ctx context.Context) {
		p.get(ctx, path, func() (any, error) {
			c, err := read(p.model)
			return c.JSON, err
		})
	}
}

// setConfig replaces one.
func setConfig(path string, set func(*model, json.RawMessage) error) move {
	return func(p *player, ctx context.Context) {
		body := p.object()
		p.send(ctx, http.MethodPut, path, body, func() (any, error) { return success, set(p.model, body) })
	}
}
