package datastoretest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func points(t *testing.T, h *house) {
	done, err := h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: 25, Source: "chat", Description: "Chat message"})
	require.NoError(t, err, "an unknown viewer is created")
	require.EqualValues(t, 25, done.Channel)
	require.EqualValues(t, h.alice.ID, done.Transaction>>32)
	done, err = h.a.AddPoints(h.ctx, "ANN", tenant.Award{Amount: -5, Source: "spend"})
	require.NoError(t, err)
	require.EqualValues(t, 20, done.Channel)
	u, err := h.a.UserByName(h.ctx, "ann")
	require.NoError(t, err)
	require.Equal(t, tenant.Points{Channel: 20}, u.Points)
}

func pointLimits(t *testing.T, h *house) {
	for name, a := range map[string]tenant.Award{
		"Zero":          {Amount: 0, Source: "chat"},
		"TooMuch":       {Amount: tenant.MaxPoints + 1, Source: "chat"},
		"TooLittle":     {Amount: -tenant.MaxPoints - 1, Source: "chat"},
		"UnknownSource": {Amount: 1, Source: "magic"},
		"Import":        {Amount: 1, Source: "import"},
		"NoSource":      {Amount: 1},
		"LongText":      {Amount: 1, Source: "chat", Description: strings.Repeat("x", 501)},
	} {
		t.Run(name, func(t *testing.T) {
			var invalid *tenant.InvalidError
			_, err := h.a.AddPoints(h.ctx, "Ann", a)
			require.ErrorAs(t, err, &invalid)
		})
	}
	_, err := h.a.UserByName(h.ctx, "Ann")
	require.ErrorIs(t, err, scope.ErrNotFound, "a refused award makes no viewer")
	_, err = h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: tenant.MaxPoints, Source: "tip"})
	require.NoError(t, err)
	_, err = h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: 1, Source: "tip"})
	require.ErrorIs(t, err, scope.ErrOutOfRange)
	_, err = h.a.AddPoints(h.ctx, "Ben", tenant.Award{Amount: -1, Source: "spend"})
	var poor *tenant.InsufficientError
	require.ErrorAs(t, err, &poor)
	require.Equal(t, tenant.InsufficientError{Price: 1, Balance: 0}, *poor)
	_, err = h.a.UserByName(h.ctx, "Ben")
	require.ErrorIs(t, err, scope.ErrNotFound, "nor does a spending that cannot be paid")
}

// spending: a hundred want what there is for ten.
func spending(t *testing.T, h *house) {
	_, err := h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: 105, Source: "sub"})
	require.NoError(t, err)
	var bought, refused atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			var poor *tenant.InsufficientError
			_, err := h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: -10, Source: "spend"})
			switch {
			case err == nil:
				bought.Add(1)
			default:
				if !errors.As(err, &poor) {
					t.Error(err)
				}
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 10, bought.Load())
	require.EqualValues(t, 90, refused.Load())
	u, err := h.a.UserByName(h.ctx, "Ann")
	require.NoError(t, err)
	require.EqualValues(t, 5, u.Points.Channel)
	rows, err := h.a.Ledger(h.ctx, u.ID, tenant.ChannelPoints, tenant.Place{}, 1000)
	require.NoError(t, err)
	require.Len(t, rows, 11)
}

func idempotency(t *testing.T, h *house) {
	give := tenant.Award{Amount: 25, Source: "gift", IdempotencyKey: "k1"}
	first, err := h.a.AddPoints(h.ctx, "Ann", give)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			again, err := h.a.AddPoints(h.ctx, "Ann", give)
			if err != nil || again.Transaction != first.Transaction || again.Channel != first.Channel || !again.Replayed {
				t.Errorf("replay: %+v, %v", again, err)
			}
		})
	}
	wg.Wait()
	var reused *tenant.KeyReusedError
	_, err = h.a.AddPoints(h.ctx, "Ben", give)
	require.ErrorAs(t, err, &reused)
	other, err := h.b.AddPoints(h.ctx, "Ann", give)
	require.NoError(t, err, "keys of two streamers are two keys")
	require.False(t, other.Replayed)
	u, err := h.a.UserByName(h.ctx, "Ann")
	require.NoError(t, err)
	require.EqualValues(t, 25, u.Points.Channel)
}

func leaderboard(t *testing.T, h *house) {
	for i, n := range []int64{5, 90, 90, 40} {
		_, err := h.a.AddPoints(h.ctx, fmt.Sprintf("viewer%d", i), tenant.Award{Amount: n, Source: "chat"})
		require.NoError(t, err)
	}
	_, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: "pointless"})
	require.NoError(t, err)
	u, err := h.a.UserByName(h.ctx, "viewer0")
	require.NoError(t, err)
	_, err = h.a.UpdateUser(h.ctx, u.ID, tenant.UserChange{Drop: number(60), Drops: number(3)})
	require.NoError(t, err)
	ranks, err := h.a.Leaderboard(h.ctx, 10)
	require.NoError(t, err)
	require.Equal(t, []tenant.Rank{
		{Username: "viewer1", Points: tenant.Points{Channel: 90}},
		{Username: "viewer2", Points: tenant.Points{Channel: 90}},
		{Username: "viewer0", Points: tenant.Points{Channel: 5, Drop: 60, Drops: 3}},
		{Username: "viewer3", Points: tenant.Points{Channel: 40}},
	}, ranks)
	top, err := h.a.Leaderboard(h.ctx, 1)
	require.NoError(t, err)
	require.Len(t, top, 1)
}

func ledger(t *testing.T, h *house) {
	for _, a := range []tenant.Award{{Amount: 100, Source: "sub", Description: "New sub"}, {Amount: 25, Source: "chat"}, {Amount: 25, Source: "chat"}, {Amount: -40, Source: "spend"}} {
		_, err := h.a.AddPoints(h.ctx, "Ann", a)
		require.NoError(t, err)
	}
	u, err := h.a.UserByName(h.ctx, "Ann")
	require.NoError(t, err)
	rows, err := h.a.Ledger(h.ctx, u.ID, tenant.ChannelPoints, tenant.Place{}, 3)
	require.NoError(t, err)
	require.Len(t, rows, 3)
	require.Equal(t, "New sub", *rows[0].Description, "one millisecond: as they were written")
	require.Nil(t, rows[1].Description)
	require.Equal(t, Clock, rows[0].CreatedAt)
	sums, err := h.a.LedgerSummary(h.ctx, u.ID, tenant.ChannelPoints)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"sub": 100, "chat": 50, "spend": -40}, sums)
	moves, err := h.a.Moves(h.ctx, 0, 2)
	require.NoError(t, err)
	require.Len(t, moves, 2)
	require.Equal(t, "Ann", moves[0].Username)
	require.Greater(t, moves[0].ID, moves[1].ID, "newest first")
	newer, err := h.a.Moves(h.ctx, moves[1].ID, 1000)
	require.NoError(t, err)
	require.Equal(t, moves[:1], newer)
	none, err := h.b.Moves(h.ctx, 0, 1000)
	require.NoError(t, err)
	require.Empty(t, none)
	empty, err := h.b.LedgerSummary(h.ctx, u.ID, tenant.ChannelPoints)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{}, empty)
}

// ledgerBalance: whatever changes a balance, the ledger adds up to it.
func ledgerBalance(t *testing.T, h *house) {
	for i := range int64(40) {
		_, err := h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: 1 + i*i%17, Source: "chat"})
		require.NoError(t, err)
		u, err := h.a.UserByName(h.ctx, "Ann")
		require.NoError(t, err)
		_, err = h.a.UpdateUser(h.ctx, u.ID, tenant.UserChange{Channel: number(i * 31 % 200), Drop: number(i * 7 % 90)})
		require.NoError(t, err)
	}
	u, err := h.a.UserByName(h.ctx, "Ann")
	require.NoError(t, err)
	for kind, balance := range map[tenant.Kind]int64{tenant.ChannelPoints: u.Points.Channel, tenant.DropPoints: u.Points.Drop} {
		sums, err := h.a.LedgerSummary(h.ctx, u.ID, kind)
		require.NoError(t, err)
		total := int64(0)
		for _, n := range sums {
			total += n
		}
		require.Equal(t, balance, total, kind)
	}
}
