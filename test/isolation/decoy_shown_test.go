package isolation

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// shownAttacks are on what is shown on stream and what viewers win and buy.
var shownAttacks = map[string]attack{
	"UsersByPoints": func(t *testing.T, s shard.TenantStore) any {
		return listed(s.UsersByPoints(t.Context(), tenant.User{}, 1000))(t)
	},
	"Powerups": func(t *testing.T, s shard.TenantStore) any {
		return listed(s.Powerups(t.Context(), true))(t)
	},
	"SetPowerup": func(t *testing.T, s shard.TenantStore) any {
		require.NoError(t, s.SetPowerup(t.Context(), tenant.Powerup{ID: "own", Name: "Own", Cost: 1}))
		return nil
	},
	"DisablePowerup": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.DisablePowerup(t.Context(), canary), scope.ErrNotFound)
		return nil
	},
	"Inventory": func(t *testing.T, s shard.TenantStore) any {
		items := listed(s.Inventory(t.Context(), tenant.UserID(foreign)))(t)
		require.Empty(t, items)
		return items
	},
	"GivePowerup": func(t *testing.T, s shard.TenantStore) any {
		_, err := s.GivePowerup(t.Context(), "own", canary, 1)
		require.ErrorIs(t, err, scope.ErrNotFound)
		require.NoError(t, s.SetPowerup(t.Context(), tenant.Powerup{ID: "given", Name: "Own", Cost: 1}))
		has, err := s.GivePowerup(t.Context(), canary, "given", 2)
		require.NoError(t, err)
		require.EqualValues(t, 2, has)
		return forget(t, s, canary)
	},
	"UsePowerup": func(t *testing.T, s shard.TenantStore) any {
		left, err := s.UsePowerup(t.Context(), canary, canary)
		require.ErrorIs(t, err, scope.ErrNotFound)
		return left
	},
	"BuyPowerup": func(t *testing.T, s shard.TenantStore) any {
		done, err := s.BuyPowerup(t.Context(), canary, tenant.Order{Powerup: canary, IdempotencyKey: canary + "-buy"})
		var none *tenant.InvalidError
		require.ErrorAs(t, err, &none, "there is nothing of that name on sale here, whatever it costs there")
		return done
	},
	"Purchases": func(t *testing.T, s shard.TenantStore) any {
		all := listed(s.Purchases(t.Context(), tenant.UserID(foreign), tenant.Place{}, 1000))(t)
		require.Empty(t, all)
		return all
	},
	"RecordDrop": func(t *testing.T, s shard.TenantStore) any {
		done, err := s.RecordDrop(t.Context(), canary, tenant.Drop{Score: 3, IdempotencyKey: canary + "-drop"})
		require.NoError(t, err)
		require.EqualValues(t, 3, done.Total)
		return forget(t, s, canary)
	},
	"Drops": func(t *testing.T, s shard.TenantStore) any {
		return listed(s.Drops(t.Context(), tenant.LastDrop, 1000))(t)
	},
	"UserDrops": func(t *testing.T, s shard.TenantStore) any {
		all := listed(s.UserDrops(t.Context(), tenant.UserID(foreign), tenant.Place{}, 1000))(t)
		require.Empty(t, all)
		return all
	},
	"Activity": func(t *testing.T, s shard.TenantStore) any {
		all := listed(s.Activity(t.Context(), tenant.MaxHours))(t)
		want := tenant.Hour{Drops: int64(len(listed(s.Drops(t.Context(), tenant.LastDrop, 1000))(t)))}
		for _, m := range listed(s.Moves(t.Context(), 0, 1000))(t) {
			if m.Kind == tenant.ChannelPoints {
				want.Points += max(m.Amount, 0)
			}
		}
		for _, h := range all {
			want.Drops, want.Points = want.Drops-h.Drops, want.Points-h.Points
		}
		require.Equal(t, tenant.Hour{}, want, "his own is counted, and nothing else")
		return all
	},
	"DropStats": func(t *testing.T, s shard.TenantStore) any {
		stats, err := s.DropStats(t.Context(), tenant.UserID(foreign))
		require.NoError(t, err)
		require.Zero(t, stats)
		return stats
	},
	"Settings": func(t *testing.T, s shard.TenantStore) any { return listed(s.Settings(t.Context()))(t) },
	"SettingsUnder": func(t *testing.T, s shard.TenantStore) any {
		require.Empty(t, listed(s.SettingsUnder(t.Context(), canary))(t))
		return listed(s.SettingsUnder(t.Context(), ""))(t)
	},
	"SetSetting": func(t *testing.T, s shard.TenantStore) any {
		require.NoError(t, s.SetSetting(t.Context(), canary, "own"))
		require.NoError(t, s.DeleteSetting(t.Context(), canary))
		return nil
	},
	"DeleteSetting": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.DeleteSetting(t.Context(), canary), scope.ErrNotFound)
		return nil
	},
	"DropGame":    func(t *testing.T, s shard.TenantStore) any { return shownConfig(s.DropGame(t.Context()))(t) },
	"SetDropGame": func(t *testing.T, s shard.TenantStore) any { return s.SetDropGame(t.Context(), emptyObject) },
	"Layouts":     func(t *testing.T, s shard.TenantStore) any { return listed(s.Layouts(t.Context()))(t) },
	"Layout": func(t *testing.T, s shard.TenantStore) any {
		l, err := s.Layout(t.Context(), tenant.LayoutID(foreign))
		require.ErrorIs(t, err, scope.ErrNotFound)
		return l
	},
	"DefaultLayout": func(t *testing.T, s shard.TenantStore) any { return shownConfig(s.DefaultLayout(t.Context()))(t) },
	"CreateLayout": func(t *testing.T, s shard.TenantStore) any {
		l, err := s.CreateLayout(t.Context(), tenant.NewLayout{Name: canary, JSON: emptyObject, Default: true})
		require.NoError(t, err, "the name is free here, and so is the place of the default")
		require.NoError(t, s.DeleteLayout(t.Context(), l.ID))
		return nil
	},
	"UpdateLayout": func(t *testing.T, s shard.TenantStore) any {
		l, err := s.UpdateLayout(t.Context(), tenant.LayoutID(foreign), tenant.LayoutChange{MakeDefault: true})
		require.ErrorIs(t, err, scope.ErrNotFound)
		return l
	},
	"DeleteLayout": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.DeleteLayout(t.Context(), tenant.LayoutID(foreign)), scope.ErrNotFound)
		one, err := s.CreateLayout(t.Context(), tenant.NewLayout{Name: "one", JSON: emptyObject})
		require.NoError(t, err)
		two, err := s.CreateLayout(t.Context(), tenant.NewLayout{Name: "two", JSON: emptyObject, Default: true})
		require.NoError(t, err)
		require.NoError(t, s.DeleteLayout(t.Context(), two.ID))
		own, err := s.Layouts(t.Context())
		require.NoError(t, err)
		require.True(t, own[0].Default, "the oldest of one's own takes the place, though the planted one is older")
		require.NoError(t, s.DeleteLayout(t.Context(), one.ID))
		return nil
	},
	"SetDefaultLayout": func(t *testing.T, s shard.TenantStore) any { return s.SetDefaultLayout(t.Context(), emptyObject) },
	"Theme":            func(t *testing.T, s shard.TenantStore) any { return shownConfig(s.Theme(t.Context()))(t) },
	"SetTheme":         func(t *testing.T, s shard.TenantStore) any { return s.SetTheme(t.Context(), emptyObject) },
	"Tips":             func(t *testing.T, s shard.TenantStore) any { return listed(s.Tips(t.Context(), true))(t) },
	"CreateTip": func(t *testing.T, s shard.TenantStore) any {
		tip, err := s.CreateTip(t.Context(), "own", true)
		require.NoError(t, err)
		require.Less(t, tip.Order, int64(99_000_000_000), "the order of another streamer's tips does not count")
		return nil
	},
	"UpdateTip": func(t *testing.T, s shard.TenantStore) any {
		text := "x"
		tip, err := s.UpdateTip(t.Context(), tenant.TipID(foreign), tenant.TipChange{Content: &text})
		require.ErrorIs(t, err, scope.ErrNotFound)
		return tip
	},
	"OrderTips": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.OrderTips(t.Context(), []tenant.TipID{tenant.TipID(foreign)}), scope.ErrNotFound)
		return s.OrderTips(t.Context(), nil)
	},
	"DeleteTip": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.DeleteTip(t.Context(), tenant.TipID(foreign)), scope.ErrNotFound)
		return nil
	},
	"Goals": func(t *testing.T, s shard.TenantStore) any { return listed(s.Goals(t.Context(), true))(t) },
	"SetGoal": func(t *testing.T, s shard.TenantStore) any {
		g, err := s.SetGoal(t.Context(), tenant.Goal{ID: canary, Label: "own", Target: 5})
		require.NoError(t, err)
		require.NoError(t, s.DeleteGoal(t.Context(), g.ID))
		return g.Current
	},
	"AddToGoal": func(t *testing.T, s shard.TenantStore) any {
		g, err := s.AddToGoal(t.Context(), canary, 1)
		require.ErrorIs(t, err, scope.ErrNotFound)
		return g
	},
	"DeleteGoal": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.DeleteGoal(t.Context(), canary), scope.ErrNotFound)
		return nil
	},
}

var emptyObject = json.RawMessage(`{}`)

// listed are a listing's rows, without those that an attack made under the canary's name.
func listed[T any](rows []T, err error) func(*testing.T) []T {
	return func(t *testing.T) []T {
		t.Helper()
		require.NoError(t, err)
		return rows
	}
}

func shownConfig(c tenant.Config, err error) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		require.NoError(t, err)
		return string(c.JSON)
	}
}

// forget removes the viewer of our own whom an attack made, with all that was his.
func forget(t *testing.T, s shard.TenantStore, name string) any {
	t.Helper()
	u, err := s.UserByName(t.Context(), name)
	require.NoError(t, err)
	require.NotEqual(t, foreign, int64(u.ID))
	require.NoError(t, s.DeleteUser(t.Context(), u.ID))
	return nil
}
