package restore

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"math"
	"slices"

	"streamvault/migrations"
)

// Content is what the rows of a tenant file come to.
type Content struct {
	Tables map[string]Table `json:"tables"`
}

// Table is the rows of one table: how many, and the SHA-256 over them in the order of their
// keys.
type Table struct {
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"`
}

// SignedIn are the tables that say who is signed in or about to be. No restore brings them
// back: what was revoked since must not revive.
var SignedIn = []string{"user_sessions", "verification_codes"}

// Personal are the tables that belong to a streamer and not to his data: a copy for somebody
// else has none of them. What was sealed opens for nobody else, and what one streamer's callers
// may repeat means nothing to another's.
var Personal = []string{"user_sessions", "verification_codes", "api_tokens", "idempotency_keys", "processed_webhooks"}

// Digest is the SHA-256, in hex, over all tables but those left out. An empty table counts as
// none, so that a later schema's tables change nothing.
func (c Content) Digest(without ...string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(c.Tables)) {
		if t := c.Tables[name]; t.Rows > 0 && !slices.Contains(without, name) {
			fmt.Fprintf(h, "%s %d %s\n", name, t.Rows, t.Digest)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Rows counts the rows of all tables.
func (c Content) Rows() (n int64) {
	for _, t := range c.Tables {
		n += t.Rows
	}
	return n
}

// Differences names the tables that are not the same in both, apart from those left out.
func (c Content) Differences(other Content, without ...string) (names []string) {
	all := maps.Clone(c.Tables)
	maps.Copy(all, other.Tables)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		a, b := c.Tables[name], other.Tables[name]
		same := a == b || a.Rows == 0 && b.Rows == 0
		if !same && !slices.Contains(without, name) {
			names = append(names, name)
		}
	}
	return names
}

// ContentOf reads every row of an open tenant file that nobody writes to meanwhile.
func ContentOf(ctx context.Context, c *migrations.Conn) (Content, error) {
	content := Content{Tables: map[string]Table{}}
	streamer, err := c.Int(`SELECT id FROM streamers`)
	if err != nil {
		return content, migrations.Damage(err)
	}
	all, err := plans(c)
	if err != nil {
		return content, migrations.Damage(err)
	}
	for _, p := range all {
		t, err := tableOf(ctx, c, p, streamer<<32)
		if err != nil {
			return content, fmt.Errorf("read %s: %w", p.table, migrations.Damage(err))
		}
		content.Tables[p.table] = t
	}
	return content, nil
}

func tableOf(ctx context.Context, c *migrations.Conn, p plan, base int64) (t Table, err error) {
	d := digest{Hash: sha256.New()}
	for _, col := range p.columns {
		if col.kind != owner {
			d.text('c', col.name)
		}
	}
	sql := `SELECT ` + p.list(false, func(c column) string {
		if c.kind == id {
			return quote(c.name) + ` - ?1`
		}
		return quote(c.name)
	}) + ` FROM ` + quote(p.table) + ` WHERE ?1 = ?1 ORDER BY ` + p.order()
	kinds := slices.DeleteFunc(slices.Clone(p.columns), func(c column) bool { return c.kind == owner })
	err = c.Each(sql, func(row []driver.Value) error {
		t.Rows++
		for i, v := range row {
			if text, ok := v.(string); ok && kinds[i].kind == upload {
				v = relativeUpload(text, base)
			}
			d.value(v)
		}
		if t.Rows%1024 == 0 {
			return ctx.Err()
		}
		return nil
	}, base)
	t.Digest = hex.EncodeToString(d.Sum(nil))
	return t, err
}

// digest hashes values with their type and length, so that no two rows read alike.
type digest struct{ hash.Hash }

func (d digest) value(v driver.Value) {
	switch v := v.(type) {
	case nil:
		d.number('n', 0)
	case int64:
		d.number('i', uint64(v))
	case float64:
		d.number('f', math.Float64bits(v))
	case string:
		d.text('t', v)
	case []byte:
		d.text('b', string(v))
	default:
		panic(fmt.Sprintf("a value of type %T", v)) // tenant tables are STRICT
	}
}

func (d digest) number(tag byte, n uint64) {
	var b [9]byte
	b[0] = tag
	binary.BigEndian.PutUint64(b[1:], n)
	_, _ = d.Write(b[:])
}

func (d digest) text(tag byte, s string) {
	d.number(tag, uint64(len(s)))
	_, _ = d.Write([]byte(s))
}
