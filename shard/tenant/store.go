package tenant

import (
	"context"
	"time"

	"streamvault/shard/scope"
)

// Store is everything one streamer owns. It holds nothing open and costs nothing to
// make; each call borrows the streamer's file. Safe for concurrent use.
type Store struct {
	db     scope.DB
	now    func() time.Time
	sealer Sealer
}

// Sealer encrypts this streamer's secrets under a key that is not in his file.
type Sealer interface {
	// Seal encrypts a secret. What it is for is bound in: it opens for this streamer and
	// this purpose only.
	Seal(ctx context.Context, purpose string, secret []byte) ([]byte, error)
	// Open returns the secret, or an error when it was sealed for anything else.
	Open(ctx context.Context, purpose string, sealed []byte) ([]byte, error)
}

// New binds a Store to the owner of db. Times it writes come from now.
func New(db scope.DB, now func() time.Time, sealer Sealer) *Store { return &Store{db, now, sealer} }
