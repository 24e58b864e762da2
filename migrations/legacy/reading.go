package legacy

import (
	"slices"
	"strings"
)

// allColumns are the columns that a table's loader reads, then all others that the source
// has: what is parked is the whole row.
func (s *Source) allColumns(t table) []string {
	all := slices.Clone(t.columns)
	for _, column := range s.tables[t.name] {
		if !slices.Contains(t.columns, column) {
			all = append(all, column)
		}
	}
	return all
}

// query reads the rowid and columns of a table of a schema, such as "main.". The plus in front of a column keeps the
// driver from reading a text as a time because of how the column was declared.
func (s *Source) query(t table, columns []string, schema string) string {
	parts := make([]string, len(columns)+1)
	parts[0] = "rowid"
	if t.bare {
		parts[0] = "0"
	}
	for i, column := range columns {
		parts[i+1] = "NULL"
		if s.hasColumn(t.name, column) {
			parts[i+1] = "+" + quote(column)
		}
	}
	return `SELECT ` + strings.Join(parts, ", ") + ` FROM ` + schema + quote(t.name)
}

// inOrder makes two runs read the rows in the same order. A table without rowids is read
// by its key anyway.
func inOrder(t table) string {
	if t.bare {
		return ""
	}
	return ` ORDER BY rowid`
}

// surplus notes values in columns that the old app never had: they stay behind.
func (r *row) surplus(t table) {
	for i := len(t.columns); i < len(r.columns); i++ {
		if r.values[i] != nil && !slices.Contains(t.unused, r.columns[i]) {
			r.fault("unknown-column", i)
		}
	}
}
