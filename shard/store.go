package shard

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/fleet"
	"streamvault/shard/job"
	"streamvault/shard/pool"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// Options of a Store. The zero value is the production default.
type Options struct {
	// MasterKeyFile is where the master key lies; "" means <dir>.key.
	MasterKeyFile string
	// FleetVersion is the schema version that a new installation is born at; 0 is the newest.
	FleetVersion int
	// Schedule is what RunSchedule does.
	Schedule Schedule
	// Recover opens a directory whose registry was lost or is an old copy, for Rebuild; see
	// registry.Options.
	Recover bool
	// Family is what streamers' files are; nil is migrations.Tenant().
	Family *migrations.Family
	// FleetWorkers is how many files a migration moves at once unless a request says
	// otherwise; 0 is 4.
	FleetWorkers int
	// MaxOpen is how many streamers' files may be open at once; 0 derives it from the
	// limit of descriptors.
	MaxOpen int
	// IdleAfter closes a file that nobody has used for so long; 0 means 5 minutes.
	IdleAfter time.Duration
	// MinFree is how many bytes of the disk are left free: with less, writes are refused
	// with scope.ErrFull. 0 means DefaultMinFree, or a sixteenth of a disk that is smaller
	// than sixteen times that.
	MinFree int64
	// Quota is the most that one streamer's rows may take, in bytes, unless the
	// registry gives him another: beyond it writes are refused with scope.ErrQuota. 0 means
	// DefaultQuota.
	Quota int64
	// NameGrace is how long a streamer's former name leads to him; 0 is 30 days, less than 0 is
	// not at all.
	NameGrace time.Duration
	// TrashGrace is how long a deleted streamer can be had back; 0 is 30 days, less than 0 is
	// not at all.
	TrashGrace time.Duration
	// Synchronous is Full unless streamers may lose their last commits to a power cut. The
	// registry never does: a revoked key stays revoked.
	Synchronous migrations.Synchronous
	// Backups is where new backups are kept; nil is DATA/backups.
	Backups backup.Target
	// Examined leaves what is wrong as it is, for Examine to see; see registry.Options.
	Examined bool
	// Fault is asked before every step on a file and may fail it; for tests.
	Fault func(step string) error
	Log   zerolog.Logger
	Now   func() time.Time
}

// Store is the DataStore on SQLite files below one directory, which it owns until it is
// closed. Lookups, keys and sessions are the registry's.
type Store struct {
	*registry.Registry
	pool    *pool.Pool[scope.StreamerID, *openShard]
	marks   *marks
	watches watches
	gated   chan struct{} // has a value while a child works: one at a time
	looks   chan struct{} // has a value for each child that looks at a tenant file
	began   time.Time
	exports chan struct{} // has a value for each file that is copied for an export
	// exporting has the streamers whose export is under way.
	exporting sync.Map
	// restoring has the restores under way, by restoreTurn.
	restoring sync.Map
	examining chan struct{} // has a value while a doctor is at work: one at a time
	counters  *scope.Counters
	loads     *loads
	// quarantines counts since the start.
	quarantines quarantines
	disk        *disk
	jobs        *job.Runner
	fleet       *fleet.Fleet
	o           Options
}

var _ DataStore = (*Store)(nil)

// Open takes the directory, makes an installation where there is none, and returns a Store
// that serves. No streamer's file is opened yet, so none can stop it. It returns
// registry.ErrLocked when another process owns the directory.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxOpen <= 0 {
		o.MaxOpen = defaultMaxOpen()
	}
	if o.Quota <= 0 {
		o.Quota = DefaultQuota
	}
	if o.TrashGrace == 0 {
		o.TrashGrace = defaultTrashGrace
	}
	reg, err := registry.Open(ctx, dir, registry.Options{
		Now: o.Now, Log: o.Log, MasterKeyFile: o.MasterKeyFile, Fault: o.Fault,
		FleetVersion: o.FleetVersion, Tenant: o.Family, NameGrace: o.NameGrace, Examined: o.Examined, Recover: o.Recover,
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	jobs, err := job.Open(ctx, reg, o.Log, over)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", dir, err), reg.Close())
	}
	s := &Store{Registry: reg, o: o, began: o.Now(), jobs: jobs, marks: newMarks(reg, o.Log), gated: make(chan struct{}, 1), looks: make(chan struct{}, looksAtOnce), exports: make(chan struct{}, exportsAtOnce)}
	s.disk = newDisk(reg.Dir(), o.MinFree)
	s.examining = make(chan struct{}, 1)
	s.counters = scope.NewCounters()
	s.pool = pool.New(s.openShard, pool.Options[scope.StreamerID]{
		Size: o.MaxOpen, IdleAfter: o.IdleAfter, Now: o.Now,
		OnCloseError: func(id scope.StreamerID, err error) {
			o.Log.Error().Err(err).Int64("streamer_id", int64(id)).Msg("close shard")
		},
	})
	s.loads = newLoads(s.pool)
	s.fleet = fleet.New(reg, jobs, yard{s}, fleet.Options{Family: o.Family, Now: o.Now, Workers: o.FleetWorkers})
	if !o.Examined {
		s.settleBackups(ctx)
	}
	return s, nil
}

// Tenant binds a streamer. The first call on the result opens its file.
func (s *Store) Tenant(id scope.StreamerID) TenantStore {
	return tenant.New(scope.Bind(lender{s}, id), s.o.Now, vault{s.Registry, id})
}

// PoolStats says how the open files are used.
func (s *Store) PoolStats() pool.Stats { return s.pool.Stats() }

// MaxOpen is how many files may be open at once.
func (s *Store) MaxOpen() int { return s.o.MaxOpen }

// Close halts the jobs, waits for calls under way until ctx ends, closes every file and
// gives the directory back.
func (s *Store) Close(ctx context.Context) error {
	s.loads.close()
	return errors.Join(s.jobs.Close(ctx), s.pool.Close(ctx), s.marks.close(), s.Registry.Close())
}

// lender lends open files to executors.
type lender struct{ s *Store }

type loan struct {
	pool.Lease[scope.StreamerID, *openShard]
}

func (l loan) Handle() *scope.File { return l.Lease.Handle().File }

func (l loan) Release() {
	l.Lease.Handle().calls.Add(-1)
	l.Lease.Release()
}

// mostCalls is how many calls of one streamer may be under way at once, waiting ones
// included. At most three of them run, one to write and two to read, so a streamer whose
// callers wait here takes nothing from others but memory.
const mostCalls = 1024

func (l lender) Borrow(ctx context.Context, id scope.StreamerID) (scope.Loan, error) {
	lease, err := l.s.pool.Acquire(ctx, id)
	if err != nil {
		return nil, err
	}
	borrowed := loan{lease}
	if lease.Handle().calls.Add(1) > mostCalls {
		borrowed.Release()
		return nil, scope.ErrBusy
	}
	return borrowed, nil
}
