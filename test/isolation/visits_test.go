package isolation

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"streamvault/shard/tenant"
)

// visits are the requests that the model foretells, by route. A new route is one more row.
var visits = joined(viewerVisits, powerupVisits, shownVisits, layoutVisits, signInVisits, keptVisits)

// Shapes of answers, as CONTRACT and README have them.
type shape = map[string]any

func moment(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

// shownPicture is an address as it is shown: an upload of the player's is on the channel that he has
// now, whatever it was called when it came.
func (p *player) shownPicture(address *string) *string {
	if address == nil {
		return nil
	}
	_, id, _ := strings.Cut(*address, "/api/uploads/")
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && n>>32 == int64(p.id) {
		now := "/" + p.name + "/api/uploads/" + id
		return &now
	}
	return address
}

func (p *player) userShape(u tenant.User) shape {
	return shape{"id": u.ID, "username": u.Username, "voiceId": u.VoiceID, "dropImage": p.shownPicture(u.DropImage), "country": u.Country,
		"channelPoints": u.Points.Channel, "dropPoints": u.Points.Drop, "totalDrops": u.Points.Drops,
		"createdAt": moment(u.CreatedAt), "updatedAt": moment(u.UpdatedAt)}
}

// changeShape is what a change sets, under the names that a route has for the fields.
func changeShape(c tenant.UserChange, voice, image, channel, drop, drops string) shape {
	body := shape{}
	for field, text := range map[string]tenant.Text{voice: c.VoiceID, image: c.DropImage, "country": c.Country} {
		if text.Set {
			body[field] = text.Value
		}
	}
	for field, n := range map[string]*int64{channel: c.Channel, drop: c.Drop, drops: c.Drops} {
		if n != nil {
			body[field] = n
		}
	}
	return body
}

// as shapes the result of a call.
func as[T any](form func(T) shape) func(T, error) (any, error) {
	return func(v T, err error) (any, error) { return form(v), err }
}

// page is a listing that is one page.
func page[T any](rows []T, form func(T) shape) shape {
	return shape{"items": each(rows, form), "next": nil}
}

// success is what the old app answered to changes.
var success = shape{"success": true}

// get and send ask and compare with what the model answers.
func (p *player) get(ctx context.Context, path string, call func() (any, error)) {
	p.foretold(ctx, question{http.MethodGet, path, "", ""}, call)
}

func (p *player) send(ctx context.Context, method, path string, body any, call func() (any, error)) {
	text := ""
	if body != nil {
		text = compact(body)
	}
	p.foretold(ctx, question{method, path, text, ""}, call)
}

var viewerVisits = map[string]move{
	"GET users": func(p *player, ctx context.Context) {
		p.foretold(ctx, question{http.MethodGet, "users?limit=200", "", ""}, func() (any, error) {
			all, err := p.model.Users(ctx, 0, 200)
			return page(all, p.userShape), err
		})
	},
	"GET users?q=": func(p *player, ctx context.Context) {
		prefix := p.somebody()
		if prefix == "" {
			return
		}
		p.foretold(ctx, question{http.MethodGet, "users?limit=200&q=" + url.QueryEscape(prefix), "", ""}, func() (any, error) {
			all, err := p.model.SearchUsers(ctx, prefix, "", 200)
			return page(all, p.userShape), err
		})
	},
	"POST users": func(p *player, ctx context.Context) {
		n := tenant.NewUser{Username: p.viewer(), VoiceID: p.maybe("voice"), DropImage: p.picture(), Country: p.maybe("country")}
		body := shape{"username": n.Username, "voiceId": n.VoiceID, "dropImage": n.DropImage, "country": n.Country}
		p.foretold(ctx, question{http.MethodPost, "users", compact(body), ""}, func() (any, error) {
			return as(p.userShape)(p.model.CreateUser(ctx, n))
		})
	},
	"GET users/{id}": func(p *player, ctx context.Context) {
		id := p.user()
		p.foretold(ctx, question{http.MethodGet, fmt.Sprint("users/", id), "", ""}, func() (any, error) {
			return as(p.userShape)(p.model.User(ctx, id))
		})
	},
	"PATCH users/{id}": func(p *player, ctx context.Context) {
		id, c := p.user(), p.userChange()
		body := changeShape(c, "voiceId", "dropImage", "channelPoints", "dropPoints", "totalDrops")
		body["reason"] = c.Reason
		if c.Username != nil {
			body["username"] = c.Username
		}
		p.foretold(ctx, question{http.MethodPatch, fmt.Sprint("users/", id), compact(body), ""}, func() (any, error) {
			return as(p.userShape)(p.model.UpdateUser(ctx, id, c))
		})
	},
	"DELETE users/{id}": func(p *player, ctx context.Context) {
		id := tenant.UserID(p.row("users"))
		p.foretold(ctx, question{http.MethodDelete, fmt.Sprint("users/", id), "", ""}, func() (any, error) {
			return nil, p.model.DeleteUser(ctx, id)
		})
	},
	"GET admin/users": func(p *player, ctx context.Context) {
		p.get(ctx, "admin/users", func() (any, error) {
			all, err := p.model.UsersByPoints(ctx, tenant.User{}, tenant.MaxPage)
			return each(all, func(u tenant.User) shape {
				return shape{"id": u.ID, "username": u.Username, "voice_id": u.VoiceID, "drop_image": p.shownPicture(u.DropImage), "country": u.Country,
					"channel_points": u.Points.Channel, "drop_points": u.Points.Drop, "total_drops": u.Points.Drops,
					"created_at": moment(u.CreatedAt), "updated_at": moment(u.UpdatedAt)}
			}), err
		})
	},
	"PUT admin/users/{id}": func(p *player, ctx context.Context) {
		id, c := p.user(), p.userChange()
		c.Username, c.Reason = nil, ""
		body := changeShape(c, "voice_id", "drop_image", "channel_points", "drop_points", "total_drops")
		p.send(ctx, http.MethodPut, fmt.Sprint("admin/users/", id), body, func() (any, error) {
			_, err := p.model.UpdateUser(ctx, id, c)
			return success, err
		})
	},
	"DELETE admin/users/{id}": func(p *player, ctx context.Context) {
		id := tenant.UserID(p.row("users"))
		p.send(ctx, http.MethodDelete, fmt.Sprint("admin/users/", id), nil, func() (any, error) { return success, p.model.DeleteUser(ctx, id) })
	},
	"POST points/{username}": func(p *player, ctx context.Context) {
		name := p.named()
		a := tenant.Award{Amount: p.draw.Int64N(150) - 50, Source: pointSources[p.draw.IntN(len(pointSources))],
			Description: p.text("because"), IdempotencyKey: p.onceKey()}
		body := shape{"amount": a.Amount, "source": a.Source, "description": a.Description}
		for range 1 + p.draw.IntN(2) { // a request may come twice
			p.foretold(ctx, question{http.MethodPost, "points/" + url.PathEscape(name), compact(body), a.IdempotencyKey}, func() (any, error) {
				done, err := p.model.AddPoints(ctx, name, a)
				return shape{"channelPoints": done.Channel, "transactionId": done.Transaction}, err
			})
		}
	},
	"GET points/{username}/summary": func(p *player, ctx context.Context) {
		name := p.asked()
		p.foretold(ctx, question{http.MethodGet, "points/" + url.PathEscape(name) + "/summary", "", ""}, func() (any, error) {
			u, _ := p.model.UserByName(ctx, name)
			return p.model.LedgerSummary(ctx, u.ID, tenant.ChannelPoints)
		})
	},
	"GET points/{username}/transactions": func(p *player, ctx context.Context) {
		name := p.asked()
		p.foretold(ctx, question{http.MethodGet, "points/" + url.PathEscape(name) + "/transactions", "", ""}, func() (any, error) {
			u, _ := p.model.UserByName(ctx, name)
			rows, err := p.model.Ledger(ctx, u.ID, tenant.ChannelPoints, tenant.Place{}, 100)
			return each(rows, func(r tenant.LedgerRow) shape {
				return shape{"id": r.ID, "user_id": r.User, "amount": r.Amount, "source": r.Source,
					"description": r.Description, "created_at": moment(r.CreatedAt)}
			}), err
		})
	},
	"GET leaderboard": func(p *player, ctx context.Context) {
		p.foretold(ctx, question{http.MethodGet, "leaderboard", "", ""}, func() (any, error) {
			ranks, err := p.model.Leaderboard(ctx, 50)
			return each(ranks, func(r tenant.Rank) shape {
				return shape{"username": r.Username, "totalPoints": r.Points.Total(), "channelPoints": r.Points.Channel,
					"dropPoints": r.Points.Drop, "totalDrops": r.Points.Drops}
			}), err
		})
	},
	"GET stats/{username}": func(p *player, ctx context.Context) {
		name := p.asked()
		p.foretold(ctx, question{http.MethodGet, "stats/" + url.PathEscape(name), "", ""}, func() (any, error) {
			u, _ := p.model.UserByName(ctx, name)
			return shape{"username": name, "channelPoints": u.Points.Channel, "dropPoints": u.Points.Drop,
				"totalDrops": u.Points.Drops, "totalPoints": u.Points.Total(), "country": u.Country}, nil
		})
	},
}

// named is a name for a path, where an empty one is another path.
func (p *player) named() string {
	if name := p.viewer(); name != "" {
		return name
	}
	return "everybody"
}

// asked is such a name to ask for: now and then another's.
func (p *player) asked() string {
	if p.one(6) {
		return p.others("-viewer-1")
	}
	return p.named()
}
