package fleet

import (
	"context"
	"sync"
	"time"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/job"
	"streamvault/shard/scope"
)

// Kinds of jobs.
const (
	KindMigrate  = "migrate"
	KindPlan     = "plan"
	KindRollBack = "rollback"
)

// Kinds are those of this package.
var Kinds = []string{KindMigrate, KindPlan, KindRollBack}

// Yard is where the files lie.
type Yard interface {
	// Drain runs do while nobody has the streamer's file open. His callers wait meanwhile.
	Drain(ctx context.Context, id scope.StreamerID, do func(context.Context) error) error
	// CopyOpen writes what an open file holds at this moment to path, where nothing is yet,
	// and says whether the file was open.
	CopyOpen(ctx context.Context, id scope.StreamerID, path string) (open bool, err error)
	// Commits is how many commits the streamer's file has had, as far as is known.
	Commits(ctx context.Context, id scope.StreamerID) (int64, error)
	// Room says when the disk leaves no room for copies.
	Room() error
	// RestoreFrom makes the file at path, a copy of the streamer's own, his data again.
	RestoreFrom(ctx context.Context, id scope.StreamerID, path, actor string) error
}

// Options of a Fleet. The zero value is the production default.
type Options struct {
	// Family is what the files are; nil is migrations.Tenant().
	Family *migrations.Family
	Now    func() time.Time // nil is time.Now
	// Workers is how many files are moved at once unless a request says otherwise; 0 is 4.
	Workers int
}

// Fleet is all files of an installation. It is safe for concurrent use.
type Fleet struct {
	reg     *registry.Registry
	jobs    *job.Runner
	yard    Yard
	o       Options
	beginMu sync.Mutex // one job at a time is begun
}

// New makes the Fleet of an installation.
func New(reg *registry.Registry, jobs *job.Runner, yard Yard, o Options) *Fleet {
	if o.Family == nil {
		o.Family = migrations.Tenant()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Workers == 0 {
		o.Workers = 4
	}
	return &Fleet{reg: reg, jobs: jobs, yard: yard, o: o}
}

// begin starts or resumes a job unless one of this package is under way.
func (f *Fleet) begin(row func() (*job.Run, error)) (registry.Job, error) {
	f.beginMu.Lock()
	defer f.beginMu.Unlock()
	if busy := f.jobs.Busy(Kinds...); busy != nil {
		return registry.Job{}, &BusyError{Job: busy.Job().ID, Kind: busy.Job().Kind}
	}
	run, err := row()
	if err != nil {
		return registry.Job{}, err
	}
	return run.Job(), nil
}

// Halt stops a job so that it can be resumed, once the files under way are whole.
func (f *Fleet) Halt(ctx context.Context, id int64, actor string) (registry.Job, error) {
	if _, err := f.job(ctx, id); err != nil {
		return registry.Job{}, err
	}
	return f.jobs.Halt(ctx, id, actor)
}

// job finds one of this package's.
func (f *Fleet) job(ctx context.Context, id int64) (registry.Job, error) {
	j, err := f.reg.Job(ctx, id)
	if err != nil {
		return registry.Job{}, err
	}
	switch j.Kind {
	case KindMigrate, KindPlan, KindRollBack:
		return j, nil
	}
	return registry.Job{}, registry.ErrNotFound
}

// Newest is the newest version that this program knows.
func Newest() int { return migrations.Tenant().Newest() }
