package kickapp

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/api/kick"
	"streamvault/registry"
	"streamvault/shard/scope"
	"streamvault/test/fakekick"
)

// What Kick has stopped to send it is asked for again, and a token that nobody uses goes on.
func TestWhatWasGrantedIsLookedAfter(t *testing.T) {
	t.Parallel()
	var s *stand
	begun := make(chan struct{})
	s = newStand(t, func(o *Options) {
		o.TendEvery = 5 * time.Millisecond
		o.Channels = func(ctx context.Context, after scope.StreamerID) ([]kick.Channel, scope.StreamerID, error) {
			select {
			case <-begun:
			case <-ctx.Done():
				return nil, 0, ctx.Err()
			}
			if after == 0 {
				return []kick.Channel{{ID: 999, Username: "nobody"}}, s.alice.ID, nil
			}
			return []kick.Channel{s.alice, {ID: s.alice.ID + 1, Username: "none"}}, 0, nil
		}
	})
	_, _, err := s.store.CreateStreamer(t.Context(), registry.NewStreamer{Username: "none", Actor: "test"})
	require.NoError(t, err)
	old := s.kept()
	s.ahead(3 * time.Hour)
	close(begun)
	all := func() bool { return len(s.kick.Subscribed(77)) == len(kick.EventTypes()) }
	require.Eventually(t, all, time.Minute, time.Millisecond)
	require.NotEqual(t, old.AccessToken, s.kept().AccessToken)
	s.kick.Unsubscribe(77)
	require.Eventually(t, all, time.Minute, time.Millisecond)
	require.Equal(t, 1, s.kick.Asked(tokenPath))
}

func TestWithoutWebhooksKickIsNotAskedForThem(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *Options) { o.Webhooks = false })
	require.NoError(t, s.app.tendOne(t.Context(), s.alice))
	s.app.Subscribe(s.alice, Grant{AccessToken: s.kept().AccessToken, Scope: scopes})
	require.NoError(t, s.app.Close(t.Context()))
	require.Zero(t, s.kick.Asked("/public/v1/events/subscriptions"))
}

// once fails the first time.
func once(first *bool, fail func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		was := *first
		*first = false
		return was && fail(w, r)
	}
}

// A trouble is told once a round, whoever and however many it meets, and stops nobody else.
func TestATroubleOfOneStopsNobodyElse(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	bob := s.streamer("bob", 78)
	s.app.o.Channels = func(context.Context, scope.StreamerID) ([]kick.Channel, scope.StreamerID, error) {
		return []kick.Channel{s.alice, bob}, 0, nil
	}
	s.ahead(3 * time.Hour)
	first := true
	s.kick.Set(func(k *fakekick.Kick) { k.Fail[tokenPath] = once(&first, fakekick.Status(500)) })
	failed, err := s.app.tendAll(t.Context())
	require.Equal(t, 1, failed)
	require.ErrorIs(t, err, ErrUnreachable)
	require.Empty(t, s.kick.Subscribed(77))
	require.Len(t, s.kick.Subscribed(78), len(kick.EventTypes()))
}
