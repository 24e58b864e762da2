package registry

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// carry brings over what must not be forgotten, in one transaction.
func (x *reinstating) carry() error {
	if err := x.next.Run(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	t := &Tx{x.next, x.q.Now()}
	for _, step := range []func(*Tx) error{x.endSessions, x.carryAudit, x.purged, x.streamers, x.keys, x.backups, x.endJobs, x.note} {
		if err := step(t); err != nil {
			return errors.Join(err, x.next.Run(`ROLLBACK`))
		}
	}
	return x.next.Run(`COMMIT`)
}

func (x *reinstating) endSessions(t *Tx) error {
	for _, table := range []string{"streamer_sessions", "admin_sessions"} {
		n, err := t.c.Int(`SELECT count(*) FROM ` + table)
		if err != nil {
			return err
		}
		x.done.Sessions += n
		if err := t.run(`DELETE FROM ` + table); err != nil {
			return err
		}
	}
	return nil
}

// endJobs ends what was under way when the copy was made, that of the copy itself at the least: what
// became of it the copy does not know. Moves of the fleet can be resumed, for every file says where
// it is.
func (x *reinstating) endJobs(t *Tx) error {
	var under []int64
	err := t.c.Each(`SELECT id FROM jobs WHERE state = 'running' AND kind NOT IN ('migrate', 'rollback') ORDER BY id`, func(row []driver.Value) error {
		under = append(under, row[0].(int64))
		return nil
	})
	for _, id := range under {
		if err == nil {
			_, err = t.moveJob(id, []JobState{JobRunning}, JobCancelled, "job.end", x.q.Actor, nil)
		}
	}
	return err
}

// carryAudit goes on with the chain of the registry of now, when the copy is an earlier state
// of it.
func (x *reinstating) carryAudit(t *Tx) error {
	if x.now == nil {
		return nil
	}
	same, err := x.sameChain(t)
	if err != nil || !same {
		x.done.ChainBroken = err == nil
		return err
	}
	return x.now.Each(`
		SELECT id, at, actor, action, streamer_id, streamer, detail, prev_hash, hash
		FROM audit_log
		WHERE id > ?1
		ORDER BY id`, func(row []driver.Value) error {
		x.done.Carried++
		return t.run(`
			INSERT INTO audit_log (id, at, actor, action, streamer_id, streamer, detail, prev_hash, hash)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`, row...)
	}, x.done.Audited)
}

func (x *reinstating) sameChain(t *Tx) (bool, error) {
	if x.done.Audited == 0 {
		return true, nil
	}
	theirs, err := x.now.Row(`SELECT hash FROM audit_log WHERE id = ?1`, x.done.Audited)
	if isNotFound(found(err)) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	ours, err := t.row(`SELECT hash FROM audit_log WHERE id = ?1`, x.done.Audited)
	return err == nil && string(ours[0].([]byte)) == string(theirs[0].([]byte)), err
}

// keys revokes what must not come back to life.
func (x *reinstating) keys(t *Tx) error {
	alive, known := map[string]bool{}, x.now != nil && !x.done.ChainBroken
	if !known && x.q.Keys == KeysAsNow && x.done.Keys > 0 {
		return ErrKeysUndecided
	}
	if known {
		err := x.now.Each(`SELECT hash FROM keys WHERE revoked_at IS NULL`, func(row []driver.Value) error {
			alive[string(row[0].([]byte))] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	var revoke []int64
	err := t.c.Each(`SELECT id, hash FROM keys WHERE revoked_at IS NULL`, func(row []driver.Value) error {
		if x.q.Keys == KeysRevoke || known && !alive[string(row[1].([]byte))] {
			revoke = append(revoke, row[0].(int64))
		}
		return nil
	})
	for _, id := range revoke {
		err = errors.Join(err, t.run(`UPDATE keys SET revoked_at = ?2 WHERE id = ?1`, id, t.now.UnixMilli()))
	}
	x.done.Revoked = int64(len(revoke))
	return err
}

// purged destroys again who was destroyed since: the copy has their keys.
func (x *reinstating) purged(t *Tx) error {
	if x.now == nil {
		return nil
	}
	if err := errors.Join(x.missing(t, "purges", "streamer_id", nil), x.missing(t, "legacy_rollbacks", "run", nil)); err != nil {
		return err
	}
	n, err := t.c.Int(`SELECT count(*) FROM streamers WHERE id IN (SELECT streamer_id FROM purges UNION SELECT streamer_id FROM legacy_rollbacks)`)
	if err != nil {
		return err
	}
	x.done.Purged = n
	var begun []driver.Value // purges that have destroyed the key and not ended
	err = x.now.Each(`SELECT id FROM streamers WHERE data_key IS NULL`, func(row []driver.Value) error {
		begun = append(begun, row[0])
		return nil
	})
	for _, id := range begun {
		err = errors.Join(err, t.run(`UPDATE streamers SET data_key = NULL, state = 'deleting' WHERE id = ?1`, id))
	}
	return errors.Join(err, t.run(`DELETE FROM streamers WHERE id IN (SELECT streamer_id FROM purges UNION SELECT streamer_id FROM legacy_rollbacks)`))
}

// backups makes the list of backups what it is now: files that were pruned since are gone, and
// those that were made since are there. A registry that is no later state of the copy knows
// nothing of the copy's.
func (x *reinstating) backups(t *Tx) error {
	if x.now == nil || x.done.ChainBroken {
		return nil
	}
	if err := t.run(`DELETE FROM backups`); err != nil {
		return err
	}
	return x.missing(t, "backups", "id", &x.done.Backups)
}

// missing copies the rows of a table that the copy has none of with that key.
func (x *reinstating) missing(t *Tx, table, key string, n *int64) error {
	return x.carryRows(t, table, "ORDER BY "+key, func([]string, []driver.Value) error {
		if n != nil {
			*n++
		}
		return nil
	})
}

// carryRows copies rows of a table of the registry of now, unless the copy has them. edit, unless it
// is nil, may change a row on the way.
func (x *reinstating) carryRows(t *Tx, table, which string, edit func(columns []string, row []driver.Value) error, args ...driver.Value) error {
	query := `SELECT * FROM ` + table + ` ` + which
	rows, err := x.now.Query(query, args)
	if err != nil {
		return err
	}
	columns := rows.Columns()
	if err := rows.Close(); err != nil {
		return err
	}
	places := make([]string, len(columns))
	for i := range places {
		places[i] = fmt.Sprintf("?%d", i+1)
	}
	insert := `INSERT INTO ` + table + ` (` + strings.Join(columns, ", ") + `) VALUES (` + strings.Join(places, ", ") + `) ON CONFLICT DO NOTHING`
	return x.now.Each(query, func(row []driver.Value) error {
		if edit != nil {
			if err := edit(columns, row); err != nil {
				return err
			}
		}
		return t.run(insert, row...)
	}, args...)
}

// note writes down what was done.
func (x *reinstating) note(t *Tx) error {
	return t.audit(Entry{Actor: x.q.Actor, Action: "registry.restore", Detail: map[string]any{
		"backup": x.q.Name, "as_of": x.done.At.UTC(), "audited": x.done.Audited, "carried": x.done.Carried, "revoked": x.done.Revoked,
		"keys": string(x.q.Keys), "purged": x.done.Purged, "replaced_was_readable": x.done.Readable}})
}
