package legacy

import (
	"errors"
	"fmt"
)

var (
	// ErrRefused says that a source cannot be imported. Nothing has been changed.
	ErrRefused = errors.New("source refused")
	// ErrMismatch says that the result does not equal the source. It is a fault of this
	// program, found before the result was adopted.
	ErrMismatch = errors.New("import does not equal its source")
)

// RefusedError tells in one sentence why a source cannot be imported.
type RefusedError struct {
	From string // the path that was given
	Why  string // continues "FROM ..."
	Err  error  `json:"-"` // what it was found by, or nil
}

func (e *RefusedError) Error() string { return e.From + " " + e.Why }

// Unwrap makes errors.Is(err, ErrRefused) hold, and keeps the cause.
func (e *RefusedError) Unwrap() []error { return []error{ErrRefused, e.Err} }

func mismatch(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMismatch}, args...)...)
}
