package registry

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"streamvault/shard/scope"
)

// JobState is where a job is in its life.
type JobState string

// The states of a job. Only Running works; Halted and Failed can be taken up again.
const (
	JobRunning   JobState = "running"
	JobHalted    JobState = "halted"    // stopped before its end, by an operator, a budget or a crash
	JobDone      JobState = "done"      // everything was done
	JobFailed    JobState = "failed"    // it came to its end, but some of it failed
	JobCancelled JobState = "cancelled" // stopped for good
)

// Job is long work: who began it, what it is, how far it has come. Done and Failed count its
// items, in the transaction that changes them; a skipped item is done.
type Job struct {
	ID                  int64
	Kind                string
	State               JobState
	Actor               string
	Total, Done, Failed int64
	Detail              json.RawMessage
	StartedAt           time.Time
	EndedAt             *time.Time // nil while it runs
}

// NewJob is a job to be begun. Members become its items. Detail becomes JSON and must hold
// no secret.
type NewJob struct {
	Kind, Actor string
	Detail      any
	Members     []scope.StreamerID
	// Target, when it is not 0, becomes the fleet's schema version with the job.
	Target int
}

const jobColumns = `id, kind, state, actor, total, done, failed, detail, started_at, ended_at`

func scanJob(row []driver.Value) Job {
	return Job{ID: row[0].(int64), Kind: text(row[1]), State: JobState(text(row[2])), Actor: text(row[3]),
		Total: row[4].(int64), Done: row[5].(int64), Failed: row[6].(int64), Detail: json.RawMessage(text(row[7])),
		StartedAt: moment(row[8]), EndedAt: momentOrNil(row[9])}
}

// CreateJob begins a job: its row, its items in the order of their ids, and its audit row.
func (r *Registry) CreateJob(ctx context.Context, n NewJob) (j Job, err error) {
	detail, err := Entry{Detail: n.Detail}.detail()
	if err != nil {
		return Job{}, err
	}
	if n.Members == nil {
		n.Members = []scope.StreamerID{}
	}
	members, err := json.Marshal(n.Members)
	if err != nil {
		return Job{}, err
	}
	err = r.write(ctx, func(tx *Tx) error {
		row, err := tx.row(`
			INSERT INTO jobs (kind, state, actor, total, detail, started_at)
			VALUES (?1, 'running', ?2, ?3, ?4, ?5)
			RETURNING `+jobColumns, n.Kind, n.Actor, int64(len(n.Members)), string(detail), tx.now.UnixMilli())
		if err != nil {
			return err
		}
		j = scanJob(row)
		if err := tx.run(`
			INSERT INTO job_items (job_id, streamer_id, state, updated_at)
			SELECT ?1, value, 'waiting', ?3
			FROM json_each(?2)
			ORDER BY value`, j.ID, string(members), tx.now.UnixMilli()); err != nil {
			return err
		}
		if err := tx.setTarget(n.Target); err != nil {
			return err
		}
		return tx.auditJob("job.start", n.Actor, j)
	})
	if err != nil {
		return Job{}, fmt.Errorf("begin job %s: %w", n.Kind, err)
	}
	return j, r.readTarget(ctx)
}

// EndJob stops a running job in a state, or returns ErrWrongState. Detail replaces the
// job's own unless it is nil.
func (r *Registry) EndJob(ctx context.Context, id int64, to JobState, detail any, actor string) (Job, error) {
	return r.moveJob(ctx, id, []JobState{JobRunning}, to, "job.end", actor, detail)
}

// ResumeJob takes a halted or failed job up again: what failed in it waits anew. It returns
// ErrWrongState for any other.
func (r *Registry) ResumeJob(ctx context.Context, id int64, actor string) (Job, error) {
	return r.moveJob(ctx, id, []JobState{JobHalted, JobFailed}, JobRunning, "job.resume", actor, nil)
}

// CancelJob ends a halted or failed job for good: it cannot be taken up again.
func (r *Registry) CancelJob(ctx context.Context, id int64, actor string) (Job, error) {
	return r.moveJob(ctx, id, []JobState{JobHalted, JobFailed}, JobCancelled, "job.end", actor, nil)
}

// HaltCrashed halts the jobs that a crash has left running. Whoever owns the directory calls
// it before he begins any.
func (r *Registry) HaltCrashed(ctx context.Context) error {
	var left []int64
	err := r.each(ctx, `SELECT id FROM jobs WHERE state = 'running' ORDER BY id`, func(row []driver.Value) error {
		left = append(left, row[0].(int64))
		return nil
	})
	for _, id := range left {
		if err == nil {
			_, err = r.EndJob(ctx, id, JobHalted, nil, "system")
		}
	}
	if err != nil {
		return fmt.Errorf("halt jobs of a crash: %w", err)
	}
	return nil
}

func (r *Registry) moveJob(ctx context.Context, id int64, from []JobState, to JobState, action, actor string, detail any) (j Job, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		j, err = tx.moveJob(id, from, to, action, actor, detail)
		return err
	})
	if err != nil {
		return Job{}, fmt.Errorf("job %d: %w", id, err)
	}
	return j, nil
}

func (t *Tx) moveJob(id int64, from []JobState, to JobState, action, actor string, detail any) (Job, error) {
	j, err := t.job(id)
	if err != nil {
		return j, err
	}
	if !slices.Contains(from, j.State) {
		return j, &JobStateError{ID: id, State: j.State}
	}
	if detail != nil {
		if j.Detail, err = (Entry{Detail: detail}).detail(); err != nil {
			return j, err
		}
	}
	if err := t.settleItems(id, to); err != nil {
		return j, err
	}
	row, err := t.row(`
		UPDATE jobs
		SET state = ?2, detail = ?3, ended_at = CASE ?2 WHEN 'running' THEN NULL ELSE ?4 END,
		    failed = CASE ?2 WHEN 'running' THEN 0 ELSE failed END
		WHERE id = ?1
		RETURNING `+jobColumns, id, string(to), string(j.Detail), t.now.UnixMilli())
	if err != nil {
		return j, err
	}
	j = scanJob(row)
	return j, t.auditJob(action, actor, j)
}

// settleItems makes the items agree with their job: nothing runs in one that has stopped,
// and what failed waits in one that goes on.
func (t *Tx) settleItems(job int64, to JobState) error {
	again := "running"
	if to == JobRunning {
		again = "failed"
	}
	return t.run(`UPDATE job_items SET state = 'waiting', updated_at = ?3 WHERE job_id = ?1 AND state = ?2`,
		job, again, t.now.UnixMilli())
}

func (t *Tx) job(id int64) (Job, error) {
	row, err := t.row(`SELECT `+jobColumns+` FROM jobs WHERE id = ?1`, id)
	if err != nil {
		return Job{}, err
	}
	return scanJob(row), nil
}

func (t *Tx) auditJob(action, actor string, j Job) error {
	return t.audit(Entry{Actor: actor, Action: action, Detail: map[string]any{"job": j.ID, "kind": j.Kind,
		"state": j.State, "total": j.Total, "done": j.Done, "failed": j.Failed, "detail": j.Detail}})
}

// Job finds a job, or returns ErrNotFound.
func (r *Registry) Job(ctx context.Context, id int64) (Job, error) {
	row, err := r.one(ctx, `SELECT `+jobColumns+` FROM jobs WHERE id = ?1`, id)
	if err != nil {
		return Job{}, fmt.Errorf("job %d: %w", id, err)
	}
	return scanJob(row), nil
}

// Jobs lists jobs of some kinds, or of all when none is named, newest first, those below
// before unless that is 0. limit is 1 to 1000.
func (r *Registry) Jobs(ctx context.Context, before int64, limit int, kinds ...string) ([]Job, error) {
	wanted, err := json.Marshal(kinds)
	if err != nil {
		return nil, err
	}
	all := []Job{}
	err = r.each(ctx, `
		SELECT `+jobColumns+`
		FROM jobs
		WHERE (?1 = 0 OR id < ?1)
		  AND (?2 IN ('null', '[]') OR kind IN (SELECT value FROM json_each(?2)))
		ORDER BY id DESC
		LIMIT ?3`,
		func(row []driver.Value) error { all = append(all, scanJob(row)); return nil },
		before, string(wanted), int64(min(max(limit, 1), 1000)))
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return all, nil
}
