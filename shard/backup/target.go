package backup

import (
	"context"
	"errors"
	"io"
	"time"
)

var (
	// ErrNotFound says that a target keeps no file of this name.
	ErrNotFound = errors.New("no such file in the backups")
	// ErrNoTarget says that a backup lies where this program was not told to look.
	ErrNoTarget = errors.New("no such target")
	// ErrAway says that a target does not answer. What is kept there is no worse for it.
	ErrAway = errors.New("the place of the backups does not answer")
	// ErrManifest says that a manifest cannot be read.
	ErrManifest = errors.New("the manifest makes no sense")
	// ErrDamaged says that a file's bytes are not those that were kept.
	ErrDamaged = errors.New("the backup is damaged")
	// ErrNoKey says that the key that a backup was sealed under has been destroyed.
	ErrNoKey = errors.New("the backup's key is gone")
)

// Target keeps files under names like "0000000007/20260304T050607Z-01ab23cd.db", with slashes
// on every system.
type Target interface {
	// Name is how the registry calls it: "local" or "s3".
	Name() string
	// Put keeps the closed file at path, a path of this machine, under a name that nothing
	// has yet: whole and durable when it returns nil, not at all otherwise. It may move the
	// file; the caller removes what is left of it.
	Put(ctx context.Context, name, path string) error
	// Get reads a file, or returns ErrNotFound.
	Get(ctx context.Context, name string) (io.ReadCloser, error)
	// Delete removes a file, durably. One that is not there is no error.
	Delete(ctx context.Context, name string) error
	// List calls each with every file whose name begins with prefix, by name.
	List(ctx context.Context, prefix string, each func(Object) error) error
}

// Object is a file that a target keeps.
type Object struct {
	Name       string
	Bytes      int64
	ModifiedAt time.Time
}
