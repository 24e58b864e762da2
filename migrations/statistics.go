package migrations

import (
	"database/sql/driver"
	"fmt"
	"strings"
)

// assumedRows is how long every table is taken to be.
const assumedRows = 1_000_000

// describe tells SQLite's planner what a shard looks like, whatever is in it so far: long
// tables in which streamer_id alone finds every row. Without it the planner takes any
// equality for a good one and may read all that a streamer owns to find one viewer. It
// belongs to every step, so that an index never goes undescribed.
func describe(c *Conn) error {
	// The first makes the table of statistics, the last has the planner read it.
	if err := c.Run(`ANALYZE sqlite_schema; DELETE FROM sqlite_stat1`); err != nil {
		return err
	}
	type index struct{ table, name, stat string }
	var all []index
	err := c.Each(`
		SELECT t.name, i.name, t.wr AND i.origin = 'pk', i."unique",
		       (SELECT count(*) FROM pragma_index_info(i.name))
		FROM pragma_table_list t
		JOIN pragma_index_list(t.name) i
		WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
		ORDER BY t.name, i.name`,
		func(row []driver.Value) error {
			x := index{row[0].(string), row[1].(string), statOf(row[4].(int64), row[3] == int64(1))}
			if row[2] == int64(1) {
				x.name = x.table // the table is its own primary key
			}
			all = append(all, x)
			return nil
		})
	if err != nil {
		return err
	}
	for _, x := range all {
		if err := c.Run(`INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?1, ?2, ?3)`, x.table, x.name, x.stat); err != nil {
			return err
		}
	}
	return c.Run(`ANALYZE sqlite_schema`)
}

// describe does for a file of a version what describe does for a schema, without looking: files
// of one version are alike. A connection that is to plan by it must read it again (reread):
// every time it does, SQLite reads the whole schema anew.
func (f *Family) describe(c *Conn, version int) error {
	if f.Name != "tenant" || version == 0 {
		return nil
	}
	t, err := f.template(version, PageSize)
	if err != nil {
		return err
	}
	kept, err := c.Int(`SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'`)
	if err == nil && kept == 0 { // somebody has removed it
		err = reread(c)
	}
	if err != nil {
		return err
	}
	return c.Run(`DELETE FROM sqlite_stat1; ` + t.statistics)
}

// reread has the planner of a connection read the statistics of a file that was migrated; it
// makes their table where there is none.
func reread(c *Conn) error { return c.Run(`ANALYZE sqlite_schema`) }

// statisticsOf is the SQL that gives another file the description of this one.
func statisticsOf(c *Conn) (string, error) {
	row, err := c.Row(`
		SELECT 'INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ' || group_concat(format('(%Q, %Q, %Q)', tbl, idx, stat), ', ')
		FROM (SELECT * FROM sqlite_stat1 ORDER BY tbl, idx)`)
	if err != nil {
		return "", err
	}
	return row[0].(string), nil
}

// statOf is how many rows share the first one, two, ... columns of an index.
func statOf(columns int64, unique bool) string {
	parts := []string{fmt.Sprint(assumedRows)}
	same := assumedRows
	for i := range columns {
		switch {
		case i == 0:
		case i == columns-1 && unique:
			same = 1
		default:
			same = max(same/1000, 1)
		}
		parts = append(parts, fmt.Sprint(same))
	}
	return strings.Join(parts, " ")
}
