package scope

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/mattn/go-sqlite3"

	"streamvault/migrations"
)

// conn is a connection with its prepared statements, for one goroutine at a time.
type conn struct {
	*migrations.Conn
	owner    StreamerID
	prepared []*sqlite3.SQLiteStmt // by statement number
	controls [len(controlText)]*sqlite3.SQLiteStmt
	named    []driver.NamedValue // scratch
	values   []driver.Value      // scratch
}

func newConn(c *migrations.Conn, owner StreamerID, writer bool) *conn {
	c.RegisterAuthorizer(authorizer(writer))
	return &conn{Conn: c, owner: owner}
}

// limit makes SQLite refuse to grow the file beyond some bytes.
func (c *conn) limit(bytes, pageSize int64) error {
	if bytes <= 0 {
		return nil
	}
	return c.Run(fmt.Sprintf(`PRAGMA max_page_count = %d`, bytes/pageSize))
}

// close finalizes the statements before the connection, which would otherwise linger.
func (c *conn) close() error {
	var errs []error
	for _, s := range append(c.prepared, c.controls[:]...) {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(append(errs, c.Close())...)
}

func (c *conn) stmt(st Statement) (*sqlite3.SQLiteStmt, error) {
	if st.statement == nil {
		return nil, errors.New("an empty statement")
	}
	if st.number < len(c.prepared) && c.prepared[st.number] != nil {
		return c.prepared[st.number], nil
	}
	s, err := c.Prepare(st.text)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", classify(err))
	}
	for len(c.prepared) <= st.number {
		c.prepared = append(c.prepared, nil)
	}
	c.prepared[st.number] = s.(*sqlite3.SQLiteStmt)
	return c.prepared[st.number], nil
}

// What ends and begins transactions, and what is asked of the file now and then.
const (
	begin = iota
	commit
	rollback
	savepoint
	release
	rollbackTo
	logLength // busy, pages in the log, pages of them that were copied
	pageCount
	freePages
)

var controlText = [...]string{`BEGIN IMMEDIATE`, `COMMIT`, `ROLLBACK`, `SAVEPOINT operation`, `RELEASE operation`, `ROLLBACK TO operation`,
	`PRAGMA wal_checkpoint(NOOP)`, `PRAGMA page_count`, `PRAGMA freelist_count`}

func (c *conn) controlStmt(which int) (*sqlite3.SQLiteStmt, error) {
	if c.controls[which] == nil {
		s, err := c.Prepare(controlText[which])
		if err != nil {
			return nil, classify(err)
		}
		c.controls[which] = s.(*sqlite3.SQLiteStmt)
	}
	return c.controls[which], nil
}

func (c *conn) control(which int) error {
	s, err := c.controlStmt(which)
	if err == nil {
		_, err = s.ExecContext(context.Background(), nil)
	}
	return classify(err)
}

// figures reads the one row of integers that a control statement answers.
func (c *conn) figures(which int) (row [3]int64, err error) {
	s, err := c.controlStmt(which)
	if err != nil {
		return row, err
	}
	rows, err := s.QueryContext(context.Background(), nil)
	if err != nil {
		return row, classify(err)
	}
	err = c.step(rows, func(r Row) error {
		for i := range min(len(row), len(r.values)) {
			row[i] = r.Int(i)
		}
		return nil
	})
	return row, errors.Join(err, classify(rows.Close()))
}

// bind puts the owner first and holds the count against the statement.
func (c *conn) bind(s *sqlite3.SQLiteStmt, args []any) ([]driver.NamedValue, error) {
	if want := s.NumInput() - 1; want != len(args) {
		return nil, fmt.Errorf("statement takes %d arguments after the owner, got %d", want, len(args))
	}
	c.named = append(c.named[:0], driver.NamedValue{Ordinal: 1, Value: int64(c.owner)})
	for i, a := range args {
		v, err := value(a)
		if err != nil {
			return nil, err
		}
		c.named = append(c.named, driver.NamedValue{Ordinal: i + 2, Value: v})
	}
	return c.named, nil
}

// value turns a Go value into one of SQLite's: typed ids and names by their kind,
// times as Unix milliseconds, nil pointers as NULL.
func value(a any) (driver.Value, error) {
	switch v := a.(type) {
	case nil, int64, string, []byte:
		return v, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case time.Time:
		return v.UnixMilli(), nil
	}
	switch v := reflect.ValueOf(a); v.Kind() {
	case reflect.Int, reflect.Int64, reflect.Int32:
		return v.Int(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return value(v.Elem().Interface())
	}
	return nil, fmt.Errorf("an argument of type %T", a)
}

func (c *conn) exec(st Statement, args []any) (n int64, err error) {
	if st.statement != nil && st.returns {
		// The driver would leave a statement with rows open, and the commit would fail.
		err = c.query(st, args, func(Row) error { n++; return nil })
		return n, err
	}
	s, err := c.stmt(st)
	if err != nil {
		return 0, err
	}
	bound, err := c.bind(s, args)
	if err != nil {
		return 0, err
	}
	// The driver starts a goroutine for a context that can be cancelled.
	result, err := s.ExecContext(context.Background(), bound)
	if err != nil {
		return 0, classify(err)
	}
	return result.RowsAffected()
}

func (c *conn) query(st Statement, args []any, each func(Row) error) (err error) {
	s, err := c.stmt(st)
	if err != nil {
		return err
	}
	bound, err := c.bind(s, args)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(context.Background(), bound)
	if err != nil {
		return classify(err)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read a row: %v", r)
		}
		if closeErr := rows.Close(); closeErr != nil {
			err = errors.Join(err, classify(closeErr))
		}
	}()
	return c.step(rows, each)
}

func (c *conn) step(rows driver.Rows, each func(Row) error) error {
	n := len(rows.Columns())
	if cap(c.values) < n {
		c.values = make([]driver.Value, n)
	}
	for {
		switch err := rows.Next(c.values[:n]); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return classify(err)
		}
		if err := each(Row{c.values[:n]}); err != nil {
			return err
		}
	}
}
