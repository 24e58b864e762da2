package job

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/rs/zerolog"

	"streamvault/registry"
)

// ErrClosing says that the process is about to end and begins no more jobs.
var ErrClosing = errors.New("no job is begun while the program stops")

// Work is what a job does. It returns soon after ctx has ended. An error fails the job,
// unless it is a HaltError.
type Work func(ctx context.Context, run *Run) error

// HaltError is what Work returns when it stops by its own decision, to be taken up again.
type HaltError struct{ Why string }

func (e *HaltError) Error() string { return "halted: " + e.Why }

// Runner runs the jobs of an installation. It is safe for concurrent use.
type Runner struct {
	reg  *registry.Registry
	log  zerolog.Logger
	over Over

	mu      sync.Mutex
	running map[int64]*Run
	closing bool
	ended   sync.WaitGroup
}

// Over says that a job which is done leaves nothing to do of an earlier one that was halted: that
// is cancelled, so that nobody is asked to decide about it.
type Over func(done, earlier registry.Job) bool

// Open makes a Runner and halts what a crash has left running. There is one for each owner
// of a directory. over may be nil: then no job ends another.
func Open(ctx context.Context, reg *registry.Registry, log zerolog.Logger, over Over) (*Runner, error) {
	return &Runner{reg: reg, log: log, over: over, running: map[int64]*Run{}}, reg.HaltCrashed(ctx)
}

// Start begins a job and returns at once; the job outlives ctx.
func (r *Runner) Start(ctx context.Context, n registry.NewJob, work Work) (*Run, error) {
	return r.begin(work, func() (registry.Job, error) { return r.reg.CreateJob(ctx, n) })
}

// Resume takes a halted or failed job up again.
func (r *Runner) Resume(ctx context.Context, id int64, actor string, work Work) (*Run, error) {
	return r.begin(work, func() (registry.Job, error) { return r.reg.ResumeJob(ctx, id, actor) })
}

func (r *Runner) begin(work Work, row func() (registry.Job, error)) (*Run, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return nil, ErrClosing
	}
	j, err := row()
	if err != nil {
		return nil, err
	}
	run := newRun(r.reg, j)
	r.running[j.ID] = run
	r.ended.Go(func() { r.carry(run, work) })
	return run, nil
}

// carry does the work and records how it ended.
func (r *Runner) carry(run *Run, work Work) {
	err := safely(run, work)
	to, detail := run.verdict(err)
	if to == registry.JobDone { // before it is done: should a crash come between, it is what is left to resume
		r.endEarlier(run)
	}
	j, bad := r.reg.EndJob(context.Background(), run.job.ID, to, detail, run.endedBy())
	if bad != nil { // the registry does not answer; the next start halts it
		r.log.Error().Err(bad).Int64("job", run.job.ID).Msg("the end of a job could not be recorded")
		j = run.job
		j.State = registry.JobHalted
	}
	r.log.Info().Int64("job", j.ID).Str("kind", j.Kind).Str("state", string(j.State)).Int64("done", j.Done).
		Int64("failed", j.Failed).AnErr("cause", err).Msg("job ended")
	r.mu.Lock()
	delete(r.running, j.ID)
	r.mu.Unlock()
	run.finish(j)
}

// endEarlier cancels the halted jobs of which a job has left nothing to do.
func (r *Runner) endEarlier(by *Run) {
	if r.over == nil {
		return
	}
	halted, err := r.reg.HaltedJobs(context.Background())
	for _, j := range halted {
		if err == nil && j.ID < by.job.ID && r.over(by.job, j) {
			if _, err = r.reg.CancelJob(context.Background(), j.ID, by.job.Actor); errors.Is(err, registry.ErrWrongState) {
				err = nil // somebody has just taken it up again
			}
		}
	}
	if err != nil {
		r.log.Warn().Err(err).Int64("job", by.job.ID).Msg("earlier jobs that are over could not be cancelled")
	}
}

func safely(run *Run, work Work) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the job panicked: %v", v)
		}
	}()
	return work(run.ctx, run)
}

// Running is the job under way with an id, or nil.
func (r *Runner) Running(id int64) *Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running[id]
}

// Busy is a job under way of one of the kinds, or nil.
func (r *Runner) Busy(kinds ...string) *Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, run := range r.running {
		for _, k := range kinds {
			if run.job.Kind == k {
				return run
			}
		}
	}
	return nil
}

// Halt stops a running job so that it can be taken up again, and waits for its end. It
// returns a registry.JobStateError for one that does not run.
func (r *Runner) Halt(ctx context.Context, id int64, actor string) (registry.Job, error) {
	return r.stop(ctx, id, &stopped{registry.JobHalted, actor})
}

// Cancel stops a job for good, also one that was halted.
func (r *Runner) Cancel(ctx context.Context, id int64, actor string) (registry.Job, error) {
	if r.Running(id) == nil {
		return r.reg.CancelJob(ctx, id, actor)
	}
	return r.stop(ctx, id, &stopped{registry.JobCancelled, actor})
}

func (r *Runner) stop(ctx context.Context, id int64, why *stopped) (registry.Job, error) {
	run := r.Running(id)
	if run == nil {
		j, err := r.reg.Job(ctx, id)
		if err == nil {
			err = &registry.JobStateError{ID: id, State: j.State}
		}
		return registry.Job{}, err
	}
	run.cancel(why)
	return run.Follow(ctx, nil)
}

// Follow tells show how far a job is until it ends, and returns it as it ended; one that
// does not run is returned as it is. When ctx ends first, the job goes on.
func (r *Runner) Follow(ctx context.Context, id int64, show func(Progress)) (registry.Job, error) {
	if run := r.Running(id); run != nil {
		return run.Follow(ctx, show)
	}
	return r.reg.Job(ctx, id)
}

// HaltAll tells every job to halt and begins no more. It does not wait.
func (r *Runner) HaltAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closing = true
	for _, run := range r.running {
		run.cancel(&stopped{registry.JobHalted, "system"})
	}
}

// Close is HaltAll, and waits until ctx ends.
func (r *Runner) Close(ctx context.Context) error {
	r.HaltAll()
	done := make(chan struct{})
	go func() { r.ended.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("jobs did not halt: %w", ctx.Err())
	}
}
