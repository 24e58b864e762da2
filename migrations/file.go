package migrations

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// Identity is what a tenant file says of itself and what the registry expects of it.
type Identity struct {
	Streamer   int64
	UUID       string
	Generation int64
}

// Options say how a file is opened. The zero value serves it durably and migrates
// it to the newest version if its own is too old to be served.
type Options struct {
	Synchronous Synchronous
	// Target is the version that a file below Required is brought to; 0 means Newest.
	Target int
	// Refuse makes a file below Required an ErrOlder instead of migrating it.
	Refuse bool
	// Leave opens a file below Required as it is, for whoever migrates it.
	Leave bool
	// Alone keeps every other connection out, of this process and of others, until the file
	// is closed; its log's index is then in memory only.
	Alone bool
	// Now stamps migrations; nil means time.Now.
	Now func() time.Time
}

// File is a verified database file. It hands out connections that are all alike.
type File struct {
	path   string
	family *Family
	o      Options
	first  *Conn
	info   fs.FileInfo // of the path when it was opened
	// Version is the schema version found (or reached) when the file was opened.
	Version int
	// PageSize and Size are in bytes; Size is that of the file without its log.
	PageSize, Size int64
	// CommitSeq is the number of the last commit that the file holds; 0 for the registry.
	CommitSeq int64
}

// Open verifies path and opens its first connection. A tenant file must be want's;
// want is nil for the registry. Whatever is wrong has an error of its own: see Err*.
func Open(ctx context.Context, path string, f *Family, want *Identity, o Options) (*File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Target == 0 {
		o.Target = f.Newest()
	}
	if err := CheckPlain(path); err != nil {
		return nil, fmt.Errorf("open %s file: %w", f.Name, err)
	}
	c, err := connect(path, use{synchronous: o.Synchronous, statements: f.statements, alone: o.Alone})
	if err != nil {
		return nil, fmt.Errorf("open %s file: %w", f.Name, err)
	}
	file := &File{path: path, family: f, o: o, first: c}
	err = file.verify(c, want)
	if err == nil && o.Synchronous != Late {
		err = c.leaveLog(0) // it is this file's: closing may copy it
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s file: %w", f.Name, err), c.Close())
	}
	return file, nil
}

// CheckPlain refuses what is not a plain file with one name, or has something else beside it
// that SQLite would take for its log, its index or a change to be undone. It looks at
// directory entries only, for a live file must not be opened behind SQLite's back.
func CheckPlain(path string) error {
	info, err := plain(path)
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return fmt.Errorf("%w: it is empty", ErrUnsafeFile)
	}
	for _, sidecar := range []string{"-wal", "-shm"} {
		if _, err := plain(path + sidecar); err != nil && !errors.Is(err, ErrMissing) {
			return fmt.Errorf("%s beside it: %w", sidecar, err)
		}
	}
	// No file of ours ever has a rollback journal. SQLite would copy one back before a
	// single row could be read.
	if _, err := os.Lstat(path + "-journal"); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("%w: a rollback journal lies beside it", ErrUnsafeFile), err)
	}
	return nil
}

func plain(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrMissing
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: it is a %s", ErrUnsafeFile, info.Mode().Type())
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Nlink != 1 {
		return nil, fmt.Errorf("%w: it has %d names (hard links)", ErrUnsafeFile, s.Nlink)
	}
	return info, nil
}

// verify holds the file against family, version and identity, in this order.
func (f *File) verify(c *Conn, want *Identity) error {
	row, err := c.Row(`
		SELECT application_id, user_version, page_size
		FROM pragma_application_id, pragma_user_version, pragma_page_size`)
	if err != nil {
		return openError(err)
	}
	if row[0] != int64(f.family.ApplicationID) {
		return fmt.Errorf("%w: application_id is %v", ErrForeignFile, row[0])
	}
	f.Version, f.PageSize = int(row[1].(int64)), row[2].(int64)
	if err := errors.Join(f.checkVersion(), f.checkEnd()); err != nil {
		return err
	}
	if want != nil {
		if f.CommitSeq, err = checkIdentity(c, *want); err != nil {
			return err
		}
	}
	if f.Version < f.family.Required && !f.o.Leave {
		if f.Version, err = f.family.Migrate(c, max(f.o.Target, f.family.Required), f.o.Now()); err == nil {
			err = reread(c)
		}
	}
	return err
}

func (f *File) checkVersion() error {
	if f.Version > f.family.Newest() || f.Version < f.family.Required && f.o.Refuse {
		return &VersionError{File: f.Version, Required: f.family.Required, Newest: f.family.Newest()}
	}
	return nil
}

// checkEnd refuses a file that ends inside a page, which SQLite would take for zeros. A crash
// may leave that too, while a log is copied; then the page is still in the log.
func (f *File) checkEnd() error {
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	f.info, f.Size = info, info.Size()
	if log, err := os.Stat(f.WALPath()); f.Size%f.PageSize == 0 || err == nil && log.Size() > 0 {
		return nil
	}
	return fmt.Errorf("%w: it ends inside a page", ErrDamaged)
}

// checkIdentity reads who the file says it is, and its last commit number.
func checkIdentity(c *Conn, want Identity) (commitSeq int64, err error) {
	row, err := c.Row(`
		SELECT s.id, i.shard_uuid, i.generation, i.commit_seq,
		       (SELECT count(*) FROM streamers) + (SELECT count(*) FROM shard_identity)
		FROM streamers s
		JOIN shard_identity i ON i.streamer_id = s.id`)
	if errors.Is(err, io.EOF) {
		return 0, &IdentityError{Part: "row", Want: "one", Got: "none"}
	}
	if err != nil {
		return 0, openError(err)
	}
	for _, part := range []struct {
		name      string
		want, got any
	}{
		{"streamer", want.Streamer, row[0]}, {"uuid", want.UUID, row[1]},
		{"generation", want.Generation, row[2]}, {"rows", int64(2), row[4]},
	} {
		if part.want != part.got {
			return 0, &IdentityError{Part: part.name, Want: fmt.Sprint(part.want), Got: fmt.Sprint(part.got)}
		}
	}
	return row[3].(int64), nil
}

// Writer is the connection that Open made. Only its first caller gets it.
func (f *File) Writer() *Conn {
	c := f.first
	f.first = nil
	return c
}

// Reader opens another connection that cannot write.
func (f *File) Reader() (*Conn, error) {
	c, err := connect(f.path, use{readOnly: true, synchronous: f.o.Synchronous, statements: f.family.statements})
	if err != nil {
		return nil, fmt.Errorf("open reader of %s file: %w", f.family.Name, err)
	}
	return c, nil
}

// Path is where the file lies.
func (f *File) Path() string { return f.path }

// WALPath is where SQLite keeps the file's write-ahead log.
func (f *File) WALPath() string { return f.path + "-wal" }
