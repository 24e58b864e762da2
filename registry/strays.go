package registry

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"streamvault/migrations"
	"streamvault/shard/scope"
)

// Stray is a streamer's file that no row names, as it describes itself. Its streamer was made
// by a registry that was lost or is newer than this one.
type Stray struct {
	File       string // below the data directory
	ID         scope.StreamerID
	Generation int64
	// What follows is read from the file, and is nothing when Err says why it cannot be used.
	UUID          string
	SchemaVersion int
	CommitSeq     int64
	CreatedAt     time.Time
	Err           error
}

// refuseLost keeps a new registry out of a directory that holds streamers' files: it would
// know none of them.
func (d *directory) refuseLost() error {
	files, err := d.shardFiles()
	if err != nil || len(files) == 0 {
		return err
	}
	of := "streamers"
	if len(files) == 1 {
		of = "streamer"
	}
	return fmt.Errorf("%w: %s holds files of %d %s and no registry.db. Put it back, or restore a copy of it with "+
		"`streamvault backup restore FILE --registry`, or have a new one made that knows them with `streamvault doctor --fix`",
		ErrLostRegistry, d.path, len(files), of)
}

// shardFiles are the databases in shards, by name.
func (d *directory) shardFiles() (files []string, err error) {
	err = fs.WalkDir(d.root.FS(), "shards", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(name, ".db") {
			files = append(files, name)
		}
		return err
	})
	return files, err
}

// parseShardName is the way back from shardName.
func parseShardName(name string) (id scope.StreamerID, generation int64, ok bool) {
	n, err := fmt.Sscanf(path.Base(name), "%d.%d.db", &id, &generation)
	return id, generation, err == nil && n == 2 && id > 0 && generation > 0 && shardName(id, generation) == name
}

// phoneBook is which files rows name, and who is gone on purpose.
type phoneBook struct {
	generations map[scope.StreamerID]int64
	gone        map[scope.StreamerID]bool
}

func (r *Registry) phoneBook(ctx context.Context) (phoneBook, error) {
	b := phoneBook{map[scope.StreamerID]int64{}, map[scope.StreamerID]bool{}}
	err := r.each(ctx, `SELECT id, generation FROM streamers`, func(row []driver.Value) error {
		b.generations[scope.StreamerID(row[0].(int64))] = row[1].(int64)
		return nil
	})
	if err != nil {
		return b, err
	}
	err = r.each(ctx, `SELECT streamer_id FROM purges UNION SELECT streamer_id FROM legacy_rollbacks`, func(row []driver.Value) error {
		b.gone[scope.StreamerID(row[0].(int64))] = true
		return nil
	})
	return b, err
}

func (b phoneBook) names(file string) bool {
	id, generation, ok := parseShardName(file)
	return ok && b.generations[id] == generation
}

// sweepShards moves files that no row names to trash: what a crash left of a new streamer, of an
// earlier generation, of one who is gone on purpose, what is no file of ours. What may be the
// only copy of somebody's data stays, for Rebuild: a file that has been written to and whose
// streamer has no row, or no other file.
func (r *Registry) sweepShards(ctx context.Context) error {
	book, err := r.phoneBook(ctx)
	if err != nil {
		return err
	}
	left := map[string]bool{}
	now, moved, highest := r.o.Now(), 0, scope.StreamerID(0)
	var loose []string
	err = fs.WalkDir(r.dir.root.FS(), "shards", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !book.names(withoutSidecar(name)) {
			loose = append(loose, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range loose { // a database comes before its log
		database := withoutSidecar(name)
		if name == database && r.keeps(ctx, book, name) {
			id, _, _ := parseShardName(name)
			left[name], highest = true, max(highest, id)
		}
		if left[database] {
			continue
		}
		moved++
		if err := r.dir.orphan(name, now); err != nil {
			return err
		}
	}
	if moved > 0 {
		r.o.Log.Warn().Int("files", moved).Msg("moved files that belong to no streamer to trash")
	}
	if len(left) == 0 {
		return nil
	}
	r.o.Log.Warn().Int("files", len(left)).Msg("files of streamers that the registry does not know lie in shards; doctor --fix takes them in")
	return r.reserveIDs(ctx, highest)
}

// keeps says that a file that no row names may be the only copy of somebody's data.
func (r *Registry) keeps(ctx context.Context, book phoneBook, name string) bool {
	id, _, ok := parseShardName(name)
	if !ok || book.gone[id] {
		return false
	}
	if r.o.Recover {
		return true
	}
	if generation, known := book.generations[id]; known {
		_, err := r.dir.root.Lstat(shardName(id, generation))
		return errors.Is(err, fs.ErrNotExist)
	}
	s := r.describe(ctx, name)
	if s.Err == nil {
		return s.CommitSeq > 0
	}
	for _, useless := range []error{migrations.ErrDamaged, migrations.ErrForeignFile, migrations.ErrUnsafeFile, migrations.ErrWrongIdentity} {
		if errors.Is(s.Err, useless) {
			return false
		}
	}
	return true // another program may know it, or this one later
}

// reserveIDs sees to it that no new streamer gets the id of one who has a file already.
func (r *Registry) reserveIDs(ctx context.Context, highest scope.StreamerID) error {
	return r.write(ctx, func(tx *Tx) error {
		_, err := tx.row(`SELECT 1 FROM sqlite_sequence WHERE name = 'streamers'`)
		if isNotFound(err) {
			return tx.run(`INSERT INTO sqlite_sequence (name, seq) VALUES ('streamers', ?1)`, int64(highest))
		}
		return errors.Join(err, tx.run(`UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'streamers'`, int64(highest)))
	})
}

// describe reads what a file says of itself and leaves it, and a log beside it, as they lie.
func (r *Registry) describe(ctx context.Context, name string) Stray {
	s := Stray{File: name}
	s.ID, s.Generation, _ = parseShardName(name)
	var made []string // by looking
	for _, sidecar := range []string{name + "-wal", name + "-shm"} {
		if _, err := r.dir.root.Lstat(sidecar); errors.Is(err, fs.ErrNotExist) {
			made = append(made, sidecar)
		}
	}
	s.Err = s.read(ctx, filepath.Join(r.dir.path, filepath.FromSlash(name)))
	for _, sidecar := range made {
		s.Err = errors.Join(s.Err, r.dir.remove(sidecar))
	}
	return s
}

func (s *Stray) read(ctx context.Context, path string) error {
	file, err := migrations.Open(ctx, path, migrations.Tenant(), nil, migrations.Options{Refuse: true})
	if err != nil {
		return err
	}
	c := file.Writer()
	row, err := c.Row(`
		SELECT s.id, i.shard_uuid, i.generation, i.commit_seq, i.created_at
		FROM streamers s
		JOIN shard_identity i ON i.streamer_id = s.id`)
	if err == nil {
		s.UUID, s.CommitSeq, s.CreatedAt, s.SchemaVersion = text(row[1]), row[3].(int64), moment(row[4]), file.Version
		err = s.agrees(row[0].(int64), row[2].(int64))
	}
	return errors.Join(err, migrations.Tenant().CheckSchema(c, file.Version), c.LeaveLog(), c.Close())
}

// agrees holds what a file says of itself against its name.
func (s Stray) agrees(id, generation int64) error {
	if id != int64(s.ID) || generation != s.Generation {
		return fmt.Errorf("%w: it is generation %d of streamer %d", migrations.ErrWrongIdentity, generation, id)
	}
	return nil
}

// Strays are the files that no row names, by streamer and generation. No row is made meanwhile.
func (r *Registry) Strays(ctx context.Context) (all []Stray, err error) {
	select {
	case c := <-r.writer:
		defer func() { r.writer <- c }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	book, err := r.phoneBook(ctx)
	if err != nil {
		return nil, err
	}
	files, err := r.dir.shardFiles()
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		if id, _, ok := parseShardName(name); ok && !book.names(name) && !book.gone[id] {
			all = append(all, r.describe(ctx, name))
		}
	}
	slices.SortFunc(all, func(a, b Stray) int {
		if a.ID != b.ID {
			return int(a.ID - b.ID)
		}
		return int(a.Generation - b.Generation)
	})
	return all, nil
}
