package fleet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"streamvault/migrations"
	"streamvault/registry"
)

// room is where a job keeps the files as they were before: DATA/backups/migrations/<job>.
type room struct {
	root *os.Root // DATA
	dir  string   // below it
	path string   // of DATA
}

// openRoom makes it, durably.
func (f *Fleet) openRoom(job int64) (*room, error) {
	root, err := os.OpenRoot(f.reg.Dir())
	if err != nil {
		return nil, err
	}
	r := &room{root: root, dir: registry.CopyRoom(job), path: f.reg.Dir()}
	err = root.MkdirAll(r.dir, 0o700)
	for dir := r.dir; err == nil && dir != "."; dir = path.Dir(dir) {
		err = r.sync(path.Dir(dir))
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return r, nil
}

// keepFor is how long the copies of a job that has ended are kept.
const keepFor = 30 * 24 * time.Hour

// tidy removes the copies of jobs that ended long ago.
func (f *Fleet) tidy(ctx context.Context, r *room) error {
	entries, err := fs.ReadDir(r.root.FS(), path.Dir(r.dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), "job-")
		id, bad := strconv.ParseInt(number, 10, 64)
		if !ok || bad != nil {
			continue // not of our making
		}
		j, err := f.reg.Job(ctx, id)
		if err != nil || j.EndedAt == nil || f.o.Now().Sub(*j.EndedAt) < keepFor {
			continue
		}
		if err := r.root.RemoveAll(registry.CopyRoom(id)); err != nil {
			return err
		}
	}
	return nil
}

func (r *room) close() { _ = r.root.Close() }

// keep copies an open file before it is moved. A copy of an earlier try, from before a crash,
// is replaced: there may have been commits since.
func (r *room) keep(c *migrations.Conn, s *registry.Streamer, version int, a *Account) error {
	if r == nil {
		return nil
	}
	name := r.name(s, version)
	temporary := path.Join("tmp", path.Base(r.dir)+"-"+path.Base(name))
	if err := r.remove(temporary); err != nil {
		return err
	}
	if err := c.Snapshot(path.Join(r.path, temporary)); err != nil {
		return err
	}
	if err := r.root.Rename(temporary, name); err != nil {
		return err
	}
	a.Snapshot = name
	return nil
}

// settle makes the names of the copies durable. It is done before the moves are recorded, for
// many at once.
func (r *room) settle() error { return r.sync(r.dir) }

func (r *room) name(s *registry.Streamer, version int) string {
	return path.Join(r.dir, fmt.Sprintf("%010d.%d.v%d.db", s.ID, s.Generation, version))
}

// generationOf is that of the file that a copy is of, by its name.
func generationOf(name string) (generation int64) {
	var id int64
	_, _ = fmt.Sscanf(path.Base(name), "%d.%d.", &id, &generation) // 0 is nobody's
	return generation
}

// find notes the copy of a file that had moved when a crash came, before that was recorded.
func (r *room) find(s *registry.Streamer, a *Account) error {
	if r == nil {
		return nil
	}
	name := r.name(s, a.From)
	if _, err := r.root.Lstat(name); err != nil {
		return nil // there is none
	}
	c, err := migrations.Examine(path.Join(r.path, name))
	if err != nil {
		return err
	}
	a.Snapshot = name
	a.Commits, err = c.Int(`SELECT commit_seq FROM shard_identity`)
	return errors.Join(err, c.Close())
}

// drop removes the copy of a file that did not move.
func (r *room) drop(a *Account) {
	if r != nil && a.Snapshot != "" {
		_ = r.remove(a.Snapshot) // what stays is only a copy more
		a.Snapshot = ""
	}
}

func (r *room) remove(name string) error {
	if err := r.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// sync makes the names in a directory durable.
func (r *room) sync(dir string) error {
	d, err := r.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
