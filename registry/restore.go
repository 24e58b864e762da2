package registry

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"time"

	"streamvault/shard/scope"
)

// Restored says what a restore puts in the place of a streamer's file.
type Restored struct {
	Streamer scope.StreamerID
	Built    string // the closed file, a path in tmp, of the generation after the streamer's
	After    int64  // the generation that the streamer must still have
	Version  int    // of its schema
	Target   int    // of the fleet when it was built
	Entry    Entry  // for the audit log
}

// restorable are the states that a restore may end.
var restorable = []State{Active, Suspended, Quarantined, Held}

// Restorable says whether a streamer's data can be replaced in the state that he is in.
func Restorable(s *Streamer) bool { return slices.Contains(restorable, s.State) }

// Restore makes a built file a streamer's next generation, in one transaction, and moves the
// old one to trash. Keys stay. A quarantine or hold ends, a suspension does not. Nobody may
// have the streamer's file open. It returns ErrTargetMoved when a migration has begun since the file
// was built. A crash before the commit leaves the old file and nothing of
// the new; one after it leaves the old one to the sweep of the next start.
func (r *Registry) Restore(ctx context.Context, x Restored) (s *Streamer, err error) {
	var old string
	err = r.write(ctx, func(tx *Tx) error {
		if s, err = tx.streamer(x.Streamer); err != nil {
			return err
		}
		if s.Generation != x.After {
			return fmt.Errorf("%w: its file has been replaced meanwhile", ErrWrongState)
		}
		if err := tx.atTarget(x.Target); err != nil {
			return err
		}
		old = shardName(s.ID, s.Generation)
		if err := r.installNext(tx, x, s); err != nil {
			return err
		}
		if s.State != Suspended {
			if err := tx.setState(s.ID, restorable, Active, ""); err != nil {
				return err
			}
		}
		if s, err = tx.streamer(s.ID); err != nil {
			return err
		}
		x.Entry.Streamer = s
		return tx.audit(x.Entry)
	})
	if err != nil {
		return nil, fmt.Errorf("restore streamer %d: %w", x.Streamer, err)
	}
	if err := r.retire(old, r.o.Now()); err != nil {
		r.o.Log.Warn().Err(err).Int64("streamer_id", int64(s.ID)).Msg("the file from before the restore could not be moved to trash; the next start does it")
	}
	return s, nil
}

// installNext puts the file in its place and names it.
func (r *Registry) installNext(tx *Tx, x Restored, s *Streamer) error {
	built, err := filepath.Rel(r.dir.path, x.Built)
	if err != nil {
		return err
	}
	name := shardName(s.ID, s.Generation+1)
	for _, leftOver := range []string{name + "-wal", name + "-shm", name} { // of a restore that failed before
		if err := r.dir.remove(leftOver); err != nil {
			return err
		}
	}
	if err := r.dir.install(filepath.ToSlash(built), name); err != nil {
		return err
	}
	return tx.run(`
		UPDATE streamers
		SET generation = ?2, schema_version = ?3, commit_mark = 0, updated_at = ?4
		WHERE id = ?1`, int64(s.ID), s.Generation+1, int64(x.Version), tx.now.UnixMilli())
}

// retire moves a file that was replaced to trash, with the log that belongs to it.
func (r *Registry) retire(name string, now time.Time) error {
	to := path.Join("trash", fmt.Sprintf("replaced-%s-%s", now.UTC().Format("20060102T150405.000"), path.Base(name)))
	for _, suffix := range []string{"-wal", ""} {
		info, err := r.dir.root.Lstat(name + suffix)
		if err != nil || suffix != "" && info.Size() == 0 {
			continue // there may be none
		}
		err = r.dir.step("retire", func() error { return r.dir.root.Rename(name+suffix, to+suffix) })
		if err != nil {
			return err
		}
	}
	return firstError(
		func() error { return r.dir.remove(name + "-shm") },
		func() error { return r.dir.remove(name + "-wal") },
		func() error { return r.dir.sync("trash") },
		func() error { return r.dir.sync(path.Dir(name)) })
}
