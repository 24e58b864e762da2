package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/migrations/restore"
)

// fleetHome is an installation at version 1 with n streamers, each of whom has viewers.
func fleetHome(t *testing.T, n int) (home, string) {
	t.Helper()
	h := newHome(t)
	require.Zero(t, h.Run("init", "--fleet-version", "1").Code)
	key := h.AdminKey()
	p := h.serve()
	control := h.Control()
	for i := range n {
		r, err := control.CreateStreamer(fmt.Sprintf("s%d", i+1))
		require.NoError(t, err)
		require.Equal(t, 201, r.Status, r.Body)
		for v := range 3 {
			require.Equal(t, 200, p.Must("POST", fmt.Sprintf("/s%d/api/points/Viewer%d", i+1, v), key, `{"amount":5,"source":"chat"}`).Status)
		}
	}
	require.Zero(t, p.Term(), p.Stderr)
	return h, key
}

// shardFile is what a file holds: the digest of its rows, and its schema.
type shardFile struct{ digest, schema string }

// files looks at every streamer's file. Nobody has them open.
func (h home) files() map[string]shardFile {
	h.Helper()
	paths, err := filepath.Glob(h.Data("shards", "*", "*.db"))
	require.NoError(h, err)
	all := map[string]shardFile{}
	for _, path := range paths {
		d, err := (&sqlite3.SQLiteDriver{}).Open(path)
		require.NoError(h, err)
		c := &migrations.Conn{SQLiteConn: d.(*sqlite3.SQLiteConn)}
		content, err := restore.ContentOf(context.Background(), c)
		require.NoError(h, err)
		schema, err := migrations.Fingerprint(c)
		require.NoError(h, err)
		require.NoError(h, c.Close())
		all[filepath.Base(path)] = shardFile{content.Digest(), schema}
	}
	return all
}

// schemas are the fingerprints of versions 1 and 2.
func schemas(t testing.TB) (one, two string) {
	t.Helper()
	one, err := migrations.Tenant().Fingerprint(1)
	require.NoError(t, err)
	two, err = migrations.Tenant().Fingerprint(2)
	require.NoError(t, err)
	return one, two
}

// fleetJob is the newest job of the fleet.
type fleetJob struct {
	ID                  int64
	Kind, State         string
	Total, Done, Failed int64
}

func (h home) newestJob() (j fleetJob) {
	h.Helper()
	var list struct{ Items []fleetJob }
	h.JSON(&list, "migrate", "jobs")
	if len(list.Items) > 0 {
		j = list.Items[0]
	}
	return j
}

// killCommandAfter ends a command as a crash would, unless it has ended before.
func (h home) killCommandAfter(after time.Duration, args ...string) {
	h.Helper()
	cmd := h.Command(args...)
	require.NoError(h, cmd.Start())
	time.Sleep(after)
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed, or done before
}

// spoil makes a file one that cannot be moved to version 2.
func (h home) spoil(name string) {
	h.Helper()
	paths, err := filepath.Glob(h.Data("shards", "*", name))
	require.NoError(h, err)
	require.Len(h, paths, 1)
	d, err := (&sqlite3.SQLiteDriver{}).Open(paths[0])
	require.NoError(h, err)
	_, err = d.(*sqlite3.SQLiteConn).Exec(`CREATE TABLE point_transactions_by_time (x)`, nil)
	require.NoError(h, err)
	require.NoError(h, d.Close())
}
