package tenant

import (
	"time"

	"streamvault/shard/scope"
)

// Store is everything one streamer owns. It holds nothing open and costs nothing to
// make; each call borrows the streamer's file. Safe for concurrent use.
type Store struct {
	db  scope.DB
	now func() time.Time
}

// New binds a Store to the owner of db. Times it writes come from now.
func New(db scope.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }
