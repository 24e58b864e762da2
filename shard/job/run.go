package job

import (
	"context"
	"errors"
	"sync"
	"time"

	"streamvault/registry"
)

// Progress is how far a job is.
type Progress struct {
	Job                 int64
	Step                string // what is being worked on
	Total, Done, Failed int64
}

// stopped is the cause with which a job's context ends.
type stopped struct {
	to    registry.JobState
	actor string
}

func (s *stopped) Error() string { return "job " + string(s.to) + " by " + s.actor }

// Run is a job under way.
type Run struct {
	reg    *registry.Registry
	job    registry.Job
	ctx    context.Context
	cancel context.CancelCauseFunc
	marks  marks

	mu      sync.Mutex
	at      Progress
	changed chan struct{} // closed at the next change
	detail  any           // of the job, when it ends
	done    chan struct{} // closed at the end
	result  registry.Job
}

func newRun(reg *registry.Registry, j registry.Job) *Run {
	r := &Run{reg: reg, job: j, changed: make(chan struct{}), done: make(chan struct{}),
		at: Progress{Job: j.ID, Total: j.Total, Done: j.Done, Failed: j.Failed}}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	r.marks.run = r
	return r
}

// Job is the job as it was when it began or was taken up again.
func (r *Run) Job() registry.Job { return r.job }

// Progress is how far it is now.
func (r *Run) Progress() Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

// Say tells those who follow what is being worked on.
func (r *Run) Say(step string) { r.update(func(p *Progress) { p.Step = step }) }

// Count tells how far a job without items is.
func (r *Run) Count(done, total int64) {
	r.update(func(p *Progress) { p.Done, p.Total = done, total })
}

// Report is what the job's detail becomes at its end.
func (r *Run) Report(detail any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.detail = detail
}

func (r *Run) update(change func(*Progress)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.at)
	close(r.changed)
	r.changed = make(chan struct{})
}

// verdict is how the job ended, given what its work returned.
func (r *Run) verdict(err error) (to registry.JobState, detail any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var (
		halt *HaltError
		by   *stopped
	)
	switch {
	case errors.As(context.Cause(r.ctx), &by):
		return by.to, r.detail
	case errors.As(err, &halt):
		return registry.JobHalted, withReason(r.detail, r.job.Detail, halt.Why)
	case err != nil:
		return registry.JobFailed, withReason(r.detail, r.job.Detail, err.Error())
	case r.at.Failed > 0:
		return registry.JobFailed, r.detail
	}
	return registry.JobDone, r.detail
}

func (r *Run) endedBy() string {
	var by *stopped
	if errors.As(context.Cause(r.ctx), &by) {
		return by.actor
	}
	return r.job.Actor
}

func (r *Run) finish(j registry.Job) {
	r.cancel(nil)
	r.result = j
	close(r.done)
}

// Between two lines of progress those who follow are left in peace for showEvery; when
// nothing happens they hear of it every stillThere.
const (
	showEvery  = 100 * time.Millisecond
	stillThere = 5 * time.Second
)

// Follow tells show, which may be nil, how far the job is until it ends, and returns it as
// it ended. When ctx ends first, the job goes on.
func (r *Run) Follow(ctx context.Context, show func(Progress)) (registry.Job, error) {
	pause := time.NewTicker(showEvery)
	defer pause.Stop()
	for {
		r.mu.Lock()
		at, changed := r.at, r.changed
		r.mu.Unlock()
		if show != nil {
			show(at)
		}
		select {
		case <-changed:
		case <-time.After(stillThere):
		case <-r.done:
			return r.result, nil
		case <-ctx.Done():
			return registry.Job{}, ctx.Err()
		}
		select {
		case <-pause.C:
		case <-r.done:
			return r.result, nil
		case <-ctx.Done():
			return registry.Job{}, ctx.Err()
		}
	}
}
