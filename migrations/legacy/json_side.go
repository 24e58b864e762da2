package legacy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"unicode"
	"unicode/utf8"
)

// side is a file beside user_data.json. One that is broken does not stop the others.
type side struct {
	file, table string
	open        byte // what its JSON begins with
	stage       func(*stage, json.RawMessage) error
	// known are the first columns of the row that stands for a broken file.
	known []any
}

func (s *stage) sides(ctx context.Context) error {
	for _, f := range []side{
		{goalsFile, "goals", '{', (*stage).goals, nil},
		{tokensFile, "api_tokens", '{', (*stage).tokens, []any{"kick"}},
		{tipsFile, "tips", '[', (*stage).tips, []any{int64(1)}},
		{gameFile, "overlay_settings", '{', (*stage).game, []any{"dropgame_config"}},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !s.c.has(f.file) {
			continue
		}
		if err := s.side(f); err != nil {
			return fmt.Errorf("%s: %w", f.file, err)
		}
	}
	return nil
}

// side stages one file, or one row that says what is wrong with it.
func (s *stage) side(f side) error {
	if err := s.table(f.table); err != nil {
		return err
	}
	body, whole, err := s.c.readSide(f.file)
	if err != nil {
		return err
	}
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case !whole:
		return s.reject(f.table, "too-long", body, f.known...)
	case !json.Valid(body) || trimmed[0] != f.open:
		return s.reject(f.table, "broken-json", body, f.known...)
	}
	return f.stage(s, body)
}

// readSide reads a file, as far as a text may be long.
func (c *Copy) readSide(name string) (body []byte, whole bool, err error) {
	f, err := os.Open(c.copied(name))
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	if err := skipMark(f); err != nil {
		return nil, false, err
	}
	body, err = io.ReadAll(io.LimitReader(f, maxTextBytes+1))
	if len(body) > maxTextBytes {
		return body[:maxTextBytes], false, err
	}
	return body, true, err
}

// target is what a goal of the JSON files, which had none, was given by the old app when it
// made its database.
func target(goal string) any {
	switch goal {
	case "followers":
		return int64(100)
	case "subscribers":
		return int64(50)
	}
	return nil
}

func (s *stage) goals(body json.RawMessage) error {
	current, earlier, err := object(body)
	for _, m := range append(current, earlier...) {
		if err == nil {
			err = s.goal(m)
		}
	}
	return err
}

func (s *stage) goal(m member) error {
	if m.raw[0] != '{' {
		return s.reject("goals", "no-object", m.raw, m.name)
	}
	members, other, err := object(m.raw)
	if err != nil {
		return err
	}
	var now any
	aim := target(m.name)
	for _, m := range members {
		switch m.name {
		case "current":
			now = number(m.raw)
		case "target":
			aim = number(m.raw)
		default:
			other = append(other, m)
		}
	}
	return s.add("goals", m.name, capital(m.name), now, aim, int64(1), noTime, others(other))
}

// capital gives a name a large first letter, as the old app's labels have.
func capital(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return name
	}
	return string(unicode.ToUpper(first)) + name[size:]
}

// tokens stages the answer of the provider as it was kept. How long it held is told, but
// not from when.
func (s *stage) tokens(body json.RawMessage) error {
	members, other, err := object(body)
	if err != nil {
		return err
	}
	var access, refresh, scope any
	for _, m := range members {
		switch m.name {
		case "access_token":
			access = text(m.raw)
		case "refresh_token":
			refresh = text(m.raw)
		case "scope":
			scope = text(m.raw)
		case "token_type", "expires_in":
		default:
			other = append(other, m)
		}
	}
	return s.add("api_tokens", "kick", access, refresh, noExpiry, scope, noTime, noTime, others(other))
}

func (s *stage) tips(body json.RawMessage) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for i := int64(0); dec.More(); i++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		if err := s.tip(i, raw); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) tip(i int64, raw json.RawMessage) error {
	if raw[0] != '"' {
		return s.reject("tips", "not-text", raw, i+1)
	}
	return s.add("tips", i+1, text(raw), int64(1), i, noTime)
}

func (s *stage) game(body json.RawMessage) error {
	return s.add("overlay_settings", "dropgame_config", string(body), noTime)
}
