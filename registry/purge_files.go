package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"streamvault/shard/scope"
)

// ownFile begins the names of everything that is made for one streamer: id, dot.
func ownFile(id scope.StreamerID) string { return path.Base(shardName(id, 0))[:11] }

// filesOf finds a streamer's files, of all generations, what of them was taken out of service,
// and his backups on this machine, on record or not: sidecars before the file that they belong
// to, for one without it is nobody's.
func (d *directory) filesOf(id scope.StreamerID) ([]string, error) {
	own, all := ownFile(id), []string{}
	backups := path.Join("backups", strings.TrimSuffix(own, "."))
	rooms, err := d.copyRooms()
	if err != nil {
		return nil, err
	}
	for _, room := range append(rooms, path.Dir(shardName(id, 1)), "trash", backups) {
		entries, err := fs.ReadDir(d.root.FS(), room)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if name := e.Name(); !e.IsDir() && (room == backups || strings.HasPrefix(name, own) || strings.Contains(name, "-"+own)) {
				all = append(all, path.Join(room, name))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return strings.Compare(sidecarsFirst(a), sidecarsFirst(b)) })
	return all, nil
}

// CopyRoom is where a job keeps copies of files as they were before it, below the data
// directory, by the names that the files have.
func CopyRoom(job int64) string { return path.Join(copies, fmt.Sprintf("job-%d", job)) }

const copies = "backups/migrations"

// copyRooms are those of all jobs.
func (d *directory) copyRooms() (rooms []string, err error) {
	entries, err := fs.ReadDir(d.root.FS(), copies)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		rooms = append(rooms, path.Join(copies, e.Name()))
	}
	return rooms, err
}

func sidecarsFirst(name string) string {
	if withoutSidecar(name) != name {
		return "0"
	}
	return "1"
}

func (d *directory) has(name string) bool {
	info, err := d.root.Lstat(name)
	return err == nil && info.Mode().IsRegular()
}

func (d *directory) sizes(names []string) (sum int64) {
	for _, name := range names {
		if info, err := d.root.Lstat(name); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

// removeAll removes files durably. Those that are gone already are.
func (d *directory) removeAll(names []string) error {
	rooms := map[string]bool{}
	for _, name := range names {
		rooms[path.Dir(name)] = true
		if err := d.step("remove", func() error { return d.remove(name) }); err != nil {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}
	for room := range rooms {
		if err := d.step("sync "+room, func() error { return d.sync(room) }); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove files in %s: %w", room, err)
		}
	}
	return nil
}

// emptyLog copies the log into registry.db and cuts it off, so that no page as it was before
// the last change is left. Deleted bytes are overwritten in the file itself.
func (r *Registry) emptyLog(ctx context.Context) error {
	select {
	case c := <-r.writer:
		defer func() { r.writer <- c }()
		for range readerCount { // a reader would keep the log as it is
			select {
			case reader := <-r.readers:
				defer func() { r.readers <- reader }()
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		busy, err := c.Int(`PRAGMA wal_checkpoint(TRUNCATE)`)
		if err == nil && busy != 0 {
			err = errors.New("it is in use by another process")
		}
		if err != nil {
			return fmt.Errorf("empty the log of the registry: %w", err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
