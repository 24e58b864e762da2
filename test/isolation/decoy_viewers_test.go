package isolation

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

var viewerAttacks = map[string]attack{
	"User": func(t *testing.T, s shard.TenantStore) any {
		u, err := s.User(t.Context(), tenant.UserID(foreign))
		require.ErrorIs(t, err, scope.ErrNotFound)
		return u
	},
	"UserByName": func(t *testing.T, s shard.TenantStore) any {
		u, err := s.UserByName(t.Context(), canary)
		require.ErrorIs(t, err, scope.ErrNotFound)
		return u
	},
	"Users": func(t *testing.T, s shard.TenantStore) any {
		us, err := s.Users(t.Context(), 0, 1000)
		require.NoError(t, err)
		return us
	},
	"SearchUsers": func(t *testing.T, s shard.TenantStore) any {
		us, err := s.SearchUsers(t.Context(), canary[:3], "", 1000)
		require.NoError(t, err)
		return us
	},
	"CreateUser": func(t *testing.T, s shard.TenantStore) any {
		u, err := s.CreateUser(t.Context(), tenant.NewUser{Username: strings.ToUpper(canary)})
		require.NoError(t, err, "the name is free here")
		require.NoError(t, s.DeleteUser(t.Context(), u.ID))
		return u.Points
	},
	"EnsureUser": func(t *testing.T, s shard.TenantStore) any {
		u, err := s.EnsureUser(t.Context(), strings.ToUpper(canary))
		require.NoError(t, err)
		require.NotEqual(t, foreign, int64(u.ID))
		require.NoError(t, s.DeleteUser(t.Context(), u.ID))
		return u.Points
	},
	"UpdateUser": func(t *testing.T, s shard.TenantStore) any {
		n := int64(1)
		u, err := s.UpdateUser(t.Context(), tenant.UserID(foreign), tenant.UserChange{Channel: &n})
		require.ErrorIs(t, err, scope.ErrNotFound)
		return u
	},
	"SetProfile": func(t *testing.T, s shard.TenantStore) any {
		u, err := s.SetProfile(t.Context(), strings.ToUpper(canary), tenant.Profile{})
		require.NoError(t, err)
		require.NotEqual(t, foreign, int64(u.ID))
		require.NoError(t, s.DeleteUser(t.Context(), u.ID))
		return u.Points
	},
	"DeleteUser": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.DeleteUser(t.Context(), tenant.UserID(foreign)), scope.ErrNotFound)
		return nil
	},
	"AddPoints": func(t *testing.T, s shard.TenantStore) any {
		done, err := s.AddPoints(t.Context(), canary, tenant.Award{Amount: 3, Source: "chat", IdempotencyKey: canary})
		require.NoError(t, err, "a viewer of this name is made here; the planted key is not ours")
		require.EqualValues(t, 3, done.Channel)
		u, err := s.UserByName(t.Context(), canary)
		require.NoError(t, err)
		require.NotEqual(t, foreign, int64(u.ID))
		require.NoError(t, s.DeleteUser(t.Context(), u.ID))
		return nil
	},
	"Leaderboard": func(t *testing.T, s shard.TenantStore) any {
		ranks, err := s.Leaderboard(t.Context(), 1000)
		require.NoError(t, err)
		return ranks
	},
	"Ledger": func(t *testing.T, s shard.TenantStore) any {
		rows, err := s.Ledger(t.Context(), tenant.UserID(foreign), tenant.ChannelPoints, tenant.Place{}, 1000)
		require.NoError(t, err)
		require.Empty(t, rows)
		return rows
	},
	"Moves": func(t *testing.T, s shard.TenantStore) any {
		return listed(s.Moves(t.Context(), 0, 1000))(t)
	},
	"LedgerSummary": func(t *testing.T, s shard.TenantStore) any {
		sums, err := s.LedgerSummary(t.Context(), tenant.UserID(foreign), tenant.ChannelPoints)
		require.NoError(t, err)
		require.Empty(t, sums)
		return sums
	},
}
