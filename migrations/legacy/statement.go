package legacy

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"streamvault/migrations"
)

// prepare makes a statement that is closed when the run ends: an open one would keep the
// new file open.
func (b *build) prepare(c *migrations.Conn, sql string) (driver.Stmt, error) {
	s, err := c.Prepare(sql)
	if err == nil {
		b.statements = append(b.statements, s)
	}
	return s, err
}

// release closes the statements.
func (b *build) release() error {
	var errs []error
	for _, s := range b.statements {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// exec runs a prepared statement and says how many rows it changed. A nil *string is NULL.
func exec(s driver.Stmt, args ...any) (int64, error) {
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
		if text, ok := a.(*string); ok {
			named[i].Value = nil
			if text != nil {
				named[i].Value = *text
			}
		}
	}
	result, err := s.(driver.StmtExecContext).ExecContext(context.Background(), named)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// found says whether a prepared query has a row.
func found(s driver.Stmt, args ...driver.Value) (bool, error) {
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), named)
	if err != nil {
		return false, err
	}
	err = rows.Next(make([]driver.Value, len(rows.Columns())))
	if errors.Is(err, io.EOF) {
		return false, rows.Close()
	}
	return err == nil, errors.Join(err, rows.Close())
}

// run is exec for whom the number does not matter.
func run(s driver.Stmt, args ...any) error {
	_, err := exec(s, args...)
	return err
}
