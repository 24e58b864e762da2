package restore

import (
	"errors"
	"fmt"
)

var (
	// ErrRefused says that a file is not what it should be. See RefusedError.
	ErrRefused = errors.New("the file was refused")
	// ErrMismatch says that what was built is not what was there.
	ErrMismatch = errors.New("the copy differs from its source")
)

// Reason is the kind of a refusal.
type Reason string

// What can be wrong with a file.
const (
	NotOurs   Reason = "not-ours"   // no database, or another program's
	Damaged   Reason = "damaged"    // cut off, flipped, or made up
	Foreign   Reason = "foreign"    // another streamer's, in whole or in part
	Newer     Reason = "newer"      // of a schema that this program does not know
	BadValues Reason = "bad-values" // rows that this program never writes
)

// RefusedError says why a file was refused.
type RefusedError struct {
	Reason Reason
	Why    string // goes on after "the file"
	err    error
}

func (e *RefusedError) Error() string { return "the file " + e.Why }

// Unwrap makes errors.Is(err, ErrRefused) hold, and keeps the cause.
func (e *RefusedError) Unwrap() []error {
	if e.err == nil {
		return []error{ErrRefused}
	}
	return []error{ErrRefused, e.err}
}

func refuse(r Reason, err error, format string, args ...any) error {
	return &RefusedError{r, fmt.Sprintf(format, args...), err}
}
