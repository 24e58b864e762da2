package shard

import (
	"context"

	"streamvault/registry"
	"streamvault/shard/fleet"
	"streamvault/shard/job"
)

// StartJob begins long work and returns at once. It outlives ctx; see package job.
func (s *Store) StartJob(ctx context.Context, n registry.NewJob, work job.Work) (*job.Run, error) {
	return s.jobs.Start(ctx, n, work)
}

// FollowJob tells show how far a job is until it ends, and returns it as it ended; one that
// does not run is returned as it is. When ctx ends first, the job goes on.
func (s *Store) FollowJob(ctx context.Context, id int64, show func(job.Progress)) (registry.Job, error) {
	return s.jobs.Follow(ctx, id, show)
}

// CancelJob stops a job for good, also one that was halted, and returns it as it ended.
func (s *Store) CancelJob(ctx context.Context, id int64, actor string) (registry.Job, error) {
	return s.jobs.Cancel(ctx, id, actor)
}

// over says what a job that is done leaves to do of an earlier one of its kind that was halted: of
// a backup of all and of a drill, nothing. What an operator began the schedule leaves to him.
func over(done, earlier registry.Job) bool {
	switch done.Kind {
	case BackupJob, DrillJob:
		return earlier.Kind == done.Kind && (done.Actor != scheduler || earlier.Actor == scheduler)
	}
	return fleet.Over(done, earlier)
}

// HaltJobs tells every job to halt and begins no more. It does not wait: Close does.
func (s *Store) HaltJobs() { s.jobs.HaltAll() }
