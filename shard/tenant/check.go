package tenant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"streamvault/shard/scope"
)

// identifier is what a streamer may call a power-up or a goal.
var identifier = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)

func checkID[ID ~string](id ID) error {
	if identifier.MatchString(string(id)) {
		return nil
	}
	return &InvalidError{"id", "must be 1 to 40 of a-z, 0-9, _ and -"}
}

// checkAmount holds points and counts to 0 to MaxPoints.
func checkAmount(field string, n int64) error {
	if n < 0 || n > MaxPoints {
		return &InvalidError{field, "must be 0 to 1000000000000"}
	}
	return nil
}

// checkFilled is checkText of a text that must not be empty.
func checkFilled(field, text string, most int) error {
	if text == "" {
		return &InvalidError{field, "must not be empty"}
	}
	return checkText(field, &text, most)
}

// maxConfig is the longest JSON of a theme, a layout or a power-up, in bytes.
const maxConfig = 64 << 10

// object holds a configuration to a JSON object and takes the white space out of it.
func object(field string, body json.RawMessage) (string, error) {
	var compact bytes.Buffer
	switch {
	case len(body) > maxConfig:
		return "", &InvalidError{field, "must be at most 65536 bytes"}
	case !utf8.Valid(body) || json.Compact(&compact, body) != nil || compact.Len() == 0 || compact.Bytes()[0] != '{':
		return "", &InvalidError{field, "must be a JSON object"}
	}
	return compact.String(), nil
}

// ErrNoRoom says that there are as many of a thing as a streamer may have.
var ErrNoRoom = errors.New("there are as many as there may be")

// room refuses one more row in a table that is bounded.
func room(have int64, most int64, what string) error {
	if have >= most {
		return errors.Join(&InvalidError{what, fmt.Sprintf("cannot be more than %d", most)}, ErrNoRoom)
	}
	return nil
}

// existing runs a statement that changes one row, or returns ErrNotFound.
func existing(ctx context.Context, q scope.Querier, st scope.Statement, args ...any) error {
	n, err := q.Exec(ctx, st, args...)
	if err == nil && n == 0 {
		err = scope.ErrNotFound
	}
	return err
}

// Place is a row in a listing that goes from the newest to the oldest; the zero value is
// before the first. What happened in the same millisecond is in the order of its ids.
type Place struct {
	At time.Time
	ID int64
}

// time is the newest that may follow.
func (p Place) time() int64 {
	if p == (Place{}) {
		return 1 << 62
	}
	return p.At.UnixMilli()
}
