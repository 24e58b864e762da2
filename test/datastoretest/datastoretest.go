// Package datastoretest is what every DataStore has to do, whatever engine it stands on.
// An engine's own test gives a factory to Test; the SQLite engine does so at every schema
// version that the program serves.
package datastoretest

import (
	"context"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
)

// Factory opens an empty DataStore whose times come from now, and closes it with the test.
type Factory func(t testing.TB, now func() time.Time) shard.DataStore

// Clock is the injected time at which every test begins.
var Clock = time.Date(2026, 5, 17, 18, 30, 0, 0, time.UTC)

// Test runs the suite against stores that open makes, one for each test.
func Test(t *testing.T, open Factory) {
	for name, test := range suite() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newHouse(t, open))
		})
	}
}

type test = func(*testing.T, *house)

// suite is every test by name, from the files that hold them.
func suite() map[string]test {
	all := map[string]test{}
	for _, part := range []map[string]test{streamerTests, lifeTests, viewerTests, shownTests, signInTests} {
		maps.Copy(all, part)
	}
	return all
}

var streamerTests = map[string]test{
	"Streamers":       streamers,
	"StreamerNames":   streamerNames,
	"Keys":            keys,
	"Sessions":        sessions,
	"AdminSessions":   adminSessions,
	"KeySessions":     keySessions,
	"UnknownStreamer": unknownStreamer,
	"Apart":           apart,
}

var viewerTests = map[string]test{
	"Users":         users,
	"UserNames":     userNames,
	"UserPages":     userPages,
	"UserChanges":   userChanges,
	"UserLimits":    userLimits,
	"Profiles":      profiles,
	"Points":        points,
	"PointLimits":   pointLimits,
	"Spending":      spending,
	"Idempotency":   idempotency,
	"Leaderboard":   leaderboard,
	"Ledger":        ledger,
	"LedgerBalance": ledgerBalance,
}

// house is a DataStore with two streamers in it.
type house struct {
	ds       shard.DataStore
	ctx      context.Context
	alice    *registry.Streamer
	bob      *registry.Streamer
	aliceKey string
	a, b     shard.TenantStore
	passed   atomic.Int64 // since Clock, in nanoseconds
}

// wait lets time pass.
func (h *house) wait(d time.Duration) { h.passed.Add(int64(d)) }

func (h *house) now() time.Time { return Clock.Add(time.Duration(h.passed.Load())) }

func newHouse(t *testing.T, open Factory) *house {
	t.Helper()
	h := &house{ctx: t.Context()}
	h.ds = open(t, h.now)
	var err error
	h.alice, h.aliceKey, err = h.ds.CreateStreamer(h.ctx, registry.NewStreamer{Username: "alice", DisplayName: "Alice", Actor: "test"})
	require.NoError(t, err)
	h.bob, _, err = h.ds.CreateStreamer(h.ctx, registry.NewStreamer{Username: "bob", DisplayName: "Bob", Actor: "test"})
	require.NoError(t, err)
	h.a, h.b = h.ds.Tenant(h.alice.ID), h.ds.Tenant(h.bob.ID)
	return h
}

func text(s string) *string { return &s }
func number(n int64) *int64 { return &n }

func unknownStreamer(t *testing.T, h *house) {
	nobody := h.ds.Tenant(scope.StreamerID(999))
	_, err := nobody.UserByName(h.ctx, "x")
	require.ErrorIs(t, err, registry.ErrNotFound)
	_, err = nobody.Leaderboard(h.ctx, 10)
	require.ErrorIs(t, err, registry.ErrNotFound)
}
