package datastoretest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func drops(t *testing.T, h *house) {
	done := must(h.a.RecordDrop(h.ctx, "Ann", tenant.Drop{Score: 42, IdempotencyKey: "d1"}))(t)
	require.EqualValues(t, 42, done.Total, "an unknown viewer is created")
	again := must(h.a.RecordDrop(h.ctx, "Ann", tenant.Drop{Score: 42, IdempotencyKey: "d1"}))(t)
	require.True(t, again.Replayed)
	require.Equal(t, done.ID, again.ID)
	require.EqualValues(t, 152, must(h.a.RecordDrop(h.ctx, "ANN", tenant.Drop{Score: 110, Perfect: true, Powerup: text("tnt")}))(t).Total)
	require.EqualValues(t, 152, must(h.a.RecordDrop(h.ctx, "Ann", tenant.Drop{}))(t).Total, "a drop without points counts too")
	_ = must(h.a.RecordDrop(h.ctx, "Ben", tenant.Drop{Score: 1}))(t)
	u := must(h.a.UserByName(h.ctx, "Ann"))(t)
	require.Equal(t, tenant.Points{Drop: 152, Drops: 3}, u.Points)
	require.Equal(t, tenant.DropStats{Drops: 3, Perfect: 1, Best: 110, Sum: 152}, must(h.a.DropStats(h.ctx, u.ID))(t))
	require.Len(t, must(h.a.Ledger(h.ctx, u.ID, tenant.DropPoints, tenant.Place{}, 10))(t), 2)
	h.consistent(t, u)
	all := must(h.a.Drops(h.ctx, tenant.LastDrop, 3))(t)
	require.Len(t, all, 3)
	require.Equal(t, "Ben", all[0].Username, "the newest first")
	rest := must(h.a.Drops(h.ctx, all[2].ID, 10))(t)
	require.Len(t, rest, 1)
	require.Equal(t, tenant.PastDrop{ID: done.ID, User: u.ID, Username: "Ann", Score: 42, CreatedAt: Clock}, rest[0])
}

func activity(t *testing.T, h *house) {
	_ = must(h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: 30, Source: "chat"}))(t)
	_ = must(h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: -10, Source: "spend"}))(t)
	_ = must(h.a.AddPoints(h.ctx, "Ben", tenant.Award{Amount: 5, Source: "chat"}))(t)
	_ = must(h.a.RecordDrop(h.ctx, "Cid", tenant.Drop{Score: 7}))(t)
	all := must(h.a.Activity(h.ctx, 3))(t)
	require.Equal(t, []tenant.Hour{
		{At: Clock.Truncate(time.Hour).Add(-2 * time.Hour)}, {At: Clock.Truncate(time.Hour).Add(-time.Hour)},
		{At: Clock.Truncate(time.Hour), Points: 35, Viewers: 3, Drops: 1}}, all)
	require.Len(t, must(h.b.Activity(h.ctx, 1000))(t), tenant.MaxHours)
}

func dropLimits(t *testing.T, h *house) {
	for field, d := range map[string]tenant.Drop{
		"score":           {Score: -1},
		"powerup":         {Powerup: text(strings.Repeat("x", 41))},
		"Idempotency-Key": {IdempotencyKey: strings.Repeat("k", 256)},
	} {
		t.Run(field, func(t *testing.T) {
			_, err := h.a.RecordDrop(h.ctx, "Ann", d)
			invalid(t, field, err)
		})
	}
	_, err := h.a.RecordDrop(h.ctx, "", tenant.Drop{})
	invalid(t, "username", err)
	_ = must(h.a.RecordDrop(h.ctx, "Ann", tenant.Drop{Score: tenant.MaxPoints}))(t)
	_, err = h.a.RecordDrop(h.ctx, "Ann", tenant.Drop{Score: 1})
	require.ErrorIs(t, err, scope.ErrOutOfRange)
	u := must(h.a.UserByName(h.ctx, "Ann"))(t)
	require.EqualValues(t, 1, u.Points.Drops, "what was refused does not count")
	require.Len(t, must(h.a.UserDrops(h.ctx, u.ID, tenant.Place{}, 10))(t), 1)
}

// pastPages: listings of the past give every row once, page by page, whatever happened in
// one millisecond.
func pastPages(t *testing.T, h *house) {
	h.rocket(t, 1)
	u := h.give(t, "Ann", 100)
	for i := range 20 {
		if i%6 == 0 {
			h.wait(time.Second)
		}
		_ = must(h.a.BuyPowerup(h.ctx, "Ann", tenant.Order{Powerup: "rocket"}))(t)
		_ = must(h.a.RecordDrop(h.ctx, "Ann", tenant.Drop{Score: 1}))(t)
	}
	h.give(t, "Ben", 1)
	type at struct {
		time time.Time
		id   int64
	}
	for name, page := range map[string]func(tenant.Place) []at{
		"Ledger": func(p tenant.Place) (all []at) {
			for _, r := range must(h.a.Ledger(h.ctx, u.ID, tenant.ChannelPoints, p, 7))(t) {
				all = append(all, at{r.CreatedAt, r.ID})
			}
			return all
		},
		"Purchases": func(p tenant.Place) (all []at) {
			for _, r := range must(h.a.Purchases(h.ctx, u.ID, p, 7))(t) {
				all = append(all, at{r.PurchasedAt, int64(r.ID)})
			}
			return all
		},
		"UserDrops": func(p tenant.Place) (all []at) {
			for _, r := range must(h.a.UserDrops(h.ctx, u.ID, p, 7))(t) {
				all = append(all, at{r.CreatedAt, int64(r.ID)})
			}
			return all
		},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []at
			for p := (tenant.Place{}); ; {
				rows := page(p)
				if len(rows) == 0 {
					break
				}
				seen = append(seen, rows...)
				last := rows[len(rows)-1]
				p = tenant.Place{At: last.time, ID: last.id}
			}
			require.GreaterOrEqual(t, len(seen), 20)
			once := map[int64]bool{}
			for i, a := range seen {
				require.False(t, once[a.id])
				once[a.id] = true
				if i > 0 {
					before := seen[i-1]
					require.True(t, a.time.Before(before.time) || a.time.Equal(before.time) && a.id > before.id)
				}
			}
		})
	}
	ranked := must(h.a.UsersByPoints(h.ctx, tenant.User{}, 1))(t)
	require.Equal(t, "Ann", ranked[0].Username)
	ranked = must(h.a.UsersByPoints(h.ctx, ranked[0], 10))(t)
	require.Len(t, ranked, 1)
	require.Equal(t, "Ben", ranked[0].Username)
}
