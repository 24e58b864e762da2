package legacy

import (
	"database/sql/driver"
	"strings"
)

// verdict is what becomes of a row.
type verdict int

const (
	carried  verdict = iota // or repaired, when the row has faults
	skipped                 // for a reason that is noted, not parked
	rejected                // parked in legacy_rejects
	deferred                // asked again after the rest of its table
)

// row is one row of the source while its loader looks at it.
type row struct {
	table   string
	id      int64 // rowid in the source
	columns []string
	values  []driver.Value
	again   bool // it was deferred before
	faults  []fault
	newID   int64 // what it became, for the sums
}

// fault is one thing about a row that did not fit.
type fault struct {
	code   string
	column string
}

func (r *row) fault(code string, column int) {
	r.faults = append(r.faults, fault{code, r.columns[column]})
}

// reject parks the row.
func (r *row) reject(code string, column int) (verdict, error) {
	r.faults = r.faults[:0]
	r.fault(code, column)
	return rejected, nil
}

// reason lists the faults for people: "negative channel_points, no-time last_updated".
func (r *row) reason() string {
	parts := make([]string, len(r.faults))
	for i, f := range r.faults {
		parts[i] = strings.TrimSpace(f.code + " " + f.column)
	}
	return strings.Join(parts, ", ")
}
