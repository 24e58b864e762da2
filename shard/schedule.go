package shard

import (
	"context"
	"errors"
	"hash/fnv"
	"time"

	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/job"
	"streamvault/shard/scope"
)

// Schedule says what a server does by itself. The zero value does nothing.
type Schedule struct {
	Every             time.Duration // between two backups of all who have changed; 0 is never
	Keep              backup.Keep   // what stays after each; the zero rule keeps all
	Compress, Encrypt bool
	Workers           int           // at a time; 0 is 2
	DrillEvery        time.Duration // between two drills; 0 is never
	DrillSample       int           // streamers in a drill; 0 is 10
}

// scheduler is how jobs and the audit log name the schedule.
const scheduler = "schedule"

const (
	// soon is how long after a start what is overdue begins at most.
	soon = 10 * time.Second
	// untilFirst is how often a drill looks whether there is a first backup.
	untilFirst = 2 * time.Second
	// lookAgain is how long the schedule sleeps at most, so that a clock that was set is noticed.
	lookAgain = time.Minute
)

// task is something that comes round.
type task struct {
	kind  string
	every time.Duration
	begin func(ctx context.Context) (registry.Job, error)
}

// RunSchedule does what Options.Schedule says until ctx ends. When something is due is read
// from the registry, so a restart neither delays nor repeats it; what a crash or a stop has cut off is due
// at once.
func (s *Store) RunSchedule(ctx context.Context) {
	var tasks []task
	for _, t := range []task{{BackupJob, s.o.Schedule.Every, s.startScheduled}, {DrillJob, s.o.Schedule.DrillEvery, s.startScheduledDrill}} {
		if t.every > 0 {
			tasks = append(tasks, t)
		}
	}
	for len(tasks) > 0 && ctx.Err() == nil {
		wait := lookAgain
		for _, t := range tasks {
			wait = min(wait, s.attend(ctx, t))
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// attend begins a task that is due and says when to look again.
func (s *Store) attend(ctx context.Context, t task) time.Duration {
	due, err := s.due(ctx, t)
	if wait := due.Sub(s.o.Now()); err == nil && wait > 0 {
		return wait
	}
	var j registry.Job
	if err == nil {
		j, err = t.begin(ctx)
	}
	if err == nil {
		err = s.supersede(ctx, j)
	}
	if err == nil {
		_, err = s.FollowJob(ctx, j.ID, nil)
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, job.ErrClosing) {
		s.o.Log.Error().Err(err).Str("kind", t.kind).Msg("the schedule could not begin what is due; it tries again")
	}
	if err != nil {
		return lookAgain
	}
	return 0
}

// supersede ends what was halted of the schedule's earlier runs: the one that has begun does
// what they left undone.
func (s *Store) supersede(ctx context.Context, by registry.Job) error {
	earlier, err := s.Jobs(ctx, by.ID, 100, by.Kind)
	for _, j := range earlier {
		if err == nil && j.Actor == scheduler && j.State == registry.JobHalted {
			if _, err = s.CancelJob(ctx, j.ID, scheduler); errors.Is(err, registry.ErrWrongState) {
				err = nil // somebody has just taken it up again
			}
		}
	}
	return err
}

// due is when a task is to begin next.
func (s *Store) due(ctx context.Context, t task) (time.Time, error) {
	last, err := s.LastJob(ctx, t.kind, scheduler)
	if t.kind == DrillJob && errors.Is(err, registry.ErrNotFound) {
		all, err := s.Backups(ctx, registry.AllBackups, 0, 1)
		if err != nil || len(all) == 0 {
			return s.o.Now().Add(untilFirst), err // a drill of nothing would prove nothing
		}
	}
	switch {
	case errors.Is(err, registry.ErrNotFound), err == nil && last.State == registry.JobHalted:
		return s.began.Add(jitter(s.Dir()+t.kind, min(soon, t.every/20))), nil
	case err != nil:
		return time.Time{}, err
	}
	return last.StartedAt.Add(t.every + jitter(s.Dir()+last.StartedAt.String(), t.every/20)), nil
}

// jitter is 0 to most, always the same for a text: installations that were begun together do
// not all come at once.
func jitter(text string, most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return time.Duration(h.Sum64() % uint64(most))
}

func (s *Store) startScheduledDrill(ctx context.Context) (registry.Job, error) {
	return s.StartDrill(ctx, Drill{Sample: s.o.Schedule.DrillSample, Workers: 1}, scheduler)
}

// startScheduled begins a backup of all who have changed since their last one, after which old ones are
// pruned.
func (s *Store) startScheduled(ctx context.Context) (registry.Job, error) {
	c := s.o.Schedule
	members, err := s.changed(ctx)
	if err != nil {
		return registry.Job{}, err
	}
	all := BackupAll{Compress: c.Compress, Encrypt: c.Encrypt, Workers: c.Workers}
	detail := map[string]any{"scheduled": true, "compress": c.Compress, "encrypt": c.Encrypt, "keep": c.Keep.String()}
	run, err := s.jobs.Start(ctx, registry.NewJob{Kind: BackupJob, Actor: scheduler, Detail: detail, Members: members},
		func(ctx context.Context, run *job.Run) error {
			if err := s.backUpAll(all, scheduler)(ctx, run); err != nil {
				return err
			}
			run.Say("pruning")
			p, err := s.Prune(ctx, c.Keep, false, scheduler, nil)
			detail["pruned"] = len(p.Removed)
			run.Report(detail)
			return err
		})
	if err != nil {
		return registry.Job{}, err
	}
	return run.Job(), nil
}

// changed are the streamers in service whose data has changed since their newest backup, and
// 0 when the registry has.
func (s *Store) changed(ctx context.Context) (ids []scope.StreamerID, err error) {
	newest, err := s.NewestBackups(ctx)
	if err != nil {
		return nil, err
	}
	last, once := newest[0]
	again, err := s.RegistryChanged(ctx, last.CommitSeq)
	if err != nil {
		return nil, err
	}
	if again || !once {
		ids = append(ids, 0)
	}
	for after := scope.StreamerID(0); ; {
		page, err := s.Streamers(ctx, after, 1000, "")
		if err != nil || len(page) == 0 {
			return ids, err
		}
		for _, one := range page {
			b, ok := newest[one.ID]
			if after = one.ID; inService(one) && (!ok || s.differs(one, b)) {
				ids = append(ids, one.ID)
			}
		}
	}
}

// differs says that a streamer's file is not what a backup has.
func (s *Store) differs(of *registry.Streamer, b registry.Backup) bool {
	seq := max(of.CommitMark, s.marks.last(of.ID))
	if lease, open := s.pool.AcquireOpen(of.ID); open {
		seq = max(seq, lease.Handle().CommitSeq())
		lease.Release()
	}
	return of.Generation != b.Generation || of.SchemaVersion != b.SchemaVersion || seq > b.CommitSeq
}
