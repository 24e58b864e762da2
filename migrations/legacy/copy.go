package legacy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Copy is a private copy of a source: a database and its write-ahead log, or the files of a
// directory from before the first database.
type Copy struct {
	// SHA256 in hex: what the source is known by. Of a database followed by its log, or of
	// each file of a directory after its name and size.
	SHA256 string
	// Bytes is the size of all files.
	Bytes int64

	from  string // as it was given
	real  string // without symlinks: SQLite names a log after that
	json  bool   // real is a directory of JSON files
	path  string // the copied or staged database; other files are beside it
	parts []part
	tail  int64 // frames in the log that no commit follows
}

// part is one file of a source.
type part struct {
	name   string // of the copy and in a backup
	size   int64
	sha256 [sha256.Size]byte
}

// Take copies the source at from into dir, an empty directory that only the caller uses,
// and checks what can be seen without SQLite. What it leaves in dir holds secrets in
// clear: the caller removes it. The error is a RefusedError when the source is at fault.
func Take(ctx context.Context, from, dir string) (*Copy, error) {
	c := &Copy{from: from, path: filepath.Join(dir, copiedName)}
	if err := c.find(from); err != nil {
		return nil, err
	}
	all := sha256.New()
	for i, name := range c.names() {
		if err := c.take(ctx, name, i > 0, all); err != nil {
			return nil, err
		}
	}
	c.SHA256 = hex.EncodeToString(all.Sum(nil))
	if c.json {
		return c, nil
	}
	if err := c.checkJournal(); err != nil {
		return nil, err
	}
	return c, c.check()
}

// From is the path that was given.
func (c *Copy) From() string { return c.from }

// copiedName is what the copy of a database is called.
const (
	copiedName = "old.db"
	walSuffix  = "-wal"
)

// names of the parts that a source may have. The first has to be there.
func (c *Copy) names() []string {
	if c.json {
		return jsonFiles
	}
	return []string{copiedName, copiedName + walSuffix}
}

// source is where a part lies, and copied is where its copy does.
func (c *Copy) source(name string) string {
	if c.json {
		return filepath.Join(c.real, name)
	}
	return c.real + strings.TrimPrefix(name, copiedName)
}

func (c *Copy) copied(name string) string { return filepath.Join(filepath.Dir(c.path), name) }

func (c *Copy) refuse(err error, format string, args ...any) error {
	return &RefusedError{From: c.from, Why: fmt.Sprintf(format, args...), Err: err}
}

// find resolves the path and refuses what is no source.
func (c *Copy) find(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c.refuse(err, "does not exist")
	}
	if err != nil {
		return c.refuse(err, "cannot be read: %v", err)
	}
	c.real = real
	info, err := os.Stat(real)
	switch {
	case err != nil:
		return c.refuse(err, "cannot be read: %v", err)
	case info.IsDir():
		return c.findWithin()
	case !info.Mode().IsRegular():
		return c.refuse(nil, "is not a plain file")
	case info.Size() == 0:
		return c.refuse(nil, "is empty")
	}
	return nil
}

// take copies one file of the source and refuses one that changes meanwhile. A log that is
// missing or empty is none.
func (c *Copy) take(ctx context.Context, name string, optional bool, all io.Writer) error {
	from, err := openToRead(c.source(name))
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return c.refuse(err, "cannot be read: %v", err)
	}
	defer from.Close()
	before, err := from.Stat()
	if err != nil || !before.Mode().IsRegular() {
		return c.refuse(err, "cannot be read: %s is not a plain file", filepath.Base(from.Name()))
	}
	if c.json {
		fmt.Fprintf(all, "%s\x00%d\x00", name, before.Size())
	} else if before.Size() == 0 {
		return nil
	}
	p := part{name: name}
	if p, err = c.copyTo(ctx, from, all, p); err != nil {
		return err
	}
	after, err := os.Stat(from.Name())
	if err != nil || after.Size() != p.size || before.Size() != p.size || !after.ModTime().Equal(before.ModTime()) {
		return c.refuse(err, "changed while it was read; stop the old app first")
	}
	c.parts = append(c.parts, p)
	c.Bytes += p.size
	return nil
}

func (c *Copy) copyTo(ctx context.Context, from io.Reader, all io.Writer, p part) (_ part, err error) {
	to, err := os.OpenFile(c.copied(p.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return p, fmt.Errorf("copy %s: %w", c.from, err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	own := sha256.New()
	p.size, err = io.Copy(io.MultiWriter(to, own, all), &reader{ctx, from})
	if err != nil {
		return p, fmt.Errorf("copy %s: %w", c.from, err)
	}
	own.Sum(p.sha256[:0])
	return p, nil
}

// checkJournal refuses a source with a hot rollback journal: the file alone is then the
// middle of a transaction.
func (c *Copy) checkJournal() error {
	journal, err := openToRead(c.real + "-journal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return c.refuse(err, "cannot be read: %v", err)
	}
	defer journal.Close()
	magic := make([]byte, len(journalMagic))
	if _, err := io.ReadFull(journal, magic); err != nil || !bytes.Equal(magic, journalMagic) {
		return nil
	}
	return c.refuse(nil, "has an unfinished transaction in its -journal; open and close it once with the old app first")
}

var journalMagic = []byte{0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7}

// Files reads the source once more and calls fn with each of its files, named for a
// backup. It returns a RefusedError when a file is not what was copied.
func (c *Copy) Files(ctx context.Context, fn func(name string, size int64, body io.Reader) error) error {
	for _, p := range c.parts {
		if err := c.reread(ctx, p, fn); err != nil {
			return err
		}
	}
	return nil
}

func (c *Copy) reread(ctx context.Context, p part, fn func(string, int64, io.Reader) error) error {
	from, err := openToRead(c.source(p.name))
	if err != nil {
		return c.refuse(err, "cannot be read: %v", err)
	}
	defer from.Close()
	sum := sha256.New()
	body := io.TeeReader(io.LimitReader(&reader{ctx, from}, p.size), sum)
	if err := fn(p.name, p.size, body); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), p.sha256[:]) {
		return c.refuse(nil, "changed while it was read; stop the old app first")
	}
	return nil
}

// openToRead opens a file of the source without leaving a trace, not even the time of the
// access where the system lets us choose.
func openToRead(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|noAccessTime, 0)
	if errors.Is(err, fs.ErrPermission) {
		return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	}
	return f, err
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
