package fleet

import (
	"context"

	"streamvault/registry"
	"streamvault/shard/job"
	"streamvault/shard/scope"
)

// BackRequest asks that a migration be taken back.
type BackRequest struct {
	Job int64
	// FromSnapshot goes back to the copies from before, and loses what was written since.
	FromSnapshot bool
	Workers      int
	Actor        string
}

// RollBack begins to take a migration back: the target, and those who have moved. Each file
// goes the way back that its migrations carry, so nothing that was written since is lost. A
// migration that was halted cannot be resumed after that.
func (f *Fleet) RollBack(ctx context.Context, r BackRequest) (registry.Job, error) {
	of, err := f.job(ctx, r.Job)
	if err != nil {
		return registry.Job{}, err
	}
	if of.Kind != KindMigrate || of.State == registry.JobRunning {
		return registry.Job{}, &BackError{Job: of}
	}
	was, err := OrdersOf(of)
	if err != nil {
		return registry.Job{}, err
	}
	ids, err := f.whoMoved(ctx, of.ID)
	if err != nil {
		return registry.Job{}, err
	}
	o := Orders{To: was.Target, Target: f.reg.FleetTarget(), Workers: r.Workers, MaxFailures: int64(len(ids)),
		Only: was.Only, Of: of.ID, FromSnapshot: r.FromSnapshot}
	if o.Workers == 0 {
		o.Workers = f.o.Workers
	}
	target := was.Target
	if was.Only != "" {
		target = 0
	}
	return f.begin(func() (*job.Run, error) {
		if of.State == registry.JobHalted || of.State == registry.JobFailed {
			if _, err := f.reg.CancelJob(ctx, of.ID, r.Actor); err != nil {
				return nil, err
			}
		}
		return f.jobs.Start(ctx, registry.NewJob{Kind: KindRollBack, Actor: r.Actor, Detail: o, Members: ids, Target: target}, f.back(o))
	})
}

// whoMoved are the streamers whose file a job has moved, or may have when a crash came.
func (f *Fleet) whoMoved(ctx context.Context, of int64) (ids []scope.StreamerID, err error) {
	err = f.reg.EachJobItem(ctx, of, func(i registry.JobItem) error {
		if moved(i) {
			ids = append(ids, i.Streamer)
		}
		return nil
	})
	return ids, err
}

// back takes everybody who waits back to where he came from.
func (f *Fleet) back(o Orders) job.Work {
	return func(ctx context.Context, run *job.Run) error {
		from := map[scope.StreamerID]Account{}
		if err := f.reg.EachJobItem(ctx, o.Of, func(i registry.JobItem) error {
			from[i.Streamer] = AccountOf(i)
			return nil
		}); err != nil {
			return err
		}
		run.Say("rolling back")
		return run.Each(ctx, job.Pace{Workers: o.Workers, Budget: o.within}, func(ctx context.Context, i registry.JobItem) registry.ItemChange {
			m := &move{f: f, id: i.Streamer, to: from[i.Streamer].From, began: f.o.Now()}
			c := m.run(ctx)
			if c.State == registry.ItemDone {
				c.TakesBack = o.Of
			}
			return c
		})
	}
}
