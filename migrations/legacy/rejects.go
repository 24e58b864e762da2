package legacy

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"unicode/utf8"
)

const parkSQL = `INSERT INTO legacy_rejects (streamer_id, source_table, source_row, kind, reason, created_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6)`

// parkRow keeps a row of the source as it was, beside what was made of it.
func (b *build) parkRow(r *row, v verdict) error {
	kind := "repaired"
	if v == rejected {
		kind = "rejected"
	}
	body, err := json.Marshal(b.cells(r))
	if err != nil {
		return err
	}
	b.tally.parked++
	return run(b.park, b.streamer, r.table, string(body), kind, r.reason(), b.src.newest)
}

// cell is one value of a parked row with its storage class. A text that JSON cannot hold
// and a blob are Hex; a value too long to park is cut, with the SHA-256 of all of it.
type cell struct {
	Type     string `json:"type"`
	Value    any    `json:"value,omitempty"`
	Hex      string `json:"hex,omitempty"`
	Redacted bool   `json:"redacted,omitempty"`
	Bytes    int    `json:"bytes,omitempty"`
	SHA256   string `json:"sha256,omitempty"`
}

func (b *build) cells(r *row) map[string]cell {
	cells := make(map[string]cell, len(r.columns))
	for i, column := range r.columns {
		if !b.src.hasColumn(r.table, column) || b.src.json && column == rejectedColumn {
			continue
		}
		c := newCell(r.values[i])
		if secret(column) && c.Type != "null" {
			c = cell{Type: c.Type, Redacted: true}
		}
		cells[column] = c
	}
	return cells
}

// maxCellBytes is how much of a value is parked; the sealed source has all of it.
const maxCellBytes = 256 << 10

func newCell(v driver.Value) cell {
	switch v := v.(type) {
	case int64:
		return cell{Type: "integer", Value: v}
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return cell{Type: "real", Value: map[bool]string{true: "Infinity", false: "-Infinity"}[v > 0]}
		}
		return cell{Type: "real", Value: v}
	case string:
		c := cell{Type: "text"}
		cut := c.cut(v)
		if utf8.ValidString(cut) {
			c.Value = cut
		} else {
			c.Hex = hex.EncodeToString([]byte(cut))
		}
		return c
	case []byte:
		c := cell{Type: "blob"}
		c.Hex = hex.EncodeToString([]byte(c.cut(string(v))))
		return c
	}
	return cell{Type: "null"}
}

func (c *cell) cut(v string) string {
	if len(v) <= maxCellBytes {
		return v
	}
	sum := sha256.Sum256([]byte(v))
	c.Bytes, c.SHA256 = len(v), hex.EncodeToString(sum[:])
	return v[:maxCellBytes]
}

// secret says that a column's values may open something, by its name: what is parked must
// hold nothing that can be used.
func secret(column string) bool {
	name := strings.ToLower(column)
	for _, word := range []string{"token", "secret", "passw", "code", "apikey", "api_key", "session", "credential", "private"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// unknownTable parks every row of a table that the old app never had.
func unknownTable(name string, columns []string) table {
	return table{name: name, columns: columns, bare: true,
		open: func(*build) (loader, error) { return parkAll{}, nil }}
}

type parkAll struct{}

func (parkAll) load(r *row) (verdict, error) {
	r.faults = append(r.faults, fault{code: "unknown-table"})
	return rejected, nil
}

func (parkAll) finish() error { return nil }
