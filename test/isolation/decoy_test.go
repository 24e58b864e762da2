package isolation

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard"
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
var attacks = together(viewerAttacks, shownAttacks, signInAttacks, messageAttacks)

type attack = func(t *testing.T, s shard.TenantStore) any

func together(groups ...map[string]attack) map[string]attack {
	all := map[string]attack{}
	for _, g := range groups {
		maps.Copy(all, g)
	}
	return all
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
