package registry

import (
	"errors"
	"fmt"
	"time"
)

// What a call can answer.
var (
	// ErrNotFound says that there is no such streamer, key or session.
	ErrNotFound = errors.New("not found")
	// ErrLocked says that another process owns the data directory.
	ErrLocked = errors.New("data directory is in use by process")
	// ErrForeignDirectory says that a directory is neither empty nor an installation.
	ErrForeignDirectory = errors.New("the directory is not empty and no installation of streamvault")
	// ErrInvalidName says that a name cannot be a channel.
	ErrInvalidName = errors.New("invalid channel name")
	// ErrReservedName is an ErrInvalidName: the installation's own routes begin so.
	ErrReservedName = fmt.Errorf("%w: reserved", ErrInvalidName)
	// ErrTaken says that a name or Kick id belongs to another streamer. See TakenError.
	ErrTaken = errors.New("already taken")
	// ErrUnknownKey says that a secret is no key: never made, revoked, or expired.
	ErrUnknownKey = errors.New("unknown key")
	// ErrWrongState says that a streamer's state does not allow the change.
	ErrWrongState = errors.New("not possible in this state")
	// ErrTargetMoved says that a file was built for what is the fleet's schema version no more.
	ErrTargetMoved = errors.New("the fleet's schema version was moved meanwhile")
	// ErrMasterKey says that the master key is missing, not this installation's, or
	// readable by others.
	ErrMasterKey = errors.New("master key")
	// ErrAuditBroken says that a row of the audit log was changed or is missing.
	ErrAuditBroken = errors.New("audit log is broken")
	// ErrLostRegistry says that streamers' files lie in a directory without a registry.
	ErrLostRegistry = errors.New("the registry is missing")
	// ErrInvalid says that a value is out of range. See InvalidError.
	ErrInvalid = errors.New("invalid value")
)

// TakenError says what is taken, and by whom if that is not plain.
type TakenError struct {
	What, Value string
	Until       *time.Time // of a former name: whose it was may take it back until then
	Trashed     bool       // whose it is lies in the trash
}

func (e *TakenError) Error() string {
	text := fmt.Sprintf("%s %q is %s", e.What, e.Value, ErrTaken)
	switch {
	case e.Until != nil:
		text += ": it leads to whose it was before until " + e.Until.UTC().Format("2006-01-02 15:04 UTC")
	case e.Trashed:
		text += ", by a streamer in the trash"
	}
	return text
}

// Unwrap makes errors.Is(err, ErrTaken) hold.
func (e *TakenError) Unwrap() error { return ErrTaken }

// RenamedError is an ErrNotFound that says whose the name was before.
type RenamedError struct {
	Now   *Streamer // who had it, as he is called now
	Until time.Time // the name leads to him
}

func (e *RenamedError) Error() string {
	return fmt.Sprintf("%s: the streamer is called %s now", ErrNotFound, e.Now.Username)
}

// Unwrap makes errors.Is(err, ErrNotFound) hold.
func (e *RenamedError) Unwrap() error { return ErrNotFound }

// InvalidError says which value is out of range, and what the range is.
type InvalidError struct{ What, Problem string }

func (e *InvalidError) Error() string { return e.What + " " + e.Problem }

// Unwrap makes errors.Is(err, ErrInvalid) hold.
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// StateError is an ErrWrongState that says what the streamer is.
type StateError struct {
	Username string
	State    State
	Reason   string // of the state, may be empty
}

func (e *StateError) Error() string {
	text := fmt.Sprintf("%s is %s", e.Username, e.State)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// Unwrap makes it an ErrWrongState.
func (e *StateError) Unwrap() error { return ErrWrongState }

// JobStateError is an ErrWrongState of a job that says what the job is.
type JobStateError struct {
	ID    int64
	State JobState
}

func (e *JobStateError) Error() string { return fmt.Sprintf("job %d is %s", e.ID, e.State) }

// Unwrap makes it an ErrWrongState.
func (e *JobStateError) Unwrap() error { return ErrWrongState }
