package fleet

import (
	"errors"
	"fmt"

	"streamvault/registry"
)

// ErrBusy says that a migration, plan or rollback is under way. See BusyError.
var ErrBusy = errors.New("the fleet is under way already")

// BusyError says which job is under way.
type BusyError struct {
	Job  int64
	Kind string
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("job %d, a %s, is under way: wait for its end or halt it", e.Job, e.Kind)
}

// Unwrap makes it an ErrBusy.
func (e *BusyError) Unwrap() error { return ErrBusy }

// VersionError says that a version cannot be moved to, and why.
type VersionError struct{ Why string }

func (e *VersionError) Error() string { return e.Why }

// BackError says that a job cannot be rolled back.
type BackError struct{ Job registry.Job }

func (e *BackError) Error() string {
	if e.Job.Kind != KindMigrate {
		return fmt.Sprintf("job %d is a %s, and only a migration can be rolled back", e.Job.ID, e.Job.Kind)
	}
	return fmt.Sprintf("job %d runs: halt it first", e.Job.ID)
}
