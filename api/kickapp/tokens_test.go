package kickapp

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
	"streamvault/test/fakekick"
)

const tokenPath, chatPath = "/oauth/token", "/public/v1/chat"

func TestBothTokensAreChanged(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	old := s.kept()
	s.say("one")
	require.Equal(t, []string{"one"}, s.said(1))
	require.Zero(t, s.kick.Asked(tokenPath), "it lasts")
	s.ahead(2*time.Hour - time.Minute)
	s.kick.Set(func(k *fakekick.Kick) { k.ExpiresIn = `"3600"` })
	s.say("two")
	require.Equal(t, []string{"one", "two"}, s.said(2))
	now := s.kept()
	require.NotEqual(t, old.AccessToken, now.AccessToken)
	require.NotEqual(t, *old.RefreshToken, *now.RefreshToken)
	require.Equal(t, old.Scope, now.Scope)
	require.WithinDuration(t, s.app.o.Now().Add(time.Hour), now.ExpiresAt, time.Minute)
	s.ahead(2 * time.Hour)
	s.say("three")
	require.Equal(t, []string{"one", "two", "three"}, s.said(3), "the changed pair is changed again")
	require.Equal(t, 2, s.kick.Asked(tokenPath))
}

func TestManyWhoNeedATokenChangeItOnce(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.ahead(3 * time.Hour)
	var wg sync.WaitGroup
	found := make([]tenant.Token, 32)
	for i := range found {
		wg.Go(func() {
			var err error
			if found[i], err = s.app.token(t.Context(), s.alice.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, s.kick.Asked(tokenPath))
	for _, f := range found {
		require.Equal(t, s.kept().AccessToken, f.AccessToken)
	}
}

// A refusal is final, and told once.
func TestATokenThatIsNotRenewedIsMarked(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.ahead(2*time.Hour - 30*time.Second)
	s.kick.Revoke(true)
	for i := range 5 {
		s.say("x")
		require.Empty(t, s.said(i+1))
	}
	require.Equal(t, 1, s.kick.Asked(tokenPath))
	require.Equal(t, 1, s.log.warnings(), s.log)
	require.Nil(t, s.kept().RefreshToken)
	require.False(t, s.kept().ExpiresAt.After(s.app.o.Now()), "it counts as expired, though it had some seconds")
	require.EqualValues(t, 5, s.app.Stats().Failed)

	access, refresh, granted := s.kick.Grant(fakekick.Person{ID: 77, Name: "Alice"}, scopes)
	require.NoError(t, s.app.Keep(t.Context(), s.alice.ID, Grant{access, refresh, s.app.o.Now().Add(time.Hour), granted}))
	s.say("again")
	require.Equal(t, []string{"again"}, s.said(6), "signed in again")
}

// What is a trouble of the moment, or not Kick's word at all, costs no token.
func TestATroubleOfTheMomentCostsNoToken(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"Down": fakekick.Status(503), "Busy": fakekick.Status(429), "Wall": fakekick.Status(403), "Moved": fakekick.Status(301),
		"Garbage": fakekick.Garbage, "Broken": fakekick.Broken, "Slow": fakekick.Slow,
		"Client": func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(401)
			_, _ = w.Write([]byte(`{"error":"invalid_client"}`))
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t, func(o *Options) { o.Timeout = 300 * time.Millisecond })
			s.ahead(3 * time.Hour)
			old := s.kept()
			s.kick.Set(func(k *fakekick.Kick) { k.Fail[tokenPath] = fail })
			s.say("lost")
			s.say("lost too")
			require.Empty(t, s.said(2))
			require.Equal(t, old, s.kept())
			require.Equal(t, 1, s.log.warnings(), s.log)
			s.kick.Set(func(k *fakekick.Kick) { delete(k.Fail, tokenPath) })
			s.say("heard")
			require.Equal(t, []string{"heard"}, s.said(3))
		})
	}
}

// The owner may withdraw a token, or sign in anew, while Kick renews the old one.
func TestARenewalUndoesNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	store := s.store.Tenant(s.alice.ID)
	meanwhile := func(do func() error) {
		s.ahead(3 * time.Hour)
		s.kick.Set(func(k *fakekick.Kick) {
			k.Fail[tokenPath] = func(http.ResponseWriter, *http.Request) bool {
				if err := do(); err != nil {
					t.Error(err)
				}
				return false
			}
		})
		_, _ = s.app.token(t.Context(), s.alice.ID)
	}
	access, refresh, _ := s.kick.Grant(fakekick.Person{ID: 77, Name: "Alice"}, scopes)
	meanwhile(func() error {
		return store.SaveToken(context.Background(), tenant.Token{Provider: Provider, AccessToken: access, RefreshToken: &refresh,
			ExpiresAt: s.app.o.Now().Add(time.Hour)})
	})
	require.Equal(t, access, s.kept().AccessToken)
	meanwhile(func() error { return store.DeleteToken(context.Background(), Provider) })
	_, err := store.Token(t.Context(), Provider)
	require.ErrorIs(t, err, scope.ErrNotFound)
	s.say("not said")
	require.Empty(t, s.said(1))
	require.EqualValues(t, 1, s.app.Stats().Unsaid)
}

// failing is a store whose disk is full for a while.
type failing struct {
	tenant.TokenStore
	err error
}

func (f failing) SaveToken(ctx context.Context, t tenant.Token) error {
	if f.err != nil {
		return f.err
	}
	return f.TokenStore.SaveToken(ctx, t)
}

// Without a write no new pair is used: what is stored is what counts. It is not lost, though
// Kick has made the old one worthless.
func TestAPairThatIsNotStoredIsNotUsed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.ahead(3 * time.Hour)
	full := errors.New("full")
	s.wrap = func(store tenant.TokenStore) tenant.TokenStore { return failing{store, full} }
	_, err := s.app.token(t.Context(), s.alice.ID)
	require.ErrorIs(t, err, full)
	s.say("not yet")
	require.Empty(t, s.said(1))
	old := s.kept()
	s.wrap = func(store tenant.TokenStore) tenant.TokenStore { return store }
	s.say("now")
	require.Equal(t, []string{"now"}, s.said(2))
	require.NotEqual(t, old.AccessToken, s.kept().AccessToken)
	require.Equal(t, 1, s.kick.Asked(tokenPath))
}

// A stop waits for a renewal that is under way, and cuts a message that is.
func TestAStopLosesNoPair(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.ahead(3 * time.Hour)
	old, asked := s.kept(), make(chan struct{})
	s.kick.Set(func(k *fakekick.Kick) {
		k.Fail[tokenPath] = func(http.ResponseWriter, *http.Request) bool {
			close(asked)
			time.Sleep(lastWords + 300*time.Millisecond)
			return false
		}
	})
	s.say("cut")
	<-asked
	require.NoError(t, s.app.Close(t.Context()))
	require.NotEqual(t, old.AccessToken, s.kept().AccessToken)
	require.Empty(t, s.kick.Said())
}
