package isolation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/tenant"
)

var signInVisits = map[string]move{
	"POST verify/generate/{username}": func(p *player, ctx context.Context) {
		name := p.named()
		drawn := p.learn(ctx, question{http.MethodPost, "verify/generate/" + url.PathEscape(name), "", ""})
		if drawn != nil {
			want, err := p.model.ask(name, drawn.Code)
			require.NoError(p, err)
			require.Equal(p, moment(want.ExpiresAt), drawn.ExpiresAt)
		}
	},
	"GET verify/check/{username}/{code}": func(p *player, ctx context.Context) {
		name, code := p.pending()
		if p.held {
			return // who is confirmed would be signed in
		}
		c, err := p.model.try(name, code)
		q := question{http.MethodGet, "/" + p.name + "/api/verify/check/" + url.PathEscape(name) + "/" + code, "", ""}
		if err != nil {
			p.nothing(p.ask(ctx, q))
			return
		}
		status, body := p.ask(ctx, q)
		require.Equal(p, http.StatusOK, status, body)
		var got struct {
			Verified     bool
			SessionToken string
		}
		require.NoError(p, json.Unmarshal([]byte(body), &got))
		require.Equal(p, c.confirmed, got.Verified)
		if got.Verified {
			delete(p.model.codes, folded(name))
			_, err = p.model.begin(c.name, got.SessionToken)
			require.NoError(p, err)
			p.game.tokens.Store(p.id, got.SessionToken)
		}
	},
	"POST verify/confirm": func(p *player, ctx context.Context) {
		name, code := p.pending()
		p.send(ctx, http.MethodPost, "verify/confirm", shape{"username": name, "code": code}, func() (any, error) {
			return shape{"verified": true}, p.model.ConfirmCode(ctx, name, code)
		})
	},
	// A viewer's session opens what is his, on its own channel and nowhere else.
	"GET session": func(p *player, ctx context.Context) {
		if p.one(2) {
			plays["StartSession"](p, ctx)
		}
		token := p.token()
		s, err := p.model.Session(ctx, token)
		status, body := p.game.front.ask(ctx, question{http.MethodGet, "/" + p.name + "/api/session", "", ""}, token)
		if err != nil {
			require.Equal(p, http.StatusUnauthorized, status, body)
			return
		}
		require.Equal(p, http.StatusOK, status, body)
		require.JSONEq(p, compact(shape{"valid": true, "username": s.Username}), body)
		name := p.asked()
		status, body = p.game.front.ask(ctx, question{http.MethodGet, "/" + p.name + "/api/profile/" + url.PathEscape(name), "", ""}, token)
		if folded(name) == folded(s.Username) {
			require.Equal(p, http.StatusOK, status, body)
			return
		}
		p.nothing(status, body)
	},
	"GET admin/tokens": func(p *player, ctx context.Context) {
		p.get(ctx, "admin/tokens", func() (any, error) {
			all, err := p.model.TokenInfos(ctx)
			items := []shape{}
			for _, t := range all {
				items = append(items, tokenShape(t))
			}
			return shape{"items": items, "next": nil}, err
		})
	},
	"GET admin/tokens/{provider}": func(p *player, ctx context.Context) {
		provider := p.lookup("provider")
		p.get(ctx, "admin/tokens/"+provider, func() (any, error) {
			t, err := p.model.TokenInfo(ctx, provider)
			return tokenShape(t), err
		})
	},
	"PUT admin/tokens/{provider}": func(p *player, ctx context.Context) {
		t := tenant.Token{Provider: p.small("provider"), AccessToken: p.text("access"), RefreshToken: p.maybe("refresh"),
			ExpiresAt: p.game.now().Add(time.Hour), Scope: p.maybe("scope")}
		body := shape{"accessToken": t.AccessToken, "expiresAt": moment(t.ExpiresAt)}
		for field, text := range map[string]*string{"refreshToken": t.RefreshToken, "scope": t.Scope} {
			if text != nil {
				body[field] = text
			}
		}
		p.send(ctx, http.MethodPut, "admin/tokens/"+t.Provider, body, func() (any, error) { return success, p.model.SaveToken(ctx, t) })
	},
	"DELETE admin/tokens/{provider}": func(p *player, ctx context.Context) {
		provider := p.lookup("provider")
		p.send(ctx, http.MethodDelete, "admin/tokens/"+provider, nil, func() (any, error) { return nil, p.model.DeleteToken(ctx, provider) })
	},
}

// drawn is what the store draws and only tells.
type drawn struct{ Code, ExpiresAt, ImageURL string }

// learn asks for something drawn, or returns nil when that is refused as it has to be.
func (p *player) learn(ctx context.Context, q question) *drawn {
	q.path = "/" + p.name + "/api/" + q.path
	status, body := p.ask(ctx, q)
	if p.held {
		require.Equal(p, http.StatusForbidden, status, body)
		return nil
	}
	require.Equal(p, http.StatusOK, status, body)
	var d drawn
	require.NoError(p, json.Unmarshal([]byte(body), &d))
	return &d
}

// pixel is a PNG up to the end of its header.
const pixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"

var keptVisits = map[string]move{
	"POST upload/{username}": func(p *player, ctx context.Context) {
		name, body := p.named(), pixel+p.text("picture")
		d := p.learn(ctx, question{http.MethodPost, "upload/" + url.PathEscape(name), body, ""})
		if d == nil {
			return
		}
		up, err := p.model.SaveUpload(ctx, name, "image/png", []byte(body), func(id tenant.UploadID) string {
			return fmt.Sprintf("/%s/api/uploads/%d", p.name, id)
		})
		require.NoError(p, err)
		require.Equal(p, fmt.Sprintf("/%s/api/uploads/%d", p.name, up.ID), d.ImageURL)
	},
	"GET uploads/{id}": func(p *player, ctx context.Context) {
		id := tenant.UploadID(p.row("uploads"))
		up, err := p.model.Upload(ctx, id)
		status, body := p.ask(ctx, question{http.MethodGet, fmt.Sprintf("/%s/api/uploads/%d", p.name, id), "", ""})
		if err != nil {
			p.nothing(status, body)
			return
		}
		require.Equal(p, http.StatusOK, status)
		require.Equal(p, string(up.Body), body)
	},
	"GET users/{id}/export": func(p *player, ctx context.Context) {
		id := p.user()
		p.get(ctx, fmt.Sprintf("users/%d/export", id), func() (any, error) { return p.model.ExportUser(ctx, id) })
	},
	"POST users/{id}/erase": func(p *player, ctx context.Context) {
		id := tenant.UserID(p.row("users"))
		p.send(ctx, http.MethodPost, fmt.Sprintf("users/%d/erase", id), nil, func() (any, error) { return nil, p.model.EraseUser(ctx, id) })
	},
	"GET admin/rejects": func(p *player, ctx context.Context) {
		p.get(ctx, "admin/rejects", func() (any, error) { return shape{"items": []int{}, "next": nil}, nil })
	},
	"GET status": func(p *player, ctx context.Context) {
		p.get(ctx, "status", func() (any, error) { return shape{"live": p.model.status.Live}, nil })
	},
	"PUT status": func(p *player, ctx context.Context) {
		live := p.one(2)
		p.send(ctx, http.MethodPut, "status", shape{"live": live}, func() (any, error) { return shape{"live": live}, p.model.SetLive(ctx, live) })
	},
	"GET events": func(p *player, ctx context.Context) {
		ctx, enough := context.WithTimeout(ctx, time.Minute)
		defer enough()
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/"+p.name+"/api/events", nil)
		r.Header.Set("Authorization", "Bearer "+p.key)
		r.Header.Set("Accept", "text/event-stream")
		w := &untilSnapshot{httptest.NewRecorder(), enough}
		p.game.front.handler.ServeHTTP(w, r)
		require.Contains(p, w.Body.String(), "event: snapshot")
		require.Empty(p, strangersIn(p.id, w.Body.String()))
	},
	"GET events/last": func(p *player, ctx context.Context) {
		p.get(ctx, "events/last", func() (any, error) { return append(json.RawMessage{}, orNull(p.model.status.LastEvent)...), nil })
	},
	"GET profile/{username}": func(p *player, ctx context.Context) {
		name := p.asked()
		p.get(ctx, "profile/"+url.PathEscape(name), func() (any, error) {
			u, err := p.model.UserByName(ctx, name)
			if err != nil {
				u.Username = name
			}
			return p.profile(ctx, u), nil
		})
	},
	"POST profile/{username}": func(p *player, ctx context.Context) {
		name, country := p.named(), strings.TrimSpace(p.text("country"))
		p.send(ctx, http.MethodPost, "profile/"+url.PathEscape(name), shape{"country": country, "voiceId": ""}, func() (any, error) {
			u, err := p.model.SetProfile(ctx, name, tenant.Profile{VoiceID: tenant.Text{Set: true},
				Country: tenant.Text{Set: true, Value: &country}})
			return p.profile(ctx, u), err
		})
	},
}

func orNull(event json.RawMessage) json.RawMessage {
	if event == nil {
		return json.RawMessage(`null`)
	}
	return event
}

func (p *player) profile(ctx context.Context, u tenant.User) shape {
	items, _ := p.model.Inventory(ctx, u.ID)
	o := shape{"username": u.Username, "dropPoints": u.Points.Drop, "totalDrops": u.Points.Drops,
		"channelPoints": u.Points.Channel, "powerups": itemsShape(items)}
	for field, text := range map[string]*string{"voiceId": u.VoiceID, "dropImage": p.shownPicture(u.DropImage), "country": u.Country} {
		if text != nil {
			o[field] = *text
		}
	}
	return o
}

// untilSnapshot ends a follower's request once he has what he came for.
type untilSnapshot struct {
	*httptest.ResponseRecorder
	enough context.CancelFunc
}

func (w *untilSnapshot) Write(b []byte) (int, error) {
	if strings.Contains(string(b), "event: snapshot") {
		w.enough()
	}
	return w.ResponseRecorder.Write(b)
}

func tokenShape(t tenant.Token) shape {
	return shape{"provider": t.Provider, "expiresAt": moment(t.ExpiresAt), "scope": t.Scope,
		"createdAt": moment(t.CreatedAt), "updatedAt": moment(t.UpdatedAt)}
}
