package registry

import (
	"database/sql/driver"
	"fmt"
	"slices"
)

// streamers brings over what the files on the disk depend on: of whom the copy knows, which file
// is in service now; who came since, as the registry of now has him, with his data key and his
// access keys, for nothing else opens what was sealed for him.
func (x *reinstating) streamers(t *Tx) error {
	if x.now == nil || x.done.ChainBroken {
		return nil
	}
	last, err := t.c.Int(`SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'streamers'`)
	if err != nil {
		return err
	}
	if err := x.lead(t, last); err != nil {
		return err
	}
	return x.came(t, last)
}

// lead notes of everybody whom the copy knows the generation and version of his file of now.
func (x *reinstating) lead(t *Tx, last int64) error {
	return x.now.Each(`SELECT id, shard_uuid, generation, schema_version, commit_mark FROM streamers WHERE id <= ?1`, func(row []driver.Value) error {
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
		return t.run(`
			UPDATE streamers
			SET generation = ?3, schema_version = ?4, commit_mark = ?5
			WHERE id = ?1
			  AND shard_uuid = ?2`, row...)
	}, last)
}

// came brings who came since. A name or Kick id that somebody has in the copy stays his.
func (x *reinstating) came(t *Tx, last int64) error {
	err := x.carryRows(t, "streamers", "WHERE id > ?1 AND state <> 'creating'", func(columns []string, row []driver.Value) error {
		at := func(name string) *driver.Value { return &row[slices.Index(columns, name)] }
		if err := t.unlessTaken("username", at("username"), fmt.Sprintf("recovered-%d", *at("id"))); err != nil {
			return err
		}
		x.done.Came = append(x.done.Came, text(*at("username")))
		return t.unlessTaken("kick_user_id", at("kick_user_id"), nil)
	}, last)
	if err != nil {
		return err
	}
	return x.carryRows(t, "keys", "WHERE streamer_id IN (SELECT id FROM streamers WHERE id > ?1 AND state <> 'creating')", nil, last)
}

// unlessTaken replaces what must be nobody's in the copy and is somebody's.
func (t *Tx) unlessTaken(column string, value *driver.Value, other driver.Value) error {
	n, err := t.c.Int(`SELECT count(*) FROM streamers WHERE `+column+` = ?1`, *value)
	if err == nil && n > 0 {
		*value = other
	}
	return err
}
