package api

import (
	"bytes"
	"encoding/json"

	"streamvault/shard/tenant"
)

// object is a JSON object whose members keep their order, as the old app's did.
type object []pair

type pair struct {
	name  string
	value any
}

// MarshalJSON writes the members as they come.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := e.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// success is what the old app answered to changes.
type success struct {
	Success bool `json:"success"`
}

// succeeded answers a change that went well.
func succeeded(err error) (success, error) { return success{err == nil}, err }

// flag is a truth that callers send as true and false or as 1 and 0; it may be left out.
type flag struct{ value *bool }

// UnmarshalJSON takes true, false, 1 and 0.
func (f *flag) UnmarshalJSON(value []byte) error {
	var on bool
	switch string(value) {
	case "true", "1":
		on = true
	case "false", "0":
	default:
		return &tenant.InvalidError{Problem: "must be true, false, 1 or 0"}
	}
	f.value = &on
	return nil
}

// or is the flag's value, or other where it was not sent.
func (f flag) or(other bool) bool {
	if f.value == nil {
		return other
	}
	return *f.value
}

// number is the old app's way to show a truth.
func number(on bool) int {
	if on {
		return 1
	}
	return 0
}
