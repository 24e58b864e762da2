package legacy

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// handover is a Copy on its way to the process that opens it.
type handover struct {
	SHA256, From, Real, Path string
	Bytes, Tail              int64
	JSON                     bool
	Parts                    []handedPart
}

type handedPart struct {
	Name   string
	Size   int64
	SHA256 []byte
}

// MarshalJSON lets another process open the copy.
func (c *Copy) MarshalJSON() ([]byte, error) {
	h := handover{SHA256: c.SHA256, From: c.from, Real: c.real, Path: c.path, Bytes: c.Bytes, JSON: c.json, Tail: c.tail}
	for _, p := range c.parts {
		h.Parts = append(h.Parts, handedPart{p.name, p.size, p.sha256[:]})
	}
	return json.Marshal(h)
}

// UnmarshalJSON makes a copy that can be opened of what MarshalJSON wrote.
func (c *Copy) UnmarshalJSON(body []byte) error {
	var h handover
	if err := json.Unmarshal(body, &h); err != nil {
		return err
	}
	*c = Copy{SHA256: h.SHA256, Bytes: h.Bytes, from: h.From, real: h.Real, path: h.Path, json: h.JSON, tail: h.Tail}
	for _, p := range h.Parts {
		c.parts = append(c.parts, part{name: p.Name, size: p.Size})
		copy(c.parts[len(c.parts)-1].sha256[:], p.SHA256)
	}
	return nil
}

// Outcome is a report, or an error of Open and Build in a form that another process reads.
type Outcome struct {
	Report   Report
	Refused  *RefusedError `json:",omitempty"`
	Mismatch string        `json:",omitempty"`
}

// NewOutcome takes what a build came to. An error that is none of this package's is
// returned.
func NewOutcome(r Report, err error) (Outcome, error) {
	var refused *RefusedError
	switch {
	case err == nil:
		return Outcome{Report: r}, nil
	case errors.As(err, &refused):
		return Outcome{Refused: &RefusedError{From: refused.From, Why: refused.Why}}, nil
	case errors.Is(err, ErrMismatch):
		return Outcome{Mismatch: err.Error()}, nil
	}
	return Outcome{}, err
}

// Failed says that Unpack has an error.
func (o Outcome) Failed() bool { return o.Refused != nil || o.Mismatch != "" }

// Unpack is the other end of NewOutcome.
func (o Outcome) Unpack() (Report, error) {
	switch {
	case o.Refused != nil:
		return Report{}, o.Refused
	case o.Mismatch != "":
		return Report{}, fmt.Errorf("%w: %s", ErrMismatch, o.Mismatch)
	}
	return o.Report, nil
}

// Confine bounds the memory of SQLite in this process, for one that opens nothing but a
// source and its result: a file that wants more is damaged.
func Confine(bytes int64) error {
	d, err := (&sqlite3.SQLiteDriver{}).Open(":memory:")
	if err != nil {
		return err
	}
	c := d.(*sqlite3.SQLiteConn)
	rows, err := c.Query(fmt.Sprintf(`PRAGMA hard_heap_limit = %d`, bytes), nil)
	if err != nil {
		return errors.Join(err, c.Close())
	}
	row := make([]driver.Value, 1)
	if err := errors.Join(rows.Next(row), rows.Close(), c.Close()); err != nil {
		return err
	}
	if row[0] != bytes {
		return fmt.Errorf("the limit of memory reads back as %v instead of %d", row[0], bytes)
	}
	return nil
}
