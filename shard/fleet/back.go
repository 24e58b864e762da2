package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"sync/atomic"

	"streamvault/registry"
	"streamvault/shard/job"
	"streamvault/shard/scope"
)

// BackRequest asks that a migration be taken back.
type BackRequest struct {
	Job int64
	// FromSnapshot goes back to the copies from before, and loses what was written since.
	FromSnapshot bool
	// DryRun makes a plan instead: who would be taken back, and what it would lose.
	DryRun  bool
	Workers int
	Actor   string
}

// RollBack begins to take a migration back: the target, and those who have moved. Each file
// goes the way back that its migrations carry, so nothing that was written since is lost. A
// migration that was halted cannot be resumed after that.
func (f *Fleet) RollBack(ctx context.Context, r BackRequest) (registry.Job, error) {
	o := Orders{Workers: r.Workers, Of: r.Job, FromSnapshot: r.FromSnapshot}
	if err := o.staffed(); err != nil {
		return registry.Job{}, err
	}
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
	o.To, o.Target, o.MaxFailures, o.Only = was.Target, f.reg.FleetTarget(), int64(len(ids)), was.Only
	if r.DryRun {
		return f.begin(func() (*job.Run, error) {
			return f.jobs.Start(ctx, registry.NewJob{Kind: KindPlan, Actor: r.Actor, Detail: o, Members: ids}, f.work(KindPlan, o))
		})
	}
	target := 0 // where it was moved on since, it stays
	if was.Only == "" && o.Target == was.To {
		target = was.Target
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
		before, err := f.before(ctx, o.Of)
		if err != nil {
			return err
		}
		run.Say("rolling back")
		var sums backSums
		defer func() { run.Report(o.with(&sums)) }()
		return run.Each(ctx, job.Pace{Workers: f.workers(o), Budget: o.within}, func(ctx context.Context, i registry.JobItem) registry.ItemChange {
			m := &move{f: f, id: i.Streamer, to: before[i.Streamer].From, began: f.o.Now()}
			var c registry.ItemChange
			if o.FromSnapshot {
				c = m.fromSnapshot(ctx, before[i.Streamer], run.Job().Actor)
			} else {
				c = m.run(ctx)
			}
			if c.State == registry.ItemDone {
				c.TakesBack = o.Of
				sums.add(m.account.Lost)
			}
			return c
		})
	}
}

// backSums count for several workers.
type backSums struct{ moved, lost atomic.Int64 }

func (s *backSums) add(lost int64) {
	s.moved.Add(1)
	s.lost.Add(lost)
}

// with adds what a rollback has done to what it had done before it was halted.
func (o Orders) with(s *backSums) Orders {
	o.Moved += s.moved.Load()
	o.Lost += s.lost.Load()
	return o
}

// before are the accounts that a migration has left.
func (f *Fleet) before(ctx context.Context, of int64) (map[scope.StreamerID]Account, error) {
	all := map[scope.StreamerID]Account{}
	err := f.reg.EachJobItem(ctx, of, func(i registry.JobItem) error {
		all[i.Streamer] = AccountOf(i)
		return nil
	})
	return all, err
}

// fromSnapshot makes the copy from before the streamer's file again, and moves it on when the
// fleet is elsewhere.
func (m *move) fromSnapshot(ctx context.Context, before Account, actor string) registry.ItemChange {
	if before.Snapshot == "" {
		return m.outcome(errors.New("there is no copy from before"))
	}
	m.account.From = before.To
	lost, err := m.f.lost(ctx, m.id, before)
	if err == nil {
		err = m.f.yard.RestoreFrom(ctx, m.id, filepath.Join(m.f.reg.Dir(), before.Snapshot), actor)
	}
	if err != nil {
		return m.outcome(err)
	}
	m.account.Lost = lost
	return m.run(ctx)
}

// lost is how many commits going back to the copy from before loses. A streamer who was restored
// since counts on from the file that he was restored from: he loses the restore, as one, and all
// after it.
func (f *Fleet) lost(ctx context.Context, id scope.StreamerID, before Account) (int64, error) {
	now, err := f.yard.Commits(ctx, id)
	if err != nil {
		return 0, err
	}
	s, err := f.reg.Streamer(ctx, id)
	if err == nil && before.Snapshot != "" && s.Generation != generationOf(before.Snapshot) {
		before.Commits, err = f.restoredFrom(ctx, id)
	}
	return max(now-before.Commits, 0), err
}

// restoredFrom is how many commits the file had that a streamer was restored from last.
func (f *Fleet) restoredFrom(ctx context.Context, id scope.StreamerID) (int64, error) {
	rows, err := f.reg.AuditRows(ctx, registry.AuditFilter{Streamer: id, Action: "streamer.restore", Newest: true, Limit: 1})
	var from struct{ CommitSeq int64 }
	if err == nil && len(rows) > 0 {
		err = json.Unmarshal(rows[0].Detail, &from)
	}
	return from.CommitSeq, err
}

// tellBack says what a rollback would do.
func (f *Fleet) tellBack(o Orders) job.Work {
	return func(ctx context.Context, run *job.Run) error {
		before, err := f.before(ctx, o.Of)
		if err != nil {
			return err
		}
		run.Say("looking")
		var sums backSums
		defer func() { run.Report(o.with(&sums)) }()
		return run.Each(ctx, job.Pace{Workers: f.workers(o)}, func(ctx context.Context, i registry.JobItem) registry.ItemChange {
			was := before[i.Streamer]
			a := Account{From: was.To, To: was.From, Snapshot: was.Snapshot}
			var err error
			if o.FromSnapshot {
				a.Lost, err = f.lost(ctx, i.Streamer, was)
			}
			sums.add(a.Lost)
			return job.Outcome(a, err)
		})
	}
}
