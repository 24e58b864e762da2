package migrations

import (
	"database/sql/driver"
	"fmt"
	"slices"
)

// CheckSchema holds every object of a database against those that our own migrations make
// at that version: nothing missing, nothing else, each by the same words. The error is
// ErrDamaged.
func (f *Family) CheckSchema(c *Conn, version int) error {
	want, err := f.schema(version)
	if err != nil {
		return err
	}
	got, err := objects(c)
	if err != nil {
		return openError(err)
	}
	for _, o := range got {
		if !slices.Contains(want, o) {
			return fmt.Errorf("%w: its %s %s is not of version %d of the schema", ErrDamaged, o.kind, o.name, version)
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%w: %d tables and indexes instead of %d", ErrDamaged, len(got), len(want))
	}
	return nil
}

// object is a line of the schema.
type object struct{ kind, name, table, sql string }

func objects(c *Conn) (all []object, err error) {
	err = c.Each(`SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema WHERE name <> 'sqlite_stat1'`, func(row []driver.Value) error {
		all = append(all, object{row[0].(string), row[1].(string), row[2].(string), row[3].(string)})
		return nil
	})
	return all, err
}
