package registry

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func dataDir(t testing.TB) string { return filepath.Join(t.TempDir(), "data") }

func open(t testing.TB, dir string, o Options) *Registry {
	t.Helper()
	r, err := Open(t.Context(), dir, o)
	require.NoError(t, err)
	return r
}

// opened is a registry that closes with its test.
func opened(t testing.TB) *Registry {
	t.Helper()
	r := open(t, dataDir(t), Options{Now: newClock().now})
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

func create(t testing.TB, r *Registry, name string) *Streamer {
	t.Helper()
	s, key, err := r.CreateStreamer(t.Context(), NewStreamer{Username: name, Actor: "test"})
	require.NoError(t, err)
	require.NotEmpty(t, key)
	return s
}

func text2(s string) *string { return &s }
