package isolation

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/api"
	"streamvault/registry"
	"streamvault/shard"
)

// TestNothingOfBobsIsReached hides each prize with bob and lets alice try: everything that
// she does with his id has to go as with one that never was, nothing of hers changes when he
// gets something, and nothing of his when she tries.
func TestNothingOfBobsIsReached(t *testing.T) {
	t.Parallel()
	for name, prize := range prizes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, alice, bob := rivals(t)
			hers := everything(t, alice.store)
			id, err := prize.hide(t.Context(), bob.store)
			require.NoError(t, err)
			his := everything(t, bob.store)
			proven(t, prize, bob, id)
			for name, try := range prize.reach {
				got, err := try(t.Context(), alice.store, id)
				none, absent := try(t.Context(), alice.store, prize.never)
				require.Equal(t, verdict(absent), verdict(err), name)
				require.Equal(t, none, got, name)
				require.True(t, verdict(err) == "not found" || empty(got), "%s: %v, %v", name, got, err)
				require.Equal(t, strings.ReplaceAll(fmt.Sprint(absent), prize.never, id), fmt.Sprint(err), name)
			}
			handler := api.New(s, api.Options{}).Handler()
			for _, ask := range prize.ask {
				status, got := visitAs(handler, alice, "alice", ask, id)
				missing, none := visitAs(handler, alice, "alice", ask, prize.never)
				require.Equal(t, missing, status, ask)
				require.Equal(t, none, got, ask)
				require.True(t, status == http.StatusNotFound || got == "[]" || got == "{}", "%s: %s", ask, got)
				require.NotContains(t, strings.ReplaceAll(got, id, ""), "bob", ask)
			}
			proven(t, prize, bob, id)
			require.Equal(t, his, everything(t, bob.store), "what is his is as it was")
			require.Equal(t, hers, everything(t, alice.store), "and so is what is hers")
		})
	}
}

// proven makes sure that the prize is there.
func proven(t *testing.T, p prize, bob rival, id string) {
	t.Helper()
	if p.proof == nil {
		require.Contains(t, compact(everything(t, bob.store)), "bobs")
		return
	}
	_, err := p.proof(t.Context(), bob.store, id)
	require.NoError(t, err)
}

// TestBobsChannelIsNotThere: with alice's key, bob's channel answers every request about a
// prize word for word as a channel that nobody has, unless anybody may ask it.
func TestBobsChannelIsNotThere(t *testing.T) {
	t.Parallel()
	for name, prize := range prizes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, alice, bob := rivals(t)
			id, err := prize.hide(t.Context(), bob.store)
			require.NoError(t, err)
			his := everything(t, bob.store)
			server := api.New(s, api.Options{})
			for _, ask := range prize.ask {
				if public(server, ask) {
					continue
				}
				status, got := visitAs(server.Handler(), alice, "bob", ask, id)
				missing, none := visitAs(server.Handler(), alice, "nobody", ask, id)
				require.Equal(t, http.StatusNotFound, status, ask)
				require.Equal(t, http.StatusNotFound, missing, ask)
				require.Equal(t, none, got, ask)
			}
			require.Equal(t, his, everything(t, bob.store))
		})
	}
}

// rival is a streamer with his key.
type rival struct {
	store shard.TenantStore
	key   string
}

// rivals are bob, whose ids are the lower ones, and alice.
func rivals(t *testing.T) (s *shard.Store, alice, bob rival) {
	t.Helper()
	s = openStore(t, t.TempDir())
	t.Cleanup(func() { closeStore(t, s) })
	enter := func(name string) rival {
		made, key, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: name, Actor: "test"})
		require.NoError(t, err)
		return rival{s.Tenant(made.ID), key}
	}
	bob = enter("bob")
	return s, enter("alice"), bob
}

// visitAs sends a request: method, path with %s for the id, body.
func visitAs(h http.Handler, who rival, channel, ask, id string) (status int, body string) {
	parts := strings.SplitN(strings.Replace(ask, "%s", id, 1), " ", 3)
	r := httptest.NewRequest(parts[0], "/"+channel+"/api/"+parts[1], strings.NewReader(strings.Join(parts[2:], "")))
	r.Header.Set("Authorization", "Bearer "+who.key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// public says that a request wants no key.
func public(s *api.Server, ask string) bool {
	asked := strings.Split(strings.Replace(strings.Fields(ask)[1], "?", "/", 1), "/")
	for _, r := range s.Routes() {
		segments := strings.Split(strings.TrimPrefix(r.Path, "/{channel}/api/"), "/")
		fits := r.Who == api.Anyone && r.Method == strings.Fields(ask)[0] && len(segments) == len(asked)
		for i := 0; fits && i < len(asked); i++ {
			fits = strings.HasPrefix(segments[i], "{") || segments[i] == asked[i]
		}
		if fits {
			return true
		}
	}
	return false
}

// empty says that an answer holds nothing.
func empty(got any) bool {
	v := reflect.ValueOf(got)
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Invalid:
		return false
	}
	return v.IsZero()
}
