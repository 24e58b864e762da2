package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"streamvault/registry"
	"streamvault/shard/job"
	"streamvault/shard/scope"
)

// Up moves the fleet's target and begins to move everybody who is elsewhere. When nobody
// is, no job is made: what is returned is done and has id 0.
func (f *Fleet) Up(ctx context.Context, r Request) (registry.Job, error) {
	o, err := f.orders(r)
	if err != nil {
		return registry.Job{}, err
	}
	ids, err := f.members(ctx, o, o.To)
	if err != nil {
		return registry.Job{}, err
	}
	target := o.To
	if o.Only != "" {
		target = 0 // stays
	}
	if len(ids) == 0 && (target == 0 || target == o.Target) {
		now := f.o.Now().UTC()
		return registry.Job{Kind: KindMigrate, State: registry.JobDone, Actor: r.Actor, Detail: []byte(`{}`), StartedAt: now, EndedAt: &now}, nil
	}
	return f.begin(func() (*job.Run, error) {
		return f.jobs.Start(ctx, registry.NewJob{Kind: KindMigrate, Actor: r.Actor, Detail: o, Members: ids, Target: target}, f.up(o))
	})
}

// Resume takes a job up again: what waits in it and what failed.
func (f *Fleet) Resume(ctx context.Context, id int64, actor string) (registry.Job, error) {
	j, err := f.job(ctx, id)
	if err != nil {
		return registry.Job{}, err
	}
	o, err := OrdersOf(j)
	if err != nil {
		return registry.Job{}, err
	}
	if newest := f.o.Family.Newest(); o.To > newest {
		return registry.Job{}, &VersionError{fmt.Sprintf("job %d moves to version %d, and this program knows none above %d: use the newer program", id, o.To, newest)}
	}
	return f.begin(func() (*job.Run, error) { return f.jobs.Resume(ctx, id, actor, f.work(j.Kind, o)) })
}

// work is what jobs of a kind do.
func (f *Fleet) work(kind string, o Orders) job.Work {
	switch kind {
	case KindPlan:
		if o.Of != 0 {
			return f.tellBack(o)
		}
		return f.rehearse(o)
	case KindRollBack:
		return f.back(o)
	}
	return f.up(o)
}

// up moves everybody who waits: first the canary, then batches that double.
func (f *Fleet) up(o Orders) job.Work {
	return func(ctx context.Context, run *job.Run) error {
		var items []registry.JobItem
		if err := f.reg.EachJobItem(ctx, run.Job().ID, func(i registry.JobItem) error {
			if i.State == registry.ItemWaiting {
				items = append(items, i)
			}
			return nil
		}); err != nil {
			return err
		}
		room, err := f.openRoom(run.Job().ID)
		if err != nil {
			return err
		}
		defer room.close()
		if err := f.tidy(ctx, room); err != nil {
			return err
		}
		size, step := o.canary(len(items)), "canary"
		for n := 1; len(items) > 0; n++ {
			batch := items[:min(size, len(items))]
			run.Say(step)
			if err := f.batch(ctx, run, o, room, batch); err != nil {
				return err
			}
			items = items[len(batch):]
			size, step = min(2*size, mostBatch), fmt.Sprintf("batch %d", n)
		}
		return nil
	}
}

// mostBatch is the largest batch.
const mostBatch = 1000

// batch notes from where each is about to be moved, and moves them.
func (f *Fleet) batch(ctx context.Context, run *job.Run, o Orders, room *room, items []registry.JobItem) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fresh, err := f.announce(ctx, run, items)
	if err != nil {
		return err
	}
	var touched sync.Map
	err = run.Each(ctx, job.Pace{Workers: f.workers(o), Budget: o.within, Items: items, Before: room.settle}, func(ctx context.Context, i registry.JobItem) registry.ItemChange {
		m := &move{f: f, room: room, id: i.Streamer, to: o.To, account: AccountOf(i), began: f.o.Now()}
		c := m.run(ctx)
		if c.State != registry.ItemWaiting {
			touched.Store(i.Streamer, true)
		}
		return c
	})
	if err == nil {
		return nil
	}
	return errors.Join(err, takeBack(run, fresh, &touched))
}

// takeBack forgets what was announced of those whose turn did not come: who still waits with a
// version is one whom a crash may have caught on his way.
func takeBack(run *job.Run, fresh []scope.StreamerID, touched *sync.Map) error {
	var changes []registry.ItemChange
	for _, id := range fresh {
		if _, ok := touched.Load(id); !ok {
			changes = append(changes, registry.ItemChange{Streamer: id, State: registry.ItemWaiting, Detail: struct{}{}})
		}
	}
	return run.Mark(changes...)
}

// within says whether so many may have failed.
func (o Orders) within(failed int64) bool { return failed <= o.MaxFailures }

// announce marks items as running, each with the version that it has now, and returns those
// who had none: one that says already from where it is moved has been begun before.
func (f *Fleet) announce(ctx context.Context, run *job.Run, items []registry.JobItem) (fresh []scope.StreamerID, err error) {
	changes := make([]registry.ItemChange, len(items))
	for n, i := range items {
		a := AccountOf(i)
		if a.From == 0 {
			a.From = f.knownVersion(ctx, i.Streamer)
			items[n].Detail = detailOf(a)
			fresh = append(fresh, i.Streamer)
		}
		changes[n] = registry.ItemChange{Streamer: i.Streamer, State: registry.ItemRunning, Detail: a}
	}
	return fresh, run.Mark(changes...)
}

func (f *Fleet) knownVersion(ctx context.Context, id scope.StreamerID) int {
	s, err := f.reg.Streamer(ctx, id)
	if err != nil {
		return 0 // he is gone, which the move finds
	}
	return s.SchemaVersion
}
