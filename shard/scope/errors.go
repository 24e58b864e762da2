package scope

import (
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// What a call on a streamer's data can answer. Nothing of SQLite's text is in it.
var (
	// ErrNotFound says that the row does not exist for this owner.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that a row with the same key exists already.
	ErrConflict = errors.New("already exists")
	// ErrOutOfRange says that a value is outside what the schema allows.
	ErrOutOfRange = errors.New("value out of range")
	// ErrFull says that the disk leaves no room for more.
	ErrFull = errors.New("no space left on the disk")
	// ErrQuota says that the file is as large as its streamer may have it, or a table of it as
	// long.
	ErrQuota = errors.New("the streamer's quota is used up")
	// ErrBroken says that reading or writing the file failed. The file takes no more
	// writes until it has been closed and verified again.
	ErrBroken = errors.New("the streamer's file failed")
	// ErrClosed says that the file was closed under the call.
	ErrClosed = errors.New("the streamer's file is closed")
	// ErrBusy says that too many operations wait for this streamer's file already.
	ErrBusy = errors.New("too many operations wait for this streamer")
	// ErrOutcomeUnknown joins a context's error when a write had begun before the
	// caller gave up: it may or may not have been committed.
	ErrOutcomeUnknown = errors.New("outcome unknown")
)

// classify turns a driver error into one of ours by its code, never by its text. The
// original stays wrapped for the log.
func classify(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case sqlite3.ErrConstraintForeignKey:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case sqlite3.ErrConstraintTrigger: // only limitRows makes triggers
		return fmt.Errorf("%w: %w", ErrQuota, err)
	}
	switch e.Code {
	case sqlite3.ErrConstraint, sqlite3.ErrMismatch, sqlite3.ErrTooBig, sqlite3.ErrRange:
		return fmt.Errorf("%w: %w", ErrOutOfRange, err)
	case sqlite3.ErrFull:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case sqlite3.ErrIoErr, sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrReadonly, sqlite3.ErrCantOpen:
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return err
}

// isCantOpen says that a connection could not be opened, as happens when the process has no
// descriptor left. The file may be perfectly well.
func isCantOpen(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrCantOpen
}
