package shard

import (
	"errors"

	"streamvault/migrations/restore"
)

// Why a streamer that exists is not served. Only that streamer is affected.
var (
	// ErrQuarantined says that the streamer's file is missing, is another's, is damaged,
	// has lost commits, or failed while it was served. The cause is wrapped.
	ErrQuarantined = errors.New("shard is quarantined")
	// ErrHeld says that a migration of the streamer's file waits for a decision.
	ErrHeld = errors.New("shard is held")
	// ErrRolledBack says that a file has fewer commits than were made: an old copy of it
	// was put in its place. It is the cause of a quarantine.
	ErrRolledBack = errors.New("file has lost commits")
)

// RefusedError says why a file was not taken for a streamer's data.
type RefusedError = restore.RefusedError
