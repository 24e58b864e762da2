package isolation

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

const (
	victim  = 1 // whose rows are planted: lower ids than the attacker's, who mints above them
	canary  = "foreign"
	foreign = int64(victim)<<32 + 7 // the id of every planted row
)

// attacks tries, through each method of TenantStore, to read or change rows of another
// streamer that lie in this streamer's own file. What comes back is searched for the
// canary; the planted rows must be there unchanged afterwards.
var attacks = map[string]func(t *testing.T, s shard.TenantStore) any{
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
		rows, err := s.Ledger(t.Context(), tenant.UserID(foreign), tenant.ChannelPoints, 1000)
		require.NoError(t, err)
		require.Empty(t, rows)
		return rows
	},
	"LedgerSummary": func(t *testing.T, s shard.TenantStore) any {
		sums, err := s.LedgerSummary(t.Context(), tenant.UserID(foreign), tenant.ChannelPoints)
		require.NoError(t, err)
		require.Empty(t, sums)
		return sums
	},
}

func TestEveryMethodIsAttacked(t *testing.T) {
	t.Parallel()
	methods := reflect.TypeFor[shard.TenantStore]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		require.Contains(t, attacks, name, "method %s has no attack: a row of another streamer may leak through it", name)
	}
	require.Len(t, attacks, methods.NumMethod(), "an attack on a method that is gone")
}

func TestPlantedRowsAreOutOfReach(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	require.EqualValues(t, victim, createStreamer(t, s, "victim").ID)
	alice := createStreamer(t, s, "alice")
	_, err := s.Tenant(alice.ID).AddPoints(t.Context(), "own", tenant.Award{Amount: 5, Source: "chat"})
	require.NoError(t, err)
	path := s.ShardPath(alice)
	closeStore(t, s)
	planted := plant(t, path)
	s = openStore(t, dir)
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			got := fmt.Sprintf("%+v", attack(t, s.Tenant(alice.ID)))
			require.NotContains(t, strings.ToLower(got), canary)
			require.NotContains(t, got, fmt.Sprint(foreign))
		})
	}
	closeStore(t, s)
	require.Equal(t, planted, foreignRows(t, path), "no planted row was changed")
}

// plant puts one row of the victim into every table, past every constraint.
func plant(t *testing.T, path string) []string {
	t.Helper()
	c := openRaw(t, path)
	require.NoError(t, c.run(`PRAGMA foreign_keys = OFF`))
	require.NoError(t, c.run(`PRAGMA ignore_check_constraints = ON`))
	for _, table := range c.tables(t) {
		columns, values := c.columns(t, table)
		marks := strings.TrimSuffix(strings.Repeat("?,", len(values)), ",")
		require.NoError(t, c.run(fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table, strings.Join(columns, ","), marks), values...), table)
	}
	c.close(t)
	return foreignRows(t, path)
}

// foreignRows is everything of the victim's in a file, as text.
func foreignRows(t *testing.T, path string) []string {
	t.Helper()
	c := openRaw(t, path)
	defer c.close(t)
	var rows []string
	for _, table := range c.tables(t) {
		c.each(t, `SELECT * FROM `+table+` WHERE streamer_id = ?`, func(row []driver.Value) {
			rows = append(rows, fmt.Sprint(table, row))
		}, int64(victim))
	}
	require.NotEmpty(t, rows)
	return rows
}

// A file that holds another streamer's row besides its own is refused as soon as the
// one-row table says so; the decoy above is stealthier than that.
func TestASecondStreamerInTheFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	alice := createStreamer(t, s, "alice")
	path := s.ShardPath(alice)
	closeStore(t, s)
	c := openRaw(t, path)
	require.NoError(t, c.run(`INSERT INTO streamers (id) VALUES (?)`, int64(99)))
	c.close(t)
	s = openStore(t, dir)
	defer closeStore(t, s)
	_, err := s.Tenant(alice.ID).Leaderboard(t.Context(), 1)
	require.True(t, errors.Is(err, shard.ErrQuarantined) && errors.Is(err, migrations.ErrWrongIdentity), "%v", err)
}
