package scope

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// StreamerID names a streamer and so a file: 1 to 2^20, never used twice.
type StreamerID int64

// Row is one result row while a scan function looks at it. Columns count from 0. A
// column of another type than asked for is a mistake in the statement and panics; the
// executor turns that into an error of the call.
type Row struct{ values []driver.Value }

// Int returns an INTEGER column.
func (r Row) Int(i int) int64 {
	n, ok := r.values[i].(int64)
	if !ok {
		panic(fmt.Sprintf("column %d is %T, not an integer", i, r.values[i]))
	}
	return n
}

// IsNull says that a column holds no value.
func (r Row) IsNull(i int) bool { return r.values[i] == nil }

// Text returns a TEXT column, or "" for NULL.
func (r Row) Text(i int) string {
	switch v := r.values[i].(type) {
	case string:
		return v
	case nil:
		return ""
	}
	panic(fmt.Sprintf("column %d is %T, not text", i, r.values[i]))
}

// TextOrNil returns a TEXT column, or nil for NULL.
func (r Row) TextOrNil(i int) *string {
	if r.values[i] == nil {
		return nil
	}
	s := r.Text(i)
	return &s
}

// Bytes returns a BLOB column, or nil for NULL. The slice is the caller's.
func (r Row) Bytes(i int) []byte {
	switch v := r.values[i].(type) {
	case []byte:
		return v
	case nil:
		return nil
	}
	panic(fmt.Sprintf("column %d is %T, not a blob", i, r.values[i]))
}

// Bool returns an INTEGER column that holds 0 or 1.
func (r Row) Bool(i int) bool { return r.Int(i) != 0 }

// Time returns an INTEGER column of Unix milliseconds, in UTC.
func (r Row) Time(i int) time.Time { return time.UnixMilli(r.Int(i)).UTC() }

// TimeOrNil is Time, or nil for NULL.
func (r Row) TimeOrNil(i int) *time.Time {
	if r.values[i] == nil {
		return nil
	}
	t := r.Time(i)
	return &t
}
