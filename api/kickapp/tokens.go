package kickapp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

const (
	// leeway is how long before its end a token is renewed.
	leeway = time.Minute
	// renewTimeout is for one renewal with what is stored of it: shorter than a server
	// takes to stop.
	renewTimeout = answerTimeout + 500*time.Millisecond
)

// Keep stores what a streamer has granted, in the place of what was there.
func (a *App) Keep(ctx context.Context, id scope.StreamerID, g Grant) error {
	lock := a.lock(id)
	lock.Lock()
	defer lock.Unlock()
	return a.o.Tokens(id).SaveToken(ctx, g.token())
}

func (g Grant) token() tenant.Token {
	t := tenant.Token{Provider: Provider, AccessToken: g.AccessToken, ExpiresAt: g.ExpiresAt}
	if g.RefreshToken != "" {
		t.RefreshToken = &g.RefreshToken
	}
	if g.Scope != "" {
		t.Scope = &g.Scope
	}
	return t
}

func (a *App) lock(id scope.StreamerID) *sync.Mutex { return &a.renewed[int(id)%len(a.renewed)] }

// token is a streamer's, renewed when it is about to end. It returns scope.ErrNotFound when
// there is none, and ErrExpired when the streamer has to sign in again.
func (a *App) token(ctx context.Context, id scope.StreamerID) (tenant.Token, error) {
	t, err := a.o.Tokens(id).Token(ctx, Provider)
	if err != nil || a.lasts(t) {
		return t, err
	}
	return a.renew(id, t)
}

func (a *App) lasts(t tenant.Token) bool { return t.ExpiresAt.After(a.o.Now().Add(leeway)) }

// renew changes a pair of tokens for a new one, unless somebody has done so meanwhile. It
// does not end with its caller, for Kick may have changed the pair already.
func (a *App) renew(id scope.StreamerID, old tenant.Token) (tenant.Token, error) {
	lock := a.lock(id)
	lock.Lock()
	defer lock.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), renewTimeout)
	defer cancel()
	store := a.o.Tokens(id)
	now, err := store.Token(ctx, Provider)
	if err != nil || now.AccessToken != old.AccessToken && a.lasts(now) {
		return now, err
	}
	if now.RefreshToken == nil {
		return now, ErrExpired
	}
	g, err := a.newer(ctx, id, now)
	switch {
	case final(err):
		return now, a.expire(ctx, id, now, err)
	case err != nil:
		return now, err
	}
	t, err := a.replace(ctx, store, now, g)
	a.owe(id, now.AccessToken, g, err)
	return t, err
}

// debt is a pair that Kick has given and that could not be stored, for the old one is of no
// use any more. It is kept until it can be, or until the process ends.
type debt struct {
	instead string // of which access token
	grant   Grant
}

// newer is what to have in the place of a pair: what could not be stored before, or Kick's.
func (a *App) newer(ctx context.Context, id scope.StreamerID, old tenant.Token) (Grant, error) {
	a.mu.Lock()
	owed, there := a.debts[id]
	a.mu.Unlock()
	if there && owed.instead == old.AccessToken {
		return owed.grant, nil
	}
	return a.grant(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {*old.RefreshToken}})
}

func (a *App) owe(id scope.StreamerID, instead string, g Grant, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.debts, id)
	if err != nil {
		a.debts[id] = debt{instead, g}
	}
}

// final says that a refusal is of the token. Others come from what stands before Kick.
func final(err error) bool {
	s := status(err)
	return errors.Is(err, ErrRefused) && (s == http.StatusBadRequest || s == http.StatusUnauthorized)
}

// replace stores a new pair, unless the streamer has withdrawn the old one or signed in
// anew meanwhile. What an answer leaves out stays.
func (a *App) replace(ctx context.Context, store tenant.TokenStore, old tenant.Token, g Grant) (tenant.Token, error) {
	t := g.token()
	if t.RefreshToken == nil {
		t.RefreshToken = old.RefreshToken
	}
	if t.Scope == nil {
		t.Scope = old.Scope
	}
	now, err := store.Token(ctx, Provider)
	if err != nil || now.AccessToken != old.AccessToken {
		return now, err
	}
	return t, store.SaveToken(ctx, t)
}

// expire marks a token that Kick will not renew. Whoever asks for it later gets ErrExpired
// without asking Kick.
func (a *App) expire(ctx context.Context, id scope.StreamerID, t tenant.Token, cause error) error {
	t.RefreshToken = nil
	if now := a.o.Now(); t.ExpiresAt.After(now) {
		t.ExpiresAt = now
	}
	a.o.Log.Warn().Err(cause).Int64("streamer_id", int64(id)).
		Msg("Kick does not renew a streamer's token: he has to sign in with Kick again")
	if err := a.o.Tokens(id).SaveToken(ctx, t); err != nil {
		return err
	}
	return ErrExpired
}
