package registry

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"
)

// Census counts what an installation has.
type Census struct {
	At        time.Time
	Streamers map[State]int64
	Jobs      map[JobKind]int64
	Backups   int64     // kept, the registry's own among them
	Newest    time.Time // the newest backup of a streamer; zero is none
	// OldestNewest is the newest backup of the streamer whose newest is the oldest, among those
	// who have one. NoBackup is how many in service have none.
	OldestNewest time.Time
	NoBackup     int64
	// Unsaved is the newest backup of the streamer who has changed since and whose newest is the
	// oldest, or when he was made if he has none; zero when everybody's changes are in a backup.
	Unsaved time.Time
	// Proven is when a backup was last restored to see that it can be; OldestProven that of the
	// streamer for whom it is longest ago. Unproven is how many in service were never.
	Proven, OldestProven time.Time
	Unproven             int64
}

// JobKind is what jobs are counted by.
type JobKind struct {
	Kind  string
	State JobState
}

// Census counts. It reads an index entry for each streamer and backup.
func (r *Registry) Census(ctx context.Context) (c Census, err error) {
	c = Census{At: r.o.Now(), Streamers: map[State]int64{}, Jobs: map[JobKind]int64{}}
	err = firstError(
		func() error {
			return r.each(ctx, `SELECT state, count(*) FROM streamers GROUP BY state`, func(row []driver.Value) error {
				c.Streamers[State(text(row[0]))] = row[1].(int64)
				return nil
			})
		},
		func() error {
			return r.each(ctx, `SELECT kind, state, count(*) FROM jobs GROUP BY kind, state`, func(row []driver.Value) error {
				c.Jobs[JobKind{text(row[0]), JobState(text(row[1]))}] = row[2].(int64)
				return nil
			})
		},
		func() error { return r.censusOfBackups(ctx, &c) })
	if err != nil {
		return c, fmt.Errorf("count: %w", err)
	}
	return c, nil
}

func (r *Registry) censusOfBackups(ctx context.Context, c *Census) error {
	row, err := r.one(ctx, `
		WITH newest AS (
			SELECT s.proven_at AS proven, s.created_at AS born,
			       (SELECT max(b.created_at) FROM backups b WHERE b.streamer_id = s.id) AS made,
			       EXISTS (SELECT 1
			               FROM backups b
			               WHERE b.streamer_id = s.id
			                 AND b.generation = s.generation
			                 AND b.schema_version = s.schema_version
			                 AND b.commit_seq >= s.commit_mark) AS saved
			FROM streamers s
			WHERE s.state NOT IN ('creating', 'deleting', 'trashed'))
		SELECT (SELECT count(*) FROM backups), max(made), min(made), count(*) - count(made),
		       max(proven), min(proven), count(*) - count(proven),
		       min(CASE saved WHEN 0 THEN coalesce(made, born) END)
		FROM newest`)
	if err != nil {
		return err
	}
	c.Backups, c.NoBackup, c.Unproven = row[0].(int64), row[3].(int64), row[6].(int64)
	c.Newest, c.OldestNewest = momentOrZero(row[1]), momentOrZero(row[2])
	c.Unsaved = momentOrZero(row[7])
	c.Proven, c.OldestProven = momentOrZero(row[4]), momentOrZero(row[5])
	return nil
}
