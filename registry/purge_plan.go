package registry

import (
	"context"
	"database/sql/driver"
	"fmt"
	"path"
	"slices"
	"strings"

	"streamvault/migrations"
	"streamvault/shard/scope"
)

// PlanPurge says what Purge would do, and does nothing.
func (r *Registry) PlanPurge(ctx context.Context, id scope.StreamerID, p Purging) (c Certificate, err error) {
	s, err := r.Streamer(ctx, id)
	if err == nil && !p.allows(s.State) {
		err = wrongState(s)
	}
	if err == nil {
		err = r.read(ctx, func(conn *migrations.Conn) error {
			c, err = r.plan(conn, s, p)
			return err
		})
	}
	if err != nil {
		return Certificate{}, fmt.Errorf("plan to purge streamer %d: %w", id, err)
	}
	return c, nil
}

// plan finds everything there is of a streamer.
func (r *Registry) plan(conn *migrations.Conn, s *Streamer, p Purging) (Certificate, error) {
	c := Certificate{Streamer: s.Username, StreamerID: s.ID, ShardUUID: s.ShardUUID, Actor: p.Actor, Removed: []string{}, OutOfReach: []Remnant{}}
	keys, err := conn.Int(`SELECT count(*) FROM keys WHERE streamer_id = ?1`, int64(s.ID))
	if err != nil {
		return c, err
	}
	c.Keys = keys
	if c.Removed, err = r.dir.filesOf(s.ID); err != nil {
		return c, err
	}
	kept, err := r.backupsOf(conn, s, &c)
	if err != nil {
		return c, err
	}
	for _, name := range append(kept, p.Sources...) {
		if r.dir.has(name) && !slices.Contains(c.Removed, name) {
			c.Removed = append(c.Removed, name)
		}
	}
	c.Bytes = r.dir.sizes(c.Removed)
	return c, nil
}

// backupsOf lists the backup files that can be removed, and adds what cannot be to the
// certificate: copies in an object store, and of the registry while it had the wrapped key.
func (r *Registry) backupsOf(conn *migrations.Conn, s *Streamer, c *Certificate) (kept []string, err error) {
	err = conn.Each(`
		SELECT streamer_id, target, file, created_at
		FROM backups
		WHERE streamer_id = ?1
		   OR streamer_id = 0
		  AND created_at >= ?2
		ORDER BY id`, func(row []driver.Value) error {
		target, file, at := text(row[1]), text(row[2]), moment(row[3]).Format("2006-01-02 15:04 UTC")
		switch {
		case row[0] == int64(0):
			c.OutOfReach = append(c.OutOfReach, Remnant{"registry-backup", target + " " + file,
				"made " + at + ": holds the streamer's data key, wrapped; whoever has the master key too can read what was sealed under it"})
		case target == "local":
			file = path.Join("backups", strings.TrimPrefix(file, "backups/"))
			kept = append(kept, file, file+".json")
		default:
			c.OutOfReach = append(c.OutOfReach, Remnant{"backup", target + " " + file,
				"made " + at + ": remove it there; encrypted ones cannot be read any more"})
		}
		return nil
	}, int64(s.ID), s.CreatedAt.UnixMilli())
	if err != nil {
		return nil, err
	}
	exports, err := conn.Int(`SELECT count(*) FROM audit_log WHERE streamer_id = ?1 AND action LIKE '%export%'`, int64(s.ID))
	if exports > 0 {
		c.OutOfReach = append(c.OutOfReach, Remnant{"export", fmt.Sprintf("%d exports, see the audit log", exports), "handed out: whoever has one can read it"})
	}
	if err != nil {
		return nil, err
	}
	reports, err := conn.Int(`SELECT count(*) FROM audit_log WHERE streamer_id = ?1 AND action = 'legacy.import'`, int64(s.ID))
	if reports > 0 {
		c.OutOfReach = append(c.OutOfReach, Remnant{"audit-log", "the report of his import",
			"stays, as all of the log does: it names viewers whose old rows had to be repaired"})
	}
	return kept, err
}
