package registry

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// streamers brings over what the files on the disk depend on: of whom the copy knows, which file
// is in service now; who came since, as the registry of now has him, with his data key and his
// access keys, for nothing else opens what was sealed for him. Who was being made when the copy was
// made is one of those who came since, or nobody: a sweep would take his file away.
func (x *reinstating) streamers(t *Tx) error {
	if err := t.run(`DELETE FROM streamers WHERE state = 'creating'`); err != nil {
		return err
	}
	if x.now == nil || x.done.ChainBroken {
		return t.trashAnew()
	}
	return errors.Join(x.lead(t), x.came(t))
}

// trashAnew lets the time in the trash begin again: nobody knows who was had back since.
func (t *Tx) trashAnew() error {
	return t.run(`
		UPDATE streamers
		SET purge_after = ?1 + purge_after - state_since, state_since = ?1
		WHERE state = 'trashed'
		  AND purge_after IS NOT NULL`, t.now.UnixMilli())
}

// lead notes of everybody whom the copy knows the generation and version of his file of now, and
// whether he was had back from the trash.
func (x *reinstating) lead(t *Tx) error {
	return x.now.Each(`
		SELECT id, shard_uuid, generation, schema_version, commit_mark,
		       state, state_reason, suspension, trashed_from, purge_after, state_since
		FROM streamers
		WHERE state <> 'creating'`, func(row []driver.Value) error {
		was, err := t.row(`SELECT username, generation FROM streamers WHERE id = ?1 AND shard_uuid = ?2`, row[0], row[1])
		if isNotFound(err) {
			return nil // destroyed since
		}
		if err != nil {
			return err
		}
		if was[1] != row[2] {
			x.done.Led = append(x.done.Led, text(was[0]))
		}
		return errors.Join(
			t.run(`
			UPDATE streamers
			SET generation = ?3, schema_version = ?4, commit_mark = ?5
			WHERE id = ?1
			  AND shard_uuid = ?2`, row[:5]...),
			t.run(`
			UPDATE streamers
			SET state = ?2, state_reason = ?3, suspension = ?4, trashed_from = ?5, purge_after = ?6, state_since = ?7
			WHERE id = ?1
			  AND state = 'trashed'`, append([]driver.Value{row[0]}, row[5:]...)...))
	})
}

// came brings who came since. A name or Kick id that somebody has in the copy stays his.
func (x *reinstating) came(t *Tx) error {
	known := []int64{}
	err := t.c.Each(`SELECT id FROM streamers`, func(row []driver.Value) error {
		known = append(known, row[0].(int64))
		return nil
	})
	if err != nil {
		return err
	}
	ids, err := json.Marshal(known)
	if err != nil {
		return err
	}
	err = x.carryRows(t, "streamers", "WHERE id NOT IN (SELECT value FROM json_each(?1)) AND state <> 'creating'", func(columns []string, row []driver.Value) error {
		at := func(name string) *driver.Value { return &row[slices.Index(columns, name)] }
		if err := t.unlessTaken("username", at("username"), fmt.Sprintf("recovered-%d", *at("id"))); err != nil {
			return err
		}
		x.done.Came = append(x.done.Came, text(*at("username")))
		return t.unlessTaken("kick_user_id", at("kick_user_id"), nil)
	}, string(ids))
	if err != nil {
		return err
	}
	return x.carryRows(t, "keys", "WHERE streamer_id IN (SELECT id FROM streamers WHERE id NOT IN (SELECT value FROM json_each(?1)) AND state <> 'creating')", nil, string(ids))
}

// unlessTaken replaces what must be nobody's in the copy and is somebody's.
func (t *Tx) unlessTaken(column string, value *driver.Value, other driver.Value) error {
	n, err := t.c.Int(`SELECT count(*) FROM streamers WHERE `+column+` = ?1`, *value)
	if err == nil && n > 0 {
		*value = other
	}
	return err
}
