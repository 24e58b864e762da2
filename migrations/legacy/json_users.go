package legacy

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"io"
	"os"
)

// users stages the viewers. They are numbered in the order of the file, from 1.
func (s *stage) users(ctx context.Context) error {
	for _, table := range []string{"users", "user_points"} {
		if err := s.table(table); err != nil {
			return err
		}
	}
	if err := s.findShadowed(ctx); err != nil {
		return err
	}
	return s.c.eachEntry(ctx, s.entry)
}

// findShadowed finds entries whose key comes once more: of those the old app kept the last.
// Keys that had something which is no character in them may have differed in that; they
// are left to the rule for equal names, which keeps them all.
func (s *stage) findShadowed(ctx context.Context) error {
	if err := s.to.Run(`CREATE TEMP TABLE keys (name)`); err != nil {
		return err
	}
	add, err := s.to.Prepare(`INSERT INTO keys VALUES (?1)`)
	if err != nil {
		return err
	}
	err = s.c.eachEntry(ctx, func(_ int64, key string, _ json.RawMessage) error { return run(add, key) })
	if err = errors.Join(err, add.Close()); err != nil {
		return err
	}
	err = s.to.Each(`SELECT rowid FROM keys WHERE instr(name, char(0xFFFD)) = 0
		AND rowid NOT IN (SELECT max(rowid) FROM keys GROUP BY name)`, func(row []driver.Value) error {
		s.shadowed.add(row[0].(int64))
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	return s.to.Run(`DROP TABLE keys`)
}

// entry stages one viewer.
func (s *stage) entry(id int64, key string, raw json.RawMessage) error {
	switch {
	case s.shadowed.has(id):
		return s.reject("users", "shadowed-entry", raw, id, key)
	case raw[0] != '{':
		return s.reject("users", "no-object", raw, id, key)
	}
	e, err := newEntry(raw)
	if err != nil {
		return err
	}
	s.grown = s.grown || e.grown
	for _, item := range e.powerups {
		if err := s.add("powerup_inventory", id, item.name, number(item.raw)); err != nil {
			return err
		}
	}
	return errors.Join(
		s.add("users", id, key, e.voice, e.image, e.country, noTime, noTime, others(e.other)),
		s.add("user_points", id, e.channel, e.drop, e.drops, noTime))
}

// entry is what a viewer's object says.
type entry struct {
	channel, drop, drops  any
	voice, image, country any
	powerups, other       []member
	grown                 bool
}

func newEntry(raw json.RawMessage) (e entry, err error) {
	current, earlier, err := object(raw)
	for _, m := range current {
		switch m.name {
		case "channelPoints":
			e.channel = number(m.raw)
		case "dropPoints":
			e.drop = number(m.raw)
		case "totalDrops":
			e.drops = number(m.raw)
		case "voiceId":
			e.voice = text(m.raw)
		case "dropImage":
			e.image, e.grown = text(m.raw), true
		case "country":
			e.country, e.grown = text(m.raw), true
		case "powerups":
			e.grown = true
			err = errors.Join(err, e.items(m))
		default:
			e.other = append(e.other, m)
		}
	}
	e.other = append(e.other, earlier...)
	return e, err
}

// items takes the power-ups apart. One that is named twice counts as it did last; the row
// that comes later is rejected.
func (e *entry) items(m member) error {
	switch m.raw[0] {
	case '{':
		current, earlier, err := object(m.raw)
		e.powerups = append(current, earlier...)
		return err
	case 'n': // null: none
	default:
		e.other = append(e.other, m)
	}
	return nil
}

// maxEntryBytes bounds one entry in memory.
const maxEntryBytes = maxOldValueBytes / 2

var errTooLong = errors.New("too long")

// eachEntry calls fn with each member of user_data.json, in the order of the file. raw is
// good until fn returns. A file that is broken anywhere is refused: nobody can say what
// else it held.
func (c *Copy) eachEntry(ctx context.Context, fn func(id int64, key string, raw json.RawMessage) error) error {
	f, err := os.Open(c.copied(usersFile))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := skipMark(f); err != nil {
		return err
	}
	start, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	in := &bounded{r: &reader{ctx, f}}
	in.renew()
	dec := json.NewDecoder(in)
	bad, err := entries(dec, in, fn)
	if bad != nil {
		return c.badUsers(f, bad, start+dec.InputOffset())
	}
	return err
}

// entries tells a fault of the file from one of fn.
func entries(dec *json.Decoder, in *bounded, fn func(int64, string, json.RawMessage) error) (bad, err error) {
	first, bad := dec.Token()
	if bad == nil && first != json.Delim('{') {
		bad = errNoObject
	}
	var raw json.RawMessage
	for id := int64(1); bad == nil && dec.More(); id++ {
		in.renew()
		var key json.Token
		if key, bad = dec.Token(); bad != nil {
			return bad, nil
		}
		if bad = dec.Decode(&raw); bad == nil && len(raw) > maxEntryBytes {
			bad = errTooLong // in two rounds of reading ahead
		}
		if bad != nil {
			return bad, nil
		}
		if err := fn(id, key.(string), raw); err != nil {
			return nil, err
		}
	}
	if bad == nil {
		_, bad = dec.Token() // the end of the object
	}
	if bad != nil {
		return bad, nil
	}
	switch _, end := dec.Token(); {
	case errors.Is(end, io.EOF):
		return nil, nil
	case end == nil:
		return errTrailing, nil
	default:
		return end, nil
	}
}

// bounded ends a value that would fill the memory.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) renew() { b.left = maxEntryBytes }

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// byteOrderMark is what some editors put in front of a text.
var byteOrderMark = []byte("\xEF\xBB\xBF")

func skipMark(f io.ReadSeeker) error {
	head := make([]byte, len(byteOrderMark))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if bytes.Equal(head[:n], byteOrderMark) {
		return nil
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}
