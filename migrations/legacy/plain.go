package legacy

import (
	"database/sql/driver"
	"strings"
)

// plain carries the rows of a table one by one into one table of the new file.
type plain struct {
	b     *build
	add   driver.Stmt
	ids   *ids // of rows that have an id of their own, else nil
	read1 func(*plain, *row) (verdict, []any, error)
}

// plainTable declares a table that plain carries. Its insert binds the streamer as ?1 and
// then what read1 returns; a row that is there already is rejected.
func plainTable(t table, insert string, read1 func(*plain, *row) (verdict, []any, error)) table {
	t.open = func(b *build) (loader, error) {
		p := &plain{b: b, read1: read1}
		if t.columns[0] == "id" && t.numbered {
			highest, err := b.src.highest(t.name)
			if err != nil {
				return nil, err
			}
			p.ids = newIDs(b.streamer<<32, highest)
		}
		var err error
		p.add, err = b.prepare(b.to, insert+` ON CONFLICT DO NOTHING`)
		return p, err
	}
	return t
}

func (p *plain) load(r *row) (verdict, error) {
	if p.ids != nil {
		kept, err := p.number(r)
		if err != nil || !kept {
			return deferred, err
		}
	}
	v, args, err := p.read1(p, r)
	if err != nil || v != carried {
		return v, err
	}
	n, err := exec(p.add, append([]any{p.b.streamer}, args...)...)
	if err == nil && n == 0 {
		return r.reject("second-row", 0)
	}
	return carried, err
}

// number gives a row its id in the column 0: the old one, or a new one once every old one
// is in.
func (p *plain) number(r *row) (ok bool, err error) {
	if r.newID, ok = p.ids.keep(r.values[0]); ok || !r.again {
		return ok, nil
	}
	r.fault("new-id", 0)
	r.newID, err = p.ids.mint()
	return true, err
}

func (p *plain) finish() error { return nil }

// of finds the viewer whom a row belongs to.
func (p *plain) of(r *row, column int) (int64, bool) { return p.b.users.owner(r.values[column]) }

// reject is row.reject for a read1.
func reject(r *row, code string, column int) (verdict, []any, error) {
	v, err := r.reject(code, column)
	return v, nil, err
}

// truth reads a column of 0 and 1. Another number or text counts as the old app's language
// took it: nothing, zero and the empty text are no; so are the words for no.
func (r *row) truth(i int) int64 {
	switch v := r.values[i].(type) {
	case int64:
		if v == 0 || v == 1 {
			return v
		}
		r.fault("odd-truth", i)
		return 1
	case float64:
		r.fault("odd-truth", i)
		if v == 0 {
			return 0
		}
		return 1
	case string:
		r.fault("odd-truth", i)
		return truthOf(v)
	case []byte:
		r.fault("odd-truth", i)
		return truthOf(string(v))
	}
	r.fault("no-value", i)
	return 0
}

func truthOf(text string) int64 {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "0", "no", "false", "off", "n", "f":
		return 0
	}
	return 1
}
