package restore

import (
	"database/sql/driver"
	"fmt"
)

// index comes back after all rows, with what the planner knows of it.
type index struct{ name, sql, table, stat string }

// dropIndexes takes the indexes of a large file away while its rows are carried: building one
// at once is several times as fast as row by row. Unique ones stay, they are rules.
func (b *build) dropIndexes() (all []index, err error) {
	if !b.large {
		return nil, nil
	}
	err = b.c.Each(`
		SELECT i.name, i.sql, i.tbl_name, s.stat
		FROM main.sqlite_schema i
		JOIN main.sqlite_stat1 s ON s.idx = i.name
		WHERE i.type = 'index' AND i.sql LIKE 'CREATE INDEX%'
		ORDER BY i.name`, func(row []driver.Value) error {
		all = append(all, index{row[0].(string), row[1].(string), row[2].(string), row[3].(string)})
		return nil
	})
	for _, i := range all {
		if err == nil {
			err = b.c.Run(`DROP INDEX main.` + quote(i.name))
		}
	}
	return all, err
}

func (b *build) createIndexes(all []index) error {
	for _, i := range all {
		if err := b.c.Run(i.sql); err != nil {
			return fmt.Errorf("build index %s: %w", i.name, err)
		}
		err := b.c.Run(`INSERT INTO main.sqlite_stat1 (tbl, idx, stat) VALUES (?1, ?2, ?3)`, i.table, i.name, i.stat)
		if err != nil {
			return err
		}
	}
	return nil
}
