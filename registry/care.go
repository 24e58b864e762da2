package registry

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// Care is when a streamer's data was last seen to, the zero time where it never was.
type Care struct {
	BackedUp   time.Time // his newest backup
	Proven     time.Time // when one was last restored to see that it can be
	PurgeAfter time.Time // in the trash
}

// Cares lists what was seen to, by streamer.
func (r *Registry) Cares(ctx context.Context) (map[scope.StreamerID]Care, error) {
	all := map[scope.StreamerID]Care{}
	err := r.each(ctx, `
		SELECT s.id, s.proven_at, s.purge_after,
		       (SELECT max(b.created_at) FROM backups b WHERE b.streamer_id = s.id)
		FROM streamers s`,
		func(row []driver.Value) error {
			all[scope.StreamerID(row[0].(int64))] = Care{Proven: momentOrZero(row[1]), PurgeAfter: momentOrZero(row[2]), BackedUp: momentOrZero(row[3])}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("list what was seen to: %w", err)
	}
	return all, nil
}

func momentOrZero(v driver.Value) time.Time {
	if t := momentOrNil(v); t != nil {
		return *t
	}
	return time.Time{}
}

// HaltedJobs lists jobs that wait for somebody to take them up again or to give them up.
func (r *Registry) HaltedJobs(ctx context.Context) (all []Job, err error) {
	err = r.each(ctx, `SELECT `+jobColumns+` FROM jobs WHERE state = 'halted' ORDER BY id`,
		func(row []driver.Value) error { all = append(all, scanJob(row)); return nil })
	if err != nil {
		return nil, fmt.Errorf("list halted jobs: %w", err)
	}
	return all, nil
}

// RolledBack are the streamers whom the last job that had to do with them has taken back.
func (r *Registry) RolledBack(ctx context.Context) (map[scope.StreamerID]bool, error) {
	all := map[scope.StreamerID]bool{}
	err := r.each(ctx, `
		WITH last AS (
			SELECT streamer_id, max(job_id) AS job_id
			FROM job_items
			WHERE state NOT IN ('waiting', 'skipped')
			GROUP BY streamer_id)
		SELECT i.streamer_id
		FROM last l
		JOIN job_items i ON i.job_id = l.job_id AND i.streamer_id = l.streamer_id
		WHERE i.state = 'rolled-back'`,
		func(row []driver.Value) error { all[scope.StreamerID(row[0].(int64))] = true; return nil })
	if err != nil {
		return nil, fmt.Errorf("list who was rolled back: %w", err)
	}
	return all, nil
}

// Purged lists the streamers whose data was destroyed, by id with their names.
func (r *Registry) Purged(ctx context.Context) (map[scope.StreamerID]string, error) {
	all := map[scope.StreamerID]string{}
	err := r.each(ctx, `SELECT streamer_id, streamer FROM purges`, func(row []driver.Value) error {
		all[scope.StreamerID(row[0].(int64))] = text(row[1])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list purges: %w", err)
	}
	return all, nil
}

// BackupFiles lists the files of the backups on this machine, below the data directory, with their streamers.
func (r *Registry) BackupFiles(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	err := r.each(ctx, `SELECT 'backups/' || file, streamer FROM backups WHERE target = 'local'`, func(row []driver.Value) error {
		all[text(row[0])] = text(row[1])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	return all, nil
}

// BackupAt finds a backup that holds a streamer's file as it was after a commit of a
// generation, at a schema version, or returns ErrNotFound.
func (r *Registry) BackupAt(ctx context.Context, id scope.StreamerID, generation, commit int64, version int) (Backup, error) {
	row, err := r.one(ctx, `
		SELECT `+backupColumns+`
		FROM backups
		WHERE streamer_id = ?1
		  AND generation = ?2
		  AND commit_seq = ?3
		  AND schema_version = ?4
		ORDER BY created_at DESC
		LIMIT 1`, int64(id), generation, commit, int64(version))
	if err != nil {
		return Backup{}, fmt.Errorf("backup of streamer %d at commit %d: %w", id, commit, err)
	}
	return scanBackup(row), nil
}

// LockedSecrets lists streamers whose data key is gone or is not wrapped by this
// installation's master key: what was sealed for them cannot be read.
func (r *Registry) LockedSecrets(ctx context.Context) (all []scope.StreamerID, err error) {
	err = r.each(ctx, `SELECT id, data_key FROM streamers WHERE state NOT IN ('creating', 'deleting') ORDER BY id`, func(row []driver.Value) error {
		id := scope.StreamerID(row[0].(int64))
		wrapped, _ := row[1].([]byte)
		if _, err := r.master.unwrap(wrapped, id); errors.Is(err, ErrMasterKey) {
			all = append(all, id)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("try the data keys: %w", err)
	}
	return all, nil
}
