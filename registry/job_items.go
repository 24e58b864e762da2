package registry

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"streamvault/shard/scope"
)

// ItemState is what became of a streamer in a job.
type ItemState string

// The states of an item.
const (
	ItemWaiting    ItemState = "waiting"
	ItemRunning    ItemState = "running"
	ItemDone       ItemState = "done"
	ItemFailed     ItemState = "failed"
	ItemSkipped    ItemState = "skipped"     // there was nothing to do
	ItemRolledBack ItemState = "rolled-back" // done, and taken back by a later job
)

// JobItem is a streamer in a job.
type JobItem struct {
	Job      int64
	Streamer scope.StreamerID
	Username string // "" when he is gone
	State    ItemState
	Detail   json.RawMessage
}

// ItemChange says what became of a streamer in a job. Detail becomes JSON and must hold no
// secret; nil leaves what is there.
type ItemChange struct {
	Job      int64
	Streamer scope.StreamerID
	State    ItemState
	Detail   any
	// Version, when it is not 0, is the schema version that his file has now.
	Version int
	// Hold, when it is not "", is why he is not served until somebody decides.
	Hold string
	// Free ends a hold.
	Free bool
	// TakesBack is the job whose item for the same streamer is rolled back by this.
	TakesBack int64
}

// MarkItems records what became of items, of one job or several, and what follows for their
// streamers, in one transaction that counts them too.
func (r *Registry) MarkItems(ctx context.Context, changes []ItemChange) error {
	err := r.write(ctx, func(tx *Tx) error {
		for _, c := range changes {
			if err := tx.markItem(c); err != nil {
				return fmt.Errorf("streamer %d: %w", c.Streamer, err)
			}
			if c.TakesBack != 0 {
				back := ItemChange{Job: c.TakesBack, Streamer: c.Streamer, State: ItemRolledBack}
				if err := tx.markItem(back); err != nil {
					return fmt.Errorf("streamer %d in job %d: %w", c.Streamer, c.TakesBack, err)
				}
			}
			if err := tx.markStreamer(c); err != nil {
				return fmt.Errorf("streamer %d: %w", c.Streamer, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("mark items of a job: %w", err)
	}
	return nil
}

func (t *Tx) markItem(c ItemChange) error {
	var detail driver.Value
	if c.Detail != nil {
		text, err := Entry{Detail: c.Detail}.detail()
		if err != nil {
			return err
		}
		detail = string(text)
	}
	was, err := t.row(`SELECT state FROM job_items WHERE job_id = ?1 AND streamer_id = ?2`, c.Job, int64(c.Streamer))
	if err != nil {
		return err
	}
	if err := t.run(`
		UPDATE job_items
		SET state = ?3, detail = coalesce(?4, detail), updated_at = ?5
		WHERE job_id = ?1
		  AND streamer_id = ?2`, c.Job, int64(c.Streamer), string(c.State), detail, t.now.UnixMilli()); err != nil {
		return err
	}
	before, after := ItemState(text(was[0])), c.State
	done, failed := after.done()-before.done(), after.failed()-before.failed()
	if done == 0 && failed == 0 {
		return nil
	}
	return t.run(`UPDATE jobs SET done = done + ?2, failed = failed + ?3 WHERE id = ?1`, c.Job, done, failed)
}

func (s ItemState) done() int64 {
	switch s {
	case ItemDone, ItemSkipped, ItemRolledBack:
		return 1
	}
	return 0
}

func (s ItemState) failed() int64 {
	if s == ItemFailed {
		return 1
	}
	return 0
}

func (t *Tx) markStreamer(c ItemChange) error {
	if c.Version != 0 {
		if err := t.run(`UPDATE streamers SET schema_version = ?2 WHERE id = ?1`, int64(c.Streamer), int64(c.Version)); err != nil {
			return err
		}
	}
	switch s, err := t.streamer(c.Streamer); {
	case c.Hold == "" && !c.Free:
		return nil
	case err != nil:
		return err
	case c.Hold != "" && (s.State == Active || s.State == Suspended):
		return t.setState(c.Streamer, []State{s.State}, Held, c.Hold)
	case c.Free && s.State == Held:
		return t.setState(c.Streamer, []State{Held}, Active, "")
	}
	return nil
}

// JobItems lists a job's streamers by id, those above after; state "" lists all. limit is 1
// to 1000.
func (r *Registry) JobItems(ctx context.Context, job int64, state ItemState, after scope.StreamerID, limit int) ([]JobItem, error) {
	all := []JobItem{}
	sql := `
		SELECT i.job_id, i.streamer_id, s.username, i.state, i.detail
		FROM job_items i
		LEFT JOIN streamers s ON s.id = i.streamer_id
		WHERE i.job_id = ?1
		  AND i.streamer_id > ?2
		  AND (?3 = '' OR i.state = ?3)
		ORDER BY i.streamer_id
		LIMIT ?4`
	err := r.each(ctx, sql, func(row []driver.Value) error {
		all = append(all, JobItem{Job: row[0].(int64), Streamer: scope.StreamerID(row[1].(int64)), Username: text(row[2]),
			State: ItemState(text(row[3])), Detail: json.RawMessage(text(row[4]))})
		return nil
	}, job, int64(after), string(state), int64(min(max(limit, 1), 1000)))
	if err != nil {
		return nil, fmt.Errorf("items of job %d: %w", job, err)
	}
	return all, nil
}

// EachJobItem calls fn with every item of a job, by the streamers' ids. It reads them all
// before the first call, so fn may change them.
func (r *Registry) EachJobItem(ctx context.Context, job int64, fn func(JobItem) error) error {
	var all []JobItem
	for after := scope.StreamerID(-1); ; {
		page, err := r.JobItems(ctx, job, "", after, 1000)
		if err != nil {
			return err
		}
		all = append(all, page...)
		if len(page) < 1000 {
			break
		}
		after = page[len(page)-1].Streamer
	}
	for _, item := range all {
		if err := fn(item); err != nil {
			return err
		}
	}
	return nil
}
