package restore

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"streamvault/migrations"
)

// apart are the tables that say what a file is. A fresh file has its own.
const apart = `'streamers', 'shard_identity', 'schema_migrations'`

// kind is what a column holds.
type kind int

const (
	plain  kind = iota
	owner       // the streamer
	id          // a row id of this file, or a reference to one: counts from the streamer's base
	upload      // may hold the address of a picture in this file
)

type column struct {
	name string
	kind kind
}

// plan is how the rows of a table are read.
type plan struct {
	table   string
	columns []column // without generated ones
	key     []string // in its order
}

// plans describes every table with content, by name. The schema says it all: a row id is the
// key of an AUTOINCREMENT table, and a reference to one is a foreign key.
func plans(c *migrations.Conn) (all []plan, err error) {
	var names []string
	err = c.Each(`
		SELECT name
		FROM pragma_table_list
		WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN (`+apart+`)
		ORDER BY name`, func(row []driver.Value) error {
		names = append(names, row[0].(string))
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		p, err := planOf(c, name)
		if err != nil {
			return nil, fmt.Errorf("plan of %s: %w", name, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func planOf(c *migrations.Conn, table string) (plan, error) {
	p := plan{table: table}
	numbered, err := c.Int(`SELECT count(*) FROM sqlite_schema WHERE name = ?1 AND sql LIKE '%AUTOINCREMENT%'`, table)
	if err != nil {
		return p, err
	}
	references := map[string]bool{}
	err = c.Each(`SELECT "from" FROM pragma_foreign_key_list(?1) WHERE "to" = 'id' AND "table" <> 'streamers'`,
		func(row []driver.Value) error { references[row[0].(string)] = true; return nil }, table)
	if err != nil {
		return p, err
	}
	err = c.Each(`SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid`, func(row []driver.Value) error {
		name := row[0].(string)
		col := column{name: name}
		switch {
		case name == "streamer_id":
			col.kind = owner
		case references[name], numbered == 1 && name == "id":
			col.kind = id
		case table == "users" && name == "drop_image":
			col.kind = upload
		}
		p.columns = append(p.columns, col)
		return nil
	}, table)
	if err != nil {
		return p, err
	}
	err = c.Each(`SELECT name FROM pragma_table_xinfo(?1) WHERE pk > 0 ORDER BY pk`,
		func(row []driver.Value) error { p.key = append(p.key, row[0].(string)); return nil }, table)
	return p, err
}

// list names the columns, without the owner where asked.
func (p plan) list(withOwner bool, as func(column) string) string {
	var parts []string
	for _, c := range p.columns {
		if c.kind != owner || withOwner {
			parts = append(parts, as(c))
		}
	}
	return strings.Join(parts, ", ")
}

func quoted(c column) string { return quote(c.name) }

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (p plan) order() string {
	parts := make([]string, len(p.key))
	for i, k := range p.key {
		parts[i] = quote(k)
	}
	return strings.Join(parts, ", ")
}
