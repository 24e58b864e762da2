package shard

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/scope"
)

const (
	// DefaultMinFree is left free on the disk, in bytes: room for every log to be copied, for
	// the registry and for whoever has to clean up.
	DefaultMinFree = 256 << 20
	// DefaultQuota is the most that one streamer's rows may take, in bytes. A channel
	// of 200,000 viewers with two million awards takes some 400 MB.
	DefaultQuota = 8 << 30
	// lookEvery is how old what is known of the disk may be.
	lookEvery = 50 * time.Millisecond
)

// disk knows whether the disk of a directory has room. SQLite must not be the one to find
// out: a commit that fails half-way takes the streamer out of service.
type disk struct {
	dir     string
	minFree uint64
	next    atomic.Int64 // when to look again, Unix nanoseconds
	full    atomic.Bool
}

// newDisk watches the disk that dir lies on; minFree 0 is the default.
func newDisk(dir string, minFree int64) *disk {
	d := &disk{dir: dir, minFree: uint64(minFree)}
	if minFree <= 0 {
		d.minFree = DefaultMinFree
		var s unix.Statfs_t
		if err := unix.Statfs(dir, &s); err == nil {
			d.minFree = min(d.minFree, s.Blocks*uint64(s.Bsize)/16)
		}
	}
	return d
}

// room returns scope.ErrFull while less than the floor is free.
func (d *disk) room() error {
	now, next := time.Now().UnixNano(), d.next.Load()
	if now >= next && d.next.CompareAndSwap(next, now+int64(lookEvery)) {
		var s unix.Statfs_t
		if err := unix.Statfs(d.dir, &s); err == nil {
			d.full.Store(s.Bavail*uint64(s.Bsize) < d.minFree)
		}
	}
	if d.full.Load() {
		return fmt.Errorf("%w: less than %d MiB are free", scope.ErrFull, d.minFree>>20)
	}
	return nil
}

// roomFor returns scope.ErrFull when so many bytes more would leave less than the floor.
func (d *disk) roomFor(bytes int64) error {
	var s unix.Statfs_t
	if err := unix.Statfs(d.dir, &s); err == nil && s.Bavail*uint64(s.Bsize) < d.minFree+uint64(bytes) {
		return fmt.Errorf("%w: it takes %d MiB, and %d MiB are left free", scope.ErrFull, bytes>>20, d.minFree>>20)
	}
	return nil
}

// Room returns scope.ErrFull while the disk has less free than the floor.
func (s *Store) Room() error { return s.disk.room() }

// CreateStreamer makes a streamer with an empty file of its own, as the registry does, while
// there is room for it.
func (s *Store) CreateStreamer(ctx context.Context, n registry.NewStreamer) (*registry.Streamer, string, error) {
	if err := s.Room(); err != nil {
		return nil, "", fmt.Errorf("create streamer %q: %w", n.Username, err)
	}
	created, ownerKey, err := s.Registry.CreateStreamer(ctx, n)
	if errors.Is(err, unix.ENOSPC) { // something else took the room meanwhile
		err = fmt.Errorf("%w: %w", scope.ErrFull, err)
	}
	return created, ownerKey, err
}

// quota is what a streamer's rows may take, in bytes.
func (s *Store) quota(of *registry.Streamer) int64 {
	if of.QuotaBytes != nil {
		return *of.QuotaBytes
	}
	return s.o.Quota
}

// fits returns scope.ErrQuota for a file beyond what its streamer may use. Nobody is let off: who
// may raise a limit does so and restores then.
func (x *restoring) fits(path string, built restore.Content) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if quota := x.s.quota(x.streamer); info.Size() > quota {
		return fmt.Errorf("%w: it would take %d of %d MiB", scope.ErrQuota, info.Size()>>20, quota>>20)
	}
	for _, table := range slices.Sorted(maps.Keys(x.streamer.Limits.Rows)) {
		if rows, most := built.Tables[table].Rows, x.streamer.Limits.Rows[table]; rows > most {
			return fmt.Errorf("%w: of the rows of %s it has %d, and may have %d", scope.ErrQuota, table, rows, most)
		}
	}
	return nil
}

// roomFor is asked before each write of a streamer.
func (s *Store) roomFor(quota int64) func(used int64) error {
	return func(used int64) error {
		if used >= quota {
			return fmt.Errorf("%w: %d of %d MiB", scope.ErrQuota, used>>20, quota>>20)
		}
		return s.disk.room()
	}
}
