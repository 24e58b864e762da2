package export

import (
	"bufio"
	"context"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"streamvault/migrations"
)

// Format names the JSON document and its version.
const Format = "streamvault-export-1"

// Head begins the document: what it is and whose.
type Head struct {
	Format     string    `json:"format"`
	ExportedAt time.Time `json:"exportedAt"`
	Streamer   any       `json:"streamer"` // as the API shows him
	// SchemaVersion and Commits are of the file that was read: which schema, and how many
	// changes it had seen.
	SchemaVersion int   `json:"schemaVersion"`
	Commits       int64 `json:"commits"`
	// LeftOut are settings that are secret by their name.
	LeftOut []string `json:"settingsLeftOut"`
}

// JSON writes the document to w, a row a line, from copied, a private copy of the file that
// want describes. It holds one row in memory at a time. Times are RFC 3339 in UTC, bodies of uploads
// base64.
func JSON(ctx context.Context, copied string, want migrations.Identity, h Head, w io.Writer) (err error) {
	file, err := migrations.Open(ctx, copied, migrations.Tenant(), &want, migrations.Options{Refuse: true})
	if err != nil {
		return err
	}
	c := file.Writer()
	defer func() { err = errors.Join(err, c.Close()) }()
	h.Format, h.SchemaVersion, h.Commits = Format, file.Version, file.CommitSeq
	if h.LeftOut, err = secretSettings(c); err != nil {
		return err
	}
	d := &document{ctx: ctx, w: bufio.NewWriterSize(w, 64<<10), leftOut: map[any]bool{}}
	for _, key := range h.LeftOut {
		d.leftOut[key] = true
	}
	if err := d.head(h); err != nil {
		return err
	}
	for _, s := range sections {
		if err := d.section(c, s); err != nil {
			return fmt.Errorf("export %s: %w", s.name, err)
		}
	}
	_, _ = d.w.WriteString("\n}\n") // the writer keeps its first error for Flush
	return d.w.Flush()
}

// document is one under way.
type document struct {
	ctx     context.Context
	w       *bufio.Writer
	leftOut map[any]bool // keys of settings
}

// head leaves the object open.
func (d *document) head(h Head) error {
	if h.LeftOut == nil {
		h.LeftOut = []string{}
	}
	body, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return err
	}
	_, err = d.w.Write(body[:len(body)-len("\n}")])
	return err
}

func (d *document) section(c *migrations.Conn, s section) (err error) {
	rows, err := c.Query(s.sql, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	fmt.Fprintf(d.w, ",\n  %q: ", s.name)
	names, values, n := rows.Columns(), make([]driver.Value, len(rows.Columns())), 0
	for {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return d.closeSection(s, n)
		case err != nil:
			return err
		}
		if s.name == "settings" && d.leftOut[values[0]] {
			continue
		}
		if err := d.row(s, n, names, values); err != nil {
			return err
		}
		n++
	}
}

// row writes what stands before a row, and the row.
func (d *document) row(s section, n int, names []string, values []driver.Value) error {
	switch {
	case s.single:
	case n == 0:
		_, _ = d.w.WriteString("[\n    ")
	default:
		_, _ = d.w.WriteString(",\n    ")
	}
	for i, name := range names {
		value, err := encode(name, values[i])
		if err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
		fmt.Fprintf(d.w, "%c%q:%s", "{,"[min(i, 1)], name, value)
	}
	_ = d.w.WriteByte('}')
	return d.ctx.Err()
}

func (d *document) closeSection(s section, n int) error {
	end := "\n  ]"
	switch {
	case s.single && n == 0:
		end = "null"
	case s.single:
		end = ""
	case n == 0:
		end = "[]"
	}
	_, err := d.w.WriteString(end)
	return err
}

// encode writes a value by its name: ...At is a time in milliseconds.
func encode(name string, value driver.Value) ([]byte, error) {
	switch v := value.(type) {
	case int64:
		if strings.HasSuffix(name, "At") {
			return json.Marshal(time.UnixMilli(v).UTC())
		}
		if switches[name] {
			return json.Marshal(v != 0)
		}
	case string:
		if documents[name] {
			return compact(v)
		}
		return text(v)
	case []byte:
		if name == "sha256" {
			return json.Marshal(hex.EncodeToString(v))
		}
	}
	return json.Marshal(value)
}
