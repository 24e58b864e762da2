package legacy

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/mattn/go-sqlite3"

	"streamvault/migrations"
)

// maxOldValueBytes bounds one row or value of a source in memory.
const maxOldValueBytes = 64 << 20

// old is a connection to the private copy. The file is not ours and has no identity, so it
// does not come through migrations.Open; nothing in it is run: no trigger fires, for
// nothing is written, and no view is read.
type old struct{ *migrations.Conn }

func openOld(path string) (old, error) {
	if err := ordinary(); err != nil {
		return old{}, err
	}
	d, err := (&sqlite3.SQLiteDriver{}).Open(uriOf(path, url.Values{"_query_only": {"1"}, "_mutex": {"no"}, "_cache_size": {"-8192"}}))
	if err != nil {
		return old{}, err
	}
	o := old{&migrations.Conn{SQLiteConn: d.(*sqlite3.SQLiteConn)}}
	o.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
	o.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, maxOldValueBytes)
	if err := o.settle(); err != nil {
		return old{}, errors.Join(err, o.Close())
	}
	return o, nil
}

func uriOf(path string, q url.Values) string {
	u := url.URL{Scheme: "file", Path: path, RawQuery: "mode=rw&" + q.Encode()}
	return u.String()
}

// settle sets the rest and reads back what keeps us safe. A rule that the old schema
// checked and its data breaks is data to repair, not damage, so such rules are off.
func (o old) settle() error {
	err := o.Run(`PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;
		PRAGMA ignore_check_constraints = ON`)
	if err != nil {
		return err
	}
	row, err := o.Row(`SELECT query_only, trusted_schema FROM pragma_query_only, pragma_trusted_schema`)
	if err != nil {
		return err
	}
	if row[0] != int64(1) || row[1] != int64(0) {
		return fmt.Errorf("settings of an old file read back as %v", row)
	}
	o.RegisterAuthorizer(readingOnly)
	return nil
}

// readingOnly lets statements read, call functions and ask pragmas, and nothing else:
// whatever hides in the file's own schema cannot do more.
func readingOnly(action int, _, _, _ string) int {
	switch action {
	case sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_PRAGMA:
		return sqlite3.SQLITE_OK
	}
	return sqlite3.SQLITE_DENY
}

// each calls fn with every row of a query until the context ends. The slice is reused.
func (o old) each(ctx context.Context, sql string, fn func([]driver.Value) error, args ...driver.Value) (err error) {
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	rows, err := o.QueryContext(ctx, sql, named)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := fn(values); err != nil {
			return err
		}
	}
}
