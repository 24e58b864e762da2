package registry

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// defaultNameGrace is how long links to a former name go on working.
const defaultNameGrace = 30 * 24 * time.Hour

// nameGrace is how long the name that a change replaces still leads to the streamer.
func (r *Registry) nameGrace(c Change) time.Duration {
	if c.NameGrace != nil {
		return *c.NameGrace
	}
	return r.o.NameGrace
}

// rename keeps the former name for the streamer while its grace lasts. A former name of his
// own that he takes back is one no more.
func (t *Tx) rename(id scope.StreamerID, before, now string, grace time.Duration) error {
	if err := t.forgetName(now); err != nil || grace <= 0 {
		return err
	}
	return t.run(`
		INSERT INTO former_names (username, streamer_id, until)
		VALUES (?1, ?2, ?3)
		ON CONFLICT (username) DO UPDATE SET streamer_id = ?2, until = ?3`,
		before, int64(id), t.now.Add(grace).UnixMilli())
}

// forgetName makes way for whoever takes a name that free has allowed him.
func (t *Tx) forgetName(name string) error {
	return t.run(`DELETE FROM former_names WHERE username = ?1`, name)
}

// formerly is the answer to a name that no streamer has: a RenamedError, which is remembered,
// while it leads to one.
func (r *Registry) formerly(ctx context.Context, name string) error {
	epoch := r.cache.begin()
	row, err := r.one(ctx, `SELECT streamer_id, until FROM former_names WHERE username = ?1 AND until > ?2`, name, r.o.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("streamer: %w", err)
	}
	s, err := r.Streamer(ctx, scope.StreamerID(row[0].(int64)))
	if err != nil {
		return err
	}
	renamed := &RenamedError{Now: s, Until: moment(row[1])}
	r.cache.put(epoch, cacheKey{name: name}, renamed)
	return renamed
}

// FormerName is a name that still leads to the streamer who had it.
type FormerName struct {
	Username string
	Until    time.Time
}

// FormerNames lists the names that lead to a streamer beside his own, by name.
func (r *Registry) FormerNames(ctx context.Context, id scope.StreamerID) ([]FormerName, error) {
	all := []FormerName{}
	err := r.each(ctx, `SELECT username, until FROM former_names WHERE streamer_id = ?1 AND until > ?2 ORDER BY username`,
		func(row []driver.Value) error {
			all = append(all, FormerName{text(row[0]), moment(row[1])})
			return nil
		}, int64(id), r.o.Now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("former names of streamer %d: %w", id, err)
	}
	return all, nil
}

// ForgetNames removes former names whose grace is over; they have led nowhere since then.
func (r *Registry) ForgetNames(ctx context.Context) error {
	now := r.o.Now().UnixMilli()
	_, err := r.one(ctx, `SELECT username FROM former_names WHERE until <= ?1 LIMIT 1`, now)
	if isNotFound(err) {
		return nil // as nearly always
	}
	if err == nil {
		err = r.write(ctx, func(tx *Tx) error { return tx.run(`DELETE FROM former_names WHERE until <= ?1`, now) })
	}
	if err != nil {
		return fmt.Errorf("forget former names: %w", err)
	}
	return nil
}
