package shard

import (
	"context"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/pool"
	"streamvault/shard/scope"
)

// Stats is what a store has done since it was opened (counters) and what it holds now
// (gauges). Nothing in it names a streamer.
type Stats struct {
	Pool        pool.Stats
	Commits     scope.Counts
	WALBytes    int64 // of the logs of all open files
	WALBytesMax int64 // of the longest
	// Quarantines is how often a streamer was put out of service, by its cause.
	Quarantines map[string]uint64
	DiskFree    uint64 // bytes that this user may write
	Refusing    bool   // writes are refused for want of room
	Census      registry.Census
	SQLite      string // version of the linked library
}

// quarantines counts by cause.
type quarantines struct{ foundAtOpen, ioFailure, foundDamaged atomic.Uint64 }

func (q *quarantines) of(c cause) *atomic.Uint64 {
	switch c {
	case foundAtOpen:
		return &q.foundAtOpen
	case foundDamaged:
		return &q.foundDamaged
	}
	return &q.ioFailure
}

// Stats reads everything that can be counted.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	census, err := s.Census(ctx)
	if err != nil {
		return Stats{}, err
	}
	st := Stats{Pool: s.pool.Stats(), Commits: s.counters.Counts(), Refusing: s.Room() != nil, Census: census,
		Quarantines: map[string]uint64{"found_at_open": s.quarantines.foundAtOpen.Load(),
			"io_error": s.quarantines.ioFailure.Load(), "damaged": s.quarantines.foundDamaged.Load()}}
	for _, o := range s.pool.OpenHandles() {
		n := logBytes(o.Handle.WALPath())
		st.WALBytes += n
		st.WALBytesMax = max(st.WALBytesMax, n)
	}
	st.SQLite, _ = migrations.SQLiteVersion()
	var disk unix.Statfs_t
	if err := unix.Statfs(s.Dir(), &disk); err == nil {
		st.DiskFree = disk.Bavail * uint64(disk.Bsize)
	}
	return st, nil
}
