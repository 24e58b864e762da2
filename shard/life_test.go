package shard

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/scope"
)

// Every table that an operator may limit is one of the schema, in each version that is served.
func TestLimitedTablesAreThere(t *testing.T) {
	t.Parallel()
	most := map[string]int64{}
	for _, table := range registry.LimitedTables {
		most[table] = 1
	}
	id := migrations.Identity{Streamer: 1, UUID: rehearsal.UUID, Generation: 1}
	for version := migrations.Tenant().Required; version <= migrations.Tenant().Newest(); version++ {
		image, err := migrations.Tenant().Image(&id, version, time.UnixMilli(1), nil)
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "shard.db")
		require.NoError(t, os.WriteFile(path, image, 0o600))
		f, err := scope.Open(t.Context(), path, id, scope.Options{MaxRows: most})
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
}

func TestTidyPurgesWhoIsDue(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	now := func() time.Time {
		return time.Date(2026, 5, 17, 0, 0, 0, 0, time.UTC).Add(time.Duration(passed.Load()))
	}
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), Options{Now: now, TrashGrace: time.Hour})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(context.Background())) }()
	made := map[string]*registry.Streamer{}
	for _, name := range []string{"due", "later", "active", "interrupted"} {
		made[name], _, err = s.CreateStreamer(t.Context(), registry.NewStreamer{Username: name, Actor: "test"})
		require.NoError(t, err)
	}
	_, err = s.DeleteStreamer(t.Context(), made["due"].ID, nil, "test")
	require.NoError(t, err)
	long := 2 * time.Hour
	_, err = s.DeleteStreamer(t.Context(), made["later"].ID, &long, "test")
	require.NoError(t, err)
	require.NoError(t, s.Tidy(t.Context()))
	require.FileExists(t, s.ShardPath(made["due"]))

	passed.Store(int64(time.Hour))
	_, err = s.SetState(t.Context(), made["interrupted"].ID, []registry.State{registry.Active}, registry.Deleting, "", "test")
	require.NoError(t, err)
	require.NoError(t, s.Tidy(t.Context()))
	require.NoFileExists(t, s.ShardPath(made["interrupted"]), "whatever came between, a purge that was begun is finished")
	_, err = s.Streamer(t.Context(), made["due"].ID)
	require.ErrorIs(t, err, registry.ErrNotFound)
	require.NoFileExists(t, s.ShardPath(made["due"]))
	require.FileExists(t, s.ShardPath(made["later"]))
	require.FileExists(t, s.ShardPath(made["active"]))
	rows, err := s.Audit(t.Context(), made["due"].ID, time.Time{}, 0, 100)
	require.NoError(t, err)
	require.Equal(t, "streamer.purge", rows[len(rows)-1].Action)
	require.Equal(t, "system", rows[len(rows)-1].Actor)
	require.Contains(t, string(rows[len(rows)-1].Detail), "keyDestroyedAt")
}
