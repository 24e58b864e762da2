package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"streamvault/shard/scope"
)

// Purging says how to destroy a streamer.
type Purging struct {
	Force   bool     // also one who is not in the trash
	Due     bool     // only one whose time in the trash is over
	Sources []string // what else was sealed under his key, below the data directory
	Actor   string
}

// Certificate says what was destroyed of a streamer, and what was out of reach.
type Certificate struct {
	Streamer       string           `json:"streamer"`
	StreamerID     scope.StreamerID `json:"streamerId"`
	ShardUUID      string           `json:"shardUuid"`
	Actor          string           `json:"actor"`
	KeyDestroyedAt *time.Time       `json:"keyDestroyedAt"` // null of a dry run
	PurgedAt       *time.Time       `json:"purgedAt"`       // null until all is gone
	Removed        []string         `json:"removed"`        // files, below the data directory
	Bytes          int64            `json:"bytes"`          // of these files
	Keys           int64            `json:"keys"`           // access keys
	OutOfReach     []Remnant        `json:"outOfReach"`
}

// Remnant is something of a purged streamer that may be left elsewhere.
type Remnant struct {
	What string `json:"what"` // backup, registry-backup, export, audit-log
	Name string `json:"name"` // target and file, or a sentence
	Note string `json:"note"` // what can be read of it
}

// Purge destroys a streamer who is in the trash: first the data key, under which his secrets
// and encrypted backups are sealed, and every trace of it in registry.db and its log; then his
// files, backups on this machine included; last his row, so that name and Kick id are free.
// Nobody may have his file open. What was done stays in the audit log and in purges. After a
// failure or a crash anywhere the streamer is Deleting, and calling again finishes; nobody
// can have him back from then on. It returns a StateError for one who is not in the trash.
func (r *Registry) Purge(ctx context.Context, id scope.StreamerID, p Purging) (Certificate, error) {
	c, err := r.shred(ctx, id, p)
	if err == nil {
		err = firstError(
			func() error { return r.dir.step("empty log", func() error { return r.emptyLog(ctx) }) },
			func() error { return r.dir.removeAll(c.Removed) },
			func() error { return r.dir.step("certify", func() error { return r.certify(ctx, &c) }) })
	}
	if err != nil {
		return Certificate{}, fmt.Errorf("purge streamer %d: %w", id, err)
	}
	return c, nil
}

func (p Purging) allows(s State) bool {
	if p.Force {
		return s != Creating && s != Migrating
	}
	return s == Trashed || s == Deleting
}

// shred destroys the key and writes down what is to be removed. A purge that is taken up again
// has a key no more, and removes what it had written down and what it finds besides.
func (r *Registry) shred(ctx context.Context, id scope.StreamerID, p Purging) (c Certificate, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		s, err := tx.streamer(id)
		if err != nil {
			return err
		}
		if !p.allows(s.State) || p.Due && s.PurgeAfter != nil && s.PurgeAfter.After(tx.now) {
			return wrongState(s)
		}
		if c, err = r.plan(tx.c, s, p); err != nil {
			return err
		}
		if s.State == Deleting {
			if begun, err := tx.resume(&c); begun || err != nil {
				return err
			}
		}
		at := tx.now.UTC().Truncate(time.Millisecond)
		c.KeyDestroyedAt = &at
		err = tx.run(`
			UPDATE streamers
			SET state = 'deleting', data_key = NULL, purge_after = NULL, state_since = ?2, updated_at = ?2
			WHERE id = ?1`, int64(id), tx.now.UnixMilli())
		return errors.Join(err,
			tx.run(`DELETE FROM keys WHERE streamer_id = ?1`, int64(id)),
			tx.run(`DELETE FROM streamer_sessions WHERE streamer_id = ?1`, int64(id)),
			tx.note(c),
			tx.audit(Entry{Actor: p.Actor, Action: "streamer.purge.begin", Streamer: s, Detail: c}))
	})
	return c, err
}

// note keeps the certificate as it is so far.
func (t *Tx) note(c Certificate) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return t.run(`
		INSERT INTO purges (streamer_id, streamer, shard_uuid, certificate, purged_at)
		VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (streamer_id) DO UPDATE SET certificate = ?4, purged_at = ?5`,
		int64(c.StreamerID), c.Streamer, c.ShardUUID, string(body), t.now.UnixMilli())
}

// resume adds what was written down when the purge began, if it did.
func (t *Tx) resume(c *Certificate) (bool, error) {
	row, err := t.row(`SELECT certificate FROM purges WHERE streamer_id = ?1`, int64(c.StreamerID))
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var begun Certificate
	if err := json.Unmarshal([]byte(text(row[0])), &begun); err != nil {
		return false, err
	}
	for _, name := range c.Removed {
		if !slices.Contains(begun.Removed, name) {
			begun.Removed = append(begun.Removed, name)
		}
	}
	*c = begun
	return true, nil
}

// certify ends a purge: the streamer's row goes with all that belongs to it.
func (r *Registry) certify(ctx context.Context, c *Certificate) error {
	return r.write(ctx, func(tx *Tx) error {
		s, err := tx.streamer(c.StreamerID)
		if err != nil {
			return err
		}
		at := tx.now.UTC().Truncate(time.Millisecond)
		c.PurgedAt = &at
		return errors.Join(
			tx.note(*c),
			tx.run(`DELETE FROM backups WHERE streamer_id = ?1 AND target = 'local'`, int64(s.ID)),
			tx.run(`DELETE FROM streamers WHERE id = ?1`, int64(s.ID)),
			tx.audit(Entry{Actor: c.Actor, Action: "streamer.purge", Streamer: s, Detail: c}))
	})
}

// PurgeDue lists who has to be purged: those whose time in the trash is over, and those whose
// purge a crash has interrupted.
func (r *Registry) PurgeDue(ctx context.Context) ([]*Streamer, error) {
	return r.list(ctx, `
		SELECT `+streamerColumns+`
		FROM streamers
		WHERE state = 'deleting'
		   OR state = 'trashed'
		  AND purge_after <= ?1
		ORDER BY id`, r.o.Now().UnixMilli())
}
