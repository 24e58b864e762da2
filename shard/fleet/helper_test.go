package fleet_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/fleet"
	"streamvault/shard/job"
	"streamvault/shard/tenant"
)

// house is an installation whose streamers have a viewer with points each.
type house struct {
	testing.TB
	*shard.Store
	dir       string
	streamers []*registry.Streamer
}

// newHouse makes one at version 1 with n streamers, s1 and so on.
func newHouse(t testing.TB, n int) *house {
	t.Helper()
	h := &house{TB: t, dir: filepath.Join(t.TempDir(), "data")}
	h.open(shard.Options{FleetVersion: 1})
	t.Cleanup(h.close)
	for i := range n {
		s, _, err := h.CreateStreamer(t.Context(), registry.NewStreamer{Username: fmt.Sprintf("s%d", i+1), Actor: "test"})
		require.NoError(t, err)
		h.streamers = append(h.streamers, s)
		h.give(i, 10)
	}
	return h
}

func (h *house) open(o shard.Options) {
	h.Helper()
	s, err := shard.Open(context.Background(), h.dir, o)
	require.NoError(h, err)
	h.Store = s
}

func (h *house) close() {
	h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(h, h.Store.Close(ctx))
}

// deploy starts another program on the directory.
func (h *house) deploy(f *migrations.Family) {
	h.Helper()
	h.close()
	h.open(shard.Options{Family: f})
}

func (h *house) give(i int, points int64) {
	h.Helper()
	_, err := h.Tenant(h.streamers[i].ID).AddPoints(context.Background(), "viewer", tenant.Award{Amount: points, Source: "chat"})
	require.NoError(h, err)
}

func (h *house) points(i int) int64 {
	h.Helper()
	u, err := h.Tenant(h.streamers[i].ID).UserByName(context.Background(), "viewer")
	require.NoError(h, err)
	return u.Points.Channel
}

// sql runs SQL on a file that nobody has open, past everything that would keep one from it.
func (h *house) sql(i int, sql string) {
	h.Helper()
	h.close()
	c, err := (&sqlite3.SQLiteDriver{}).Open(h.ShardPath(h.streamers[i]))
	require.NoError(h, err)
	_, err = c.(*sqlite3.SQLiteConn).Exec(sql, nil)
	require.NoError(h, err)
	require.NoError(h, c.Close())
	h.open(shard.Options{})
}

// spoil makes the migration to version 2 fail.
func (h *house) spoil(i int) {
	h.Helper()
	h.sql(i, `CREATE TABLE point_transactions_by_time (x)`)
}

func (h *house) mend(i int) {
	h.Helper()
	h.sql(i, `DROP TABLE point_transactions_by_time`)
}

// ended waits for a job that was begun.
func (h *house) ended(j registry.Job, err error) registry.Job {
	h.Helper()
	require.NoError(h, err)
	if j.ID == 0 {
		return j // there was nothing to do
	}
	j, err = h.FollowJob(context.Background(), j.ID, func(job.Progress) {})
	require.NoError(h, err)
	return j
}

func (h *house) up(r fleet.Request) registry.Job {
	h.Helper()
	return h.ended(h.Fleet().Up(context.Background(), r))
}

func (h *house) accounts(j registry.Job) (states []registry.ItemState, all []fleet.Account) {
	h.Helper()
	require.NoError(h, h.EachJobItem(context.Background(), j.ID, func(i registry.JobItem) error {
		states, all = append(states, i.State), append(all, fleet.AccountOf(i))
		return nil
	}))
	return states, all
}

func (h *house) shards() fleet.Shards {
	h.Helper()
	s, err := h.Fleet().Status(context.Background())
	require.NoError(h, err)
	return s.Shards
}

// version is what a streamer's file says.
func (h *house) version(i int) (version int) {
	h.Helper()
	path := filepath.Join(h.TempDir(), "copy.db")
	identity, err := h.Fleet().Copy(context.Background(), h.streamers[i].ID, path)
	require.NoError(h, err)
	require.NoError(h, migrations.TakeLog(path))
	file, err := migrations.Open(context.Background(), path, migrations.Tenant().Next("x", "", "", 1), &identity, migrations.Options{Leave: true})
	require.NoError(h, err)
	defer file.Writer().Close()
	return file.Version
}

// later is a program with a third migration, which fails where a table "extra" is.
func (h *house) later() *migrations.Family {
	return migrations.Tenant().Next("extra", `CREATE TABLE extra (x INTEGER) STRICT`, `DROP TABLE extra`, 3)
}

func number(n int64) *int64 { return &n }
