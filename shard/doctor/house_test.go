package doctor_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/doctor"
	"streamvault/shard/tenant"
)

// house is an installation with two streamers.
type house struct {
	testing.TB
	dir   string // the data directory
	alice *registry.Streamer
	bob   *registry.Streamer
	store *shard.Store
	o     shard.Options
	order doctor.Order
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{TB: t, dir: filepath.Join(t.TempDir(), "data"), order: doctor.Order{Actor: "test"}}
	h.o = shard.Options{MaxOpen: 4}
	h.open()
	h.alice, h.bob = h.create("alice"), h.create("bob")
	h.give(h.alice, 10)
	h.give(h.bob, 20)
	t.Cleanup(h.close)
	return h
}

func (h *house) open() {
	h.Helper()
	var err error
	require.Eventually(h, func() bool {
		h.store, err = shard.Open(h.Context(), h.dir, h.o)
		return !errors.Is(err, registry.ErrLocked) // a child that another test starts holds the lock until it runs
	}, time.Minute, time.Millisecond)
	require.NoError(h, err)
}

func (h *house) close() {
	h.Helper()
	if h.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = h.store.Close(ctx) // a file that was tampered with may fail to close
	h.store = nil
}

func (h *house) create(name string) *registry.Streamer {
	h.Helper()
	s, _, err := h.store.CreateStreamer(h.Context(), registry.NewStreamer{Username: name, Actor: "test"})
	require.NoError(h, err)
	return s
}

func (h *house) give(s *registry.Streamer, points int64) {
	h.Helper()
	_, err := h.store.Tenant(s.ID).AddPoints(h.Context(), "viewer", tenant.Award{Amount: points, Source: "chat"})
	require.NoError(h, err)
}

func (h *house) balance(s *registry.Streamer) (int64, error) {
	u, err := h.store.Tenant(s.ID).UserByName(h.Context(), "viewer")
	return u.Points.Channel, err
}

// path is where something lies below the data directory.
func (h *house) path(name string) string { return filepath.Join(h.dir, filepath.FromSlash(name)) }

func (h *house) examine(o doctor.Order) doctor.Report {
	h.Helper()
	r, err := h.store.Examine(h.Context(), o, nil)
	require.NoError(h, err)
	require.Equal(h, len(r.Problems) == 0, r.OK)
	for _, p := range slices.Concat(r.Problems, r.Notes) {
		require.NotEmpty(h, p.Detail, p.Code)
		require.NotEmpty(h, p.Advice, p.Code)
		require.NotContains(h, p.Detail, "\n", p.Code)
	}
	return r
}

// edit runs SQL on a file as somebody with a tool of his own would.
func (h *house) edit(path, sql string) {
	h.Helper()
	d, err := (&sqlite3.SQLiteDriver{}).Open(path)
	require.NoError(h, err)
	c := d.(*sqlite3.SQLiteConn)
	_, err = c.Exec(`PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; `+sql, nil)
	require.NoError(h, err)
	require.NoError(h, c.Close())
}

func (h *house) registry(sql string) { h.Helper(); h.edit(h.path("registry.db"), sql) }

func (h *house) copyFile(from, to string) {
	h.Helper()
	body, err := os.ReadFile(from)
	require.NoError(h, err)
	require.NoError(h, os.MkdirAll(filepath.Dir(to), 0o700))
	require.NoError(h, os.WriteFile(to, body, 0o600))
}

// scribble turns some bytes of a file over, from the end backwards when at is negative.
func (h *house) scribble(path string, at int64, n int) {
	h.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(h, err)
	defer f.Close()
	whence := io.SeekStart
	if at < 0 {
		whence = io.SeekEnd
	}
	pos, err := f.Seek(at, whence)
	require.NoError(h, err)
	body := make([]byte, n)
	_, err = f.ReadAt(body, pos)
	require.NoError(h, err)
	for i := range body {
		body[i] ^= 0xff
	}
	_, err = f.WriteAt(body, pos)
	require.NoError(h, err)
}

// of lists what was found by code, with whose the first one is.
func of(found []doctor.Problem) map[doctor.Code]string {
	all := map[doctor.Code]string{}
	for _, p := range slices.Backward(found) {
		all[p.Code] = ""
		if p.Streamer != nil {
			all[p.Code] = *p.Streamer
		}
	}
	return all
}
