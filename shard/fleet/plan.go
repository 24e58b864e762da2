package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/job"
)

// Plan begins a rehearsal: every file, or Only's, is copied, the copy is moved to the version
// and thrown away. No file changes, and the target stays. The report has what would fail and
// which schemas have drifted from what they should be.
func (f *Fleet) Plan(ctx context.Context, r Request) (registry.Job, error) {
	r.Down = true // nothing happens
	o, err := f.orders(r)
	if err != nil {
		return registry.Job{}, err
	}
	ids, err := f.members(ctx, o, 0)
	if err != nil {
		return registry.Job{}, err
	}
	o.MaxFailures = int64(len(ids))
	return f.begin(func() (*job.Run, error) {
		return f.jobs.Start(ctx, registry.NewJob{Kind: KindPlan, Actor: r.Actor, Detail: o, Members: ids}, f.rehearse(o))
	})
}

// rehearse goes through everybody who waits.
func (f *Fleet) rehearse(o Orders) job.Work {
	return func(ctx context.Context, run *job.Run) (err error) {
		dir, err := os.MkdirTemp(filepath.Join(f.reg.Dir(), "tmp"), "plan-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		run.Say("rehearsing")
		return run.Each(ctx, job.Pace{Workers: f.workers(o)}, func(ctx context.Context, i registry.JobItem) registry.ItemChange {
			began := f.o.Now()
			a, err := f.tryOne(ctx, i, filepath.Join(dir, fmt.Sprintf("%d.db", i.Streamer)), o.To)
			return planned(a, err, f.o.Now().Sub(began))
		})
	}
}

func planned(a Account, err error, took time.Duration) registry.ItemChange {
	a.Ms = float64(took.Microseconds()) / 1000
	c := registry.ItemChange{State: registry.ItemDone, Detail: &a}
	switch {
	case errors.Is(err, registry.ErrNotFound):
		c.State, a.Error = registry.ItemSkipped, "the streamer is gone"
	case err != nil:
		c.State, a.Error = registry.ItemFailed, err.Error()
	case a.From == a.To:
		c.State = registry.ItemSkipped
	}
	return c
}

// tryOne rehearses one streamer's move.
func (f *Fleet) tryOne(ctx context.Context, i registry.JobItem, path string, to int) (a Account, err error) {
	identity, err := f.Copy(ctx, i.Streamer, path)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, RemoveCopy(path)) }()
	return Rehearse(ctx, f.o.Family, path, identity, to)
}

// Rehearse moves a private copy of a file to a version and tells how it went. The copy is
// spent.
func Rehearse(ctx context.Context, family *migrations.Family, path string, identity migrations.Identity, to int) (a Account, err error) {
	if err := migrations.TakeLog(path); err != nil {
		return a, err
	}
	file, err := migrations.Open(ctx, path, family, &identity, migrations.Options{Leave: true, Alone: true, Synchronous: migrations.Normal})
	if err != nil {
		return a, err
	}
	c := file.Writer()
	defer func() { err = errors.Join(err, c.Close()) }()
	a.From, a.To = file.Version, file.Version
	if a.Drift, err = family.Drift(c, file.Version); err != nil {
		return a, err
	}
	if a.To, err = family.Migrate(c, to, time.Now()); err != nil {
		return a, err
	}
	a.Fingerprint, err = migrations.Fingerprint(c)
	return a, err
}

// RemoveCopy removes what Copy has written.
func RemoveCopy(path string) error {
	var errs []error
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
