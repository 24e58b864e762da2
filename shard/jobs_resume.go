package shard

import (
	"context"
	"encoding/json"
	"fmt"

	"streamvault/registry"
	"streamvault/shard/job"
)

// ResumeJob takes a backup of all or a drill up again that was halted or has failed: what
// was done in it is not done again. Other kinds are resumed where they are begun; for these it
// returns registry.ErrWrongState.
func (s *Store) ResumeJob(ctx context.Context, id int64, actor string) (registry.Job, error) {
	j, err := s.Job(ctx, id)
	if err != nil {
		return j, err
	}
	work, err := s.workOf(j)
	if err != nil {
		return j, err
	}
	run, err := s.jobs.Resume(ctx, id, actor, work)
	if err != nil {
		return j, fmt.Errorf("resume job %d: %w", id, err)
	}
	return run.Job(), nil
}

// workOf is the work of a job as its row describes it.
func (s *Store) workOf(j registry.Job) (job.Work, error) {
	switch j.Kind {
	case BackupJob:
		var all BackupAll
		err := json.Unmarshal(j.Detail, &all)
		return s.backUpAll(all, j.Actor), err
	case DrillJob:
		var d Drill
		err := json.Unmarshal(j.Detail, &d)
		return s.drill(d, j.Actor), err
	}
	return nil, fmt.Errorf("%w: a job %s is resumed by the command that begins it", registry.ErrWrongState, j.Kind)
}
