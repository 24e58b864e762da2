package migrations

import (
	"errors"
	"fmt"
)

// What can be wrong with a file. Each is found before a row of it is served.
var (
	// ErrOldSQLite says that the linked SQLite can corrupt a WAL.
	ErrOldSQLite = errors.New("SQLite is too old")
	// ErrMissing says that no file is where one is expected. None is made.
	ErrMissing = errors.New("database file is missing")
	// ErrUnsafeFile says that the path is not a plain file with one name:
	// a symlink, a hard link, a directory, a device, or empty.
	ErrUnsafeFile = errors.New("not a plain database file")
	// ErrForeignFile says that the file belongs to another application.
	ErrForeignFile = errors.New("file of another application")
	// ErrWrongIdentity says that the file is ours but another tenant's, another
	// generation's, or has lost its identity. See IdentityError.
	ErrWrongIdentity = errors.New("file of another tenant")
	// ErrNewer says that a newer program has written the file. See VersionError.
	ErrNewer = errors.New("file is newer than this program")
	// ErrOlder says that the file is older than the statements of this program
	// need and that the caller did not allow a migration. See VersionError.
	ErrOlder = errors.New("file is older than this program needs")
	// ErrMigration says that a migration does not fit what is in the file, which is left whole
	// at the version it had. SQLite's reason is wrapped.
	ErrMigration = errors.New("migration failed")
	// ErrNoRoom says that the disk is too full even to open the file: its log needs a page.
	ErrNoRoom = errors.New("no space left on the disk")
	// ErrDamaged says that SQLite could not read the file as a database.
	ErrDamaged = errors.New("database file is damaged")
)

// IdentityError tells which part of a file's identity is not the expected one.
type IdentityError struct {
	Part      string // "streamer", "uuid", "generation" or "row"
	Want, Got string
}

func (e *IdentityError) Error() string {
	return fmt.Sprintf("%s: %s is %s, expected %s", ErrWrongIdentity, e.Part, e.Got, e.Want)
}

// Unwrap makes errors.Is(err, ErrWrongIdentity) hold.
func (e *IdentityError) Unwrap() error { return ErrWrongIdentity }

// VersionError tells the schema version of a file and those the program serves.
type VersionError struct {
	File, Required, Newest int
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s: version %d, served are %d to %d", e.Unwrap(), e.File, e.Required, e.Newest)
}

// Unwrap is ErrNewer or ErrOlder.
func (e *VersionError) Unwrap() error {
	if e.File > e.Newest {
		return ErrNewer
	}
	return ErrOlder
}
