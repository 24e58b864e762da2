package registry

import (
	"context"
	"database/sql/driver"
	"fmt"

	"streamvault/shard/scope"
)

// FleetTarget is the schema version that new files are born at.
func (r *Registry) FleetTarget() int { return int(r.target.Load()) }

// setTarget moves the fleet's target, unless version is 0.
func (t *Tx) setTarget(version int) error {
	if version == 0 {
		return nil
	}
	return t.run(`UPDATE fleet SET target_version = ?1, updated_at = ?2 WHERE id = 1`, int64(version), t.now.UnixMilli())
}

// atTarget returns ErrTargetMoved unless the fleet's version is this one. A migration that begins later
// finds what this transaction has put in its place.
func (t *Tx) atTarget(version int) error {
	row, err := t.row(`SELECT target_version FROM fleet WHERE id = 1`)
	if err == nil && row[0] != int64(version) {
		err = ErrTargetMoved
	}
	return err
}

// readTarget makes FleetTarget answer what the registry holds.
func (r *Registry) readTarget(ctx context.Context) error {
	row, err := r.one(ctx, `SELECT target_version FROM fleet WHERE id = 1`)
	if err != nil {
		return fmt.Errorf("fleet target: %w", err)
	}
	r.target.Store(row[0].(int64))
	return nil
}

// FleetMember is a streamer as the fleet counts him.
type FleetMember struct {
	Streamer      scope.StreamerID
	State         State
	SchemaVersion int // of his file when it was last opened
}

// there are the streamers who have a file: not one that is being made, and none in the trash.
const there = `state NOT IN ('creating', 'deleting', 'trashed')`

// FleetMembers lists every streamer who has a file, by id, in one query. The version that is
// excepted is left out; 0 excepts none.
func (r *Registry) FleetMembers(ctx context.Context, except int) (all []FleetMember, err error) {
	err = r.each(ctx, `SELECT id, state, schema_version FROM streamers WHERE `+there+` AND schema_version <> ?1 ORDER BY id`,
		func(row []driver.Value) error {
			all = append(all, FleetMember{scope.StreamerID(row[0].(int64)), State(text(row[1])), int(row[2].(int64))})
			return nil
		}, int64(except))
	if err != nil {
		return nil, fmt.Errorf("fleet: %w", err)
	}
	return all, nil
}

// FleetCount says how many streamers are at a version in a state, and how many of them
// failed in the last job that tried to move them.
type FleetCount struct {
	Version       int
	State         State
	Count, Failed int64
}

// CountFleet counts the streamers who have a file. Only jobs of the kinds count as tries.
func (r *Registry) CountFleet(ctx context.Context, job int64) (all []FleetCount, err error) {
	err = r.each(ctx, `
		SELECT s.schema_version, s.state, count(*), count(i.streamer_id)
		FROM streamers s
		LEFT JOIN job_items i ON i.job_id = ?1 AND i.streamer_id = s.id AND i.state = 'failed'
		WHERE s.`+there+`
		GROUP BY s.schema_version, s.state
		ORDER BY s.schema_version, s.state`,
		func(row []driver.Value) error {
			all = append(all, FleetCount{int(row[0].(int64)), State(text(row[1])), row[2].(int64), row[3].(int64)})
			return nil
		}, job)
	if err != nil {
		return nil, fmt.Errorf("count fleet: %w", err)
	}
	return all, nil
}
