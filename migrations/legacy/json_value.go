package legacy

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// member is one of an object's, as it stands in the file.
type member struct {
	name string
	raw  json.RawMessage
}

// object takes an object apart. Of members with the same name the last counts, as it did
// for the old app; those before it come separately.
func object(raw json.RawMessage) (current, earlier []member, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, nil, err
	}
	var all []member
	last := map[string]int{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, nil, err
		}
		m := member{name: key.(string)}
		if err := dec.Decode(&m.raw); err != nil {
			return nil, nil, err
		}
		last[m.name] = len(all)
		all = append(all, m)
	}
	for i, m := range all {
		if last[m.name] == i {
			current = append(current, m)
		} else {
			earlier = append(earlier, m)
		}
	}
	return current, earlier, nil
}

// number stages a value where the old app meant a number. What is none stays text, for the
// rules of numbers to judge.
func number(raw json.RawMessage) any {
	switch c := raw[0]; {
	case c == 'n':
		return nil
	case c == '-' || '0' <= c && c <= '9':
		return numeric(string(raw))
	case c == '"':
		return unquoted(raw)
	}
	return string(raw)
}

// numeric keeps an integer one; beyond its range, and of a number with a fraction, it is
// the nearest double. One that no double reaches is infinite.
func numeric(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

// text stages a value where the old app meant a text. What is none is staged as no text, so
// that it is noted.
func text(raw json.RawMessage) any {
	switch c := raw[0]; {
	case c == 'n':
		return nil
	case c == '"':
		return unquoted(raw)
	case c == '-' || '0' <= c && c <= '9':
		return numeric(string(raw))
	}
	return []byte(raw)
}

func unquoted(raw json.RawMessage) any {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return string(raw)
	}
	return s
}

// others makes one object of members that nobody expected, or nil of none.
func others(members []member) any {
	if len(members) == 0 {
		return nil
	}
	var b strings.Builder
	for i, m := range members {
		b.WriteByte("{,"[min(i, 1)])
		name, _ := json.Marshal(m.name) // a text always marshals
		b.Write(name)
		b.WriteByte(':')
		if secret(m.name) {
			b.Write(hidden)
		} else {
			b.Write(redacted(m.raw))
		}
	}
	b.WriteByte('}')
	return b.String()
}

// hidden stands for a secret in JSON that will be parked.
var hidden = json.RawMessage(`"redacted"`)

// redacted leaves out what may open something, by the name of the member. Text that is no
// JSON is left as it is.
func redacted(raw json.RawMessage) json.RawMessage {
	if !secret(string(raw)) && !bytes.Contains(raw, []byte(`\u`)) {
		return raw // not even a word of it
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return raw
	}
	if !hide(v) {
		return raw
	}
	out, err := json.Marshal(v)
	if err != nil {
		return hidden
	}
	return out
}

// hide replaces secrets in a decoded value and says whether there were any.
func hide(v any) (found bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if secret(name) {
				v[name] = "redacted"
				found = true
			} else if hide(value) {
				found = true
			}
		}
	case []any:
		for _, value := range v {
			found = hide(value) || found
		}
	}
	return found
}
