package isolation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard"
	"streamvault/shard/tenant"
)

// Secrets are drawn by the store; the model is told them, and foretells everything else.

var signInMoves = map[string]move{
	"SaveToken": func(p *player, ctx context.Context) {
		t := tenant.Token{Provider: p.small("provider"), AccessToken: p.text("access"), RefreshToken: p.maybe("refresh"),
			ExpiresAt: p.game.now().Add(time.Hour), Scope: p.maybe("scope")}
		p.both(func(s shard.TenantStore) (any, error) { return only(s.SaveToken(ctx, t)) })
	},
	"Token": func(p *player, ctx context.Context) {
		provider := p.lookup("provider")
		p.both(func(s shard.TenantStore) (any, error) { return s.Token(ctx, provider) })
	},
	"TokenInfo": func(p *player, ctx context.Context) {
		provider := p.lookup("provider")
		p.both(func(s shard.TenantStore) (any, error) { return s.TokenInfo(ctx, provider) })
	},
	"TokenInfos": func(p *player, ctx context.Context) {
		p.both(func(s shard.TenantStore) (any, error) { return s.TokenInfos(ctx) })
	},
	"DeleteToken": func(p *player, ctx context.Context) {
		provider := p.lookup("provider")
		p.both(func(s shard.TenantStore) (any, error) { return only(s.DeleteToken(ctx, provider)) })
	},
	"StartSession": func(p *player, ctx context.Context) {
		name := p.viewer()
		token, got, err := p.store().StartSession(ctx, name)
		p.clean(got, err)
		want, foretold := p.model.begin(name, token)
		require.Equal(p, verdict(foretold), verdict(err))
		require.Equal(p, want, got)
		p.game.tokens.Store(p.id, token)
	},
	"Session": func(p *player, ctx context.Context) {
		token := p.token()
		p.both(func(s shard.TenantStore) (any, error) { return s.Session(ctx, token) })
	},
	"EndSession": func(p *player, ctx context.Context) {
		token := p.token()
		p.both(func(s shard.TenantStore) (any, error) { return only(s.EndSession(ctx, token)) })
	},
	"EndSessions": func(p *player, ctx context.Context) {
		id := tenant.UserID(p.row("users"))
		p.both(func(s shard.TenantStore) (any, error) { return s.EndSessions(ctx, id) })
	},
	"NewCode": func(p *player, ctx context.Context) {
		name := p.viewer()
		got, err := p.store().NewCode(ctx, name)
		p.clean(got, err)
		want, foretold := p.model.ask(name, got.Code)
		require.Equal(p, verdict(foretold), verdict(err))
		require.Equal(p, want, got)
	},
	"CheckCode": func(p *player, ctx context.Context) {
		name, code := p.pending()
		got, err := p.store().CheckCode(ctx, name, code)
		p.clean(got, err)
		c, foretold := p.model.try(name, code)
		require.Equal(p, verdict(foretold), verdict(err))
		require.Equal(p, foretold == nil && c.confirmed, got.Verified)
		if got.Verified {
			delete(p.model.codes, folded(name))
			_, err = p.model.begin(c.name, got.SessionToken)
			require.NoError(p, err)
			p.both(func(s shard.TenantStore) (any, error) { return s.Session(ctx, got.SessionToken) })
		}
	},
	"ConfirmCode": func(p *player, ctx context.Context) {
		name, code := p.pending()
		p.both(func(s shard.TenantStore) (any, error) { return only(s.ConfirmCode(ctx, name, code)) })
	},
	"UseCommand": func(p *player, ctx context.Context) {
		name, command, cooldown := p.viewer(), p.small("command"), time.Duration(p.draw.IntN(40)-1)*time.Minute
		p.both(func(s shard.TenantStore) (any, error) { return s.UseCommand(ctx, name, command, cooldown) })
	},
	"Cooldowns": func(p *player, ctx context.Context) {
		id := p.user()
		p.both(func(s shard.TenantStore) (any, error) { return s.Cooldowns(ctx, id) })
	},
}

var keptMoves = map[string]move{
	"SaveUpload": func(p *player, ctx context.Context) {
		name, body := p.viewer(), []byte(p.text("picture"))
		var address func(tenant.UploadID) string
		if p.one(2) {
			address = func(id tenant.UploadID) string { return fmt.Sprint(mark(p.id), "/", id) }
		}
		p.both(func(s shard.TenantStore) (any, error) { return s.SaveUpload(ctx, name, "image/png", body, address) })
	},
	"Upload": func(p *player, ctx context.Context) {
		id := tenant.UploadID(p.row("uploads"))
		p.both(func(s shard.TenantStore) (any, error) { return s.Upload(ctx, id) })
	},
	"UserUploads": func(p *player, ctx context.Context) {
		id := p.user()
		p.both(func(s shard.TenantStore) (any, error) { return s.UserUploads(ctx, id) })
	},
	"DeleteUpload": func(p *player, ctx context.Context) {
		id := tenant.UploadID(p.row("uploads"))
		p.both(func(s shard.TenantStore) (any, error) { return only(s.DeleteUpload(ctx, id)) })
	},
	"ExportUser": func(p *player, ctx context.Context) {
		id := p.user()
		p.both(func(s shard.TenantStore) (any, error) { return s.ExportUser(ctx, id) })
	},
	"EraseUser": func(p *player, ctx context.Context) {
		id := tenant.UserID(p.row("users"))
		p.both(func(s shard.TenantStore) (any, error) { return only(s.EraseUser(ctx, id)) })
	},
	"LegacyRejects": func(p *player, ctx context.Context) {
		p.both(func(s shard.TenantStore) (any, error) { return s.LegacyRejects(ctx, 0, 100) })
	},
	"StreamStatus": func(p *player, ctx context.Context) {
		p.both(func(s shard.TenantStore) (any, error) { return s.StreamStatus(ctx) })
	},
	"SetLive": func(p *player, ctx context.Context) {
		live := p.one(2)
		p.both(func(s shard.TenantStore) (any, error) { return only(s.SetLive(ctx, live)) })
	},
	"SetLastEvent": func(p *player, ctx context.Context) {
		event := json.RawMessage(fmt.Sprintf(`{"of":%q,"who":%q}`, mark(p.id), p.viewer()))
		p.both(func(s shard.TenantStore) (any, error) { return only(s.SetLastEvent(ctx, event)) })
	},
}

// token is that of a session of his, or of another streamer's.
func (p *player) token() string {
	var own []tenant.ViewerSession
	secret := map[int64]string{}
	for _, u := range p.model.users {
		for token, s := range u.sessions {
			own = append(own, s)
			secret[s.ID] = token
		}
	}
	slices.SortFunc(own, func(a, b tenant.ViewerSession) int { return int(a.ID - b.ID) })
	stranger, n := p.stranger(), p.draw.IntN(1000)
	if len(own) == 0 || n%4 == 0 {
		if token, ok := p.game.tokens.Load(stranger); ok {
			return token.(string)
		}
		return "sv_viewer_nobody"
	}
	return secret[own[n%len(own)].ID]
}

// pending is a name and a code: mostly one that waits, sometimes a wrong one, sometimes for
// a name of another streamer's.
func (p *player) pending() (name, code string) {
	names := slices.Sorted(maps.Keys(p.model.codes))
	n := p.draw.IntN(1000)
	switch {
	case n%6 == 0 || len(names) == 0:
		return p.others("-viewer-1"), "AAAAAA"
	case n%6 == 1:
		return names[n%len(names)], "AAAAAA"
	}
	return names[n%len(names)], p.model.codes[names[n%len(names)]].code
}
