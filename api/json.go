package api

import (
	"encoding/json"
	"time"

	"streamvault/shard/tenant"
)

// Time is a moment in an answer: RFC 3339 in UTC, with milliseconds where there are any.
type Time struct{ time.Time }

// MarshalJSON writes "2026-01-31T12:00:00Z" or "2026-01-31T12:00:00.250Z".
func (t Time) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 32), '"')
	b = t.UTC().AppendFormat(b, time.RFC3339) // the one format that time writes fast
	if ms := t.Nanosecond() / int(time.Millisecond); ms > 0 {
		b = append(b[:len(b)-1], '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z')
	}
	return append(b, '"'), nil
}

// timeOrNil is a moment that may not have come.
func timeOrNil(t *time.Time) *Time {
	if t == nil {
		return nil
	}
	return &Time{*t}
}

// Text is a string of a body that may be left out, and may be null to clear what is there.
type Text tenant.Text

// UnmarshalJSON takes a string or null.
func (t *Text) UnmarshalJSON(value []byte) error {
	t.Set, t.Value = true, nil
	if string(value) == "null" {
		return nil
	}
	if err := json.Unmarshal(value, &t.Value); err != nil {
		return &tenant.InvalidError{Problem: "must be a string or null"}
	}
	return nil
}

// orEmpty is a change that the registry takes: nil to leave a text, "" to clear it.
func orEmpty(set bool, value *string) *string {
	if set && value == nil {
		return new(string)
	}
	return value
}

// kickID is a streamer's id at Kick, which callers send as a string or as a number. It may
// be left out, and may be null to clear what is there.
type kickID struct {
	set   bool
	value *string
}

// UnmarshalJSON takes a string, an integer or null.
func (k *kickID) UnmarshalJSON(value []byte) error {
	k.set, k.value = true, nil
	if string(value) == "null" {
		return nil
	}
	text := string(value)
	if digits(text) {
		k.value = &text
		return nil
	}
	if err := json.Unmarshal(value, &k.value); err != nil {
		return &tenant.InvalidError{Problem: "must be a string, an integer or null"}
	}
	return nil
}

func digits(text string) bool {
	for i := range len(text) {
		if !digit(text[i]) {
			return false
		}
	}
	return text != ""
}
