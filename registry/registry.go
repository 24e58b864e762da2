package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"streamvault/migrations"
)

// Options of a Registry. The zero value is the production default.
type Options struct {
	Now func() time.Time // nil is time.Now
	Log zerolog.Logger   // told once what a sweep at start found
	// MasterKeyFile is where the master key lies; "" is <dir>.key.
	MasterKeyFile string
	// FleetVersion is the schema version that a new installation is born at; 0 is the newest.
	FleetVersion int
	// Examined leaves what a crash has left where it lies, and takes a master key that others
	// can read, for a doctor to see.
	Examined bool
	// NameGrace is how long a streamer's former name leads to him, and nobody else gets it; 0 is
	// 30 days, less than 0 is not at all.
	NameGrace time.Duration
	// Recover opens a directory whose registry was lost or is an old copy: a missing one is made
	// anew, and files that no row names stay where they are, for Rebuild.
	Recover bool
	// Tenant is what streamers' files are; nil is migrations.Tenant().
	Tenant *migrations.Family
	// Fault is asked before every step on a file and may fail it; for tests.
	Fault func(step string) error
}

// Registry is an open installation. It is safe for concurrent use.
type Registry struct {
	o        Options
	dir      *directory
	writer   chan *migrations.Conn
	readers  chan *migrations.Conn
	wal      string
	cache    *cache
	master   masterKey
	firstKey string
	target   atomic.Int64 // the fleet's schema version
	anew     bool         // made by this Open where files of streamers lay already
}

// readerCount is how many lookups that miss the cache run at once.
const readerCount = 2

// Open takes dir and opens the installation in it, or makes one where there is none:
// directories, registry.db, master key and a first admin key. It returns ErrLocked when
// another process owns dir. Leftovers of a crash are swept.
func Open(ctx context.Context, dir string, o Options) (_ *Registry, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NameGrace == 0 {
		o.NameGrace = defaultNameGrace
	}
	if o.Tenant == nil {
		o.Tenant = migrations.Tenant()
	}
	if o.FleetVersion == 0 {
		o.FleetVersion = o.Tenant.Newest()
	}
	if v, f := o.FleetVersion, o.Tenant; v < f.Required || v > f.Newest() {
		return nil, fmt.Errorf("fleet version %d: this program serves %d to %d", v, f.Required, f.Newest())
	}
	d, err := openDirectory(dir, o.Fault)
	if err != nil {
		return nil, err
	}
	r := &Registry{o: o, dir: d, cache: newCache(),
		writer: make(chan *migrations.Conn, 1), readers: make(chan *migrations.Conn, readerCount)}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	fresh, err := r.found()
	if err != nil {
		return nil, err
	}
	r.anew = fresh && o.Recover
	if err := r.connect(ctx, currentName); err != nil {
		return nil, err
	}
	if err := r.settle(ctx, fresh); err != nil {
		return nil, err
	}
	if o.Examined {
		return r, nil
	}
	return r, r.sweep(ctx)
}

// found loads the master key and makes what a new installation lacks.
func (r *Registry) found() (fresh bool, err error) {
	keyFile := r.MasterKeyFile()
	_, err = r.dir.root.Lstat("registry.db")
	fresh = errors.Is(err, os.ErrNotExist)
	if err != nil && !fresh {
		return false, err
	}
	if fresh && !r.o.Recover {
		if err := r.dir.refuseLost(); err != nil {
			return false, err
		}
	}
	if r.master, err = openMasterKey(keyFile, r.dir.path, fresh, r.o.Examined); err != nil || !fresh {
		return fresh, err
	}
	image, err := migrations.Registry().Image(nil, 0, r.o.Now(), r.born)
	if err != nil {
		return true, fmt.Errorf("make registry: %w", err)
	}
	return true, r.dir.write("registry.db", image)
}

// born fills a new registry: its fleet target and the proof of its master key.
func (r *Registry) born(c *migrations.Conn) error {
	now := r.o.Now().UnixMilli()
	return errors.Join(
		c.Run(`INSERT INTO fleet (id, target_version, updated_at) VALUES (1, ?1, ?2)`, int64(r.o.FleetVersion), now),
		c.Run(`INSERT INTO installation (id, key_check, created_at) VALUES (1, ?1, ?2)`, r.master.check(), now))
}

func (r *Registry) connect(ctx context.Context, name string) error {
	path := filepath.Join(r.dir.path, filepath.FromSlash(name))
	f, err := migrations.Open(ctx, path, migrations.Registry(), nil, migrations.Options{Now: r.o.Now})
	if err != nil {
		return fmt.Errorf("open registry: %w", err)
	}
	r.wal = f.WALPath()
	r.writer <- f.Writer()
	for range readerCount {
		c, err := f.Reader()
		if err != nil {
			return err
		}
		r.readers <- c
	}
	return nil
}

// settle holds the master key against the installation and gives a new one its first key.
func (r *Registry) settle(ctx context.Context, fresh bool) error {
	row, err := r.one(ctx, `SELECT key_check FROM installation WHERE id = 1`)
	if err != nil {
		return err
	}
	if err := r.master.confirm(row[0].([]byte)); err != nil {
		return err
	}
	if err := r.readTarget(ctx); err != nil {
		return err
	}
	admins, err := r.one(ctx, `SELECT count(*) FROM keys WHERE role = 'admin'`)
	if err != nil || !fresh && admins[0].(int64) > 0 {
		return err
	}
	_, r.firstKey, err = r.CreateKey(ctx, RoleAdmin, 0, "first", "init")
	return err
}

// FirstAdminKey is the secret of the admin key that this Open made, or "".
func (r *Registry) FirstAdminKey() string { return r.firstKey }

// Dir is the data directory.
func (r *Registry) Dir() string { return r.dir.path }

// Ping says whether the registry answers.
func (r *Registry) Ping(ctx context.Context) error {
	_, err := r.one(ctx, `SELECT id FROM fleet WHERE id = 1`)
	return err
}

// Close waits for changes under way, copies the log into registry.db and gives the
// directory back.
func (r *Registry) Close() error { return errors.Join(r.disconnect(), r.dir.close()) }

func (r *Registry) disconnect() error {
	var errs []error
	for range len(r.readers) {
		errs = append(errs, (<-r.readers).Close())
	}
	select {
	case w := <-r.writer:
		errs = append(errs, w.Run(`PRAGMA wal_checkpoint(TRUNCATE)`), w.Close())
	default: // connecting had failed
	}
	return errors.Join(errs...)
}
