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

// Copy is a private copy of a source: a database and its write-ahead log, or JSON files.
type Copy struct {
	// SHA256 of the database followed by its log, or of all files, in hex: what the source is
	// known by.
	SHA256 string
	// Bytes is the size of all.
	Bytes int64

	from  string // as it was given
	real  string // without symlinks: SQLite names a log after that
	path  string // the copied database, its log beside it; or the directory of the copied files
	files bool   // it is a directory of JSON files
	parts []part
	tail  int64 // frames in the log that no commit follows
}

// part is one file of a source.
type part struct {
	suffix string // to the path: "", "-wal", or "/" and the name of a JSON file
	size   int64
	sha256 [sha256.Size]byte
}

// Take copies the source at from into dir, an empty directory that only the caller uses,
// and checks what can be seen without SQLite. What it leaves in dir holds secrets in
// clear: the caller removes it. The error is a RefusedError when the source is at fault.
func Take(ctx context.Context, from, dir string) (*Copy, error) {
	c := &Copy{from: from, path: filepath.Join(dir, "old.db")}
	if err := c.find(); err != nil {
		return nil, err
	}
	if c.files {
		c.path = dir
		return c, c.takeFiles(ctx)
	}
	both := sha256.New()
	for _, suffix := range []string{"", walSuffix} {
		if err := c.take(ctx, suffix, both); err != nil {
			return nil, err
		}
	}
	if err := c.checkJournal(); err != nil {
		return nil, err
	}
	c.SHA256 = hex.EncodeToString(both.Sum(nil))
	return c, c.check()
}

// From is the path that was given.
func (c *Copy) From() string { return c.from }

const walSuffix = "-wal"

func (c *Copy) refuse(err error, format string, args ...any) error {
	return &RefusedError{From: c.from, Why: fmt.Sprintf(format, args...), Err: err}
}

// find resolves the path and refuses what is no file.
func (c *Copy) find() error {
	real, err := filepath.EvalSymlinks(c.from)
	if errors.Is(err, fs.ErrNotExist) {
		return c.refuse(err, "does not exist")
	}
	if err != nil {
		return c.refuse(err, "cannot be read: %v", err)
	}
	c.real = real
	return c.isFile()
}

func (c *Copy) isFile() error {
	info, err := os.Stat(c.real)
	switch {
	case err != nil:
		return c.refuse(err, "cannot be read: %v", err)
	case info.IsDir():
		return c.isDirectory()
	case !info.Mode().IsRegular():
		return c.refuse(nil, "is not a plain file")
	case info.Size() == 0:
		return c.refuse(nil, "is empty")
	}
	return nil
}

// take copies one file of the source and refuses one that changes meanwhile. A log or a JSON
// file that is missing or empty is none.
func (c *Copy) take(ctx context.Context, suffix string, both io.Writer) error {
	from, err := openToRead(c.real + suffix)
	if suffix != "" && errors.Is(err, fs.ErrNotExist) {
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
	if before.Size() == 0 {
		return nil
	}
	p := part{suffix: suffix}
	if p, err = c.copyTo(ctx, c.path+suffix, from, both, p); err != nil {
		return err
	}
	after, err := os.Stat(from.Name())
	if err != nil || after.Size() != p.size || !after.ModTime().Equal(before.ModTime()) {
		return c.refuse(err, "changed while it was read; stop the old app first")
	}
	c.parts = append(c.parts, p)
	c.Bytes += p.size
	return nil
}

func (c *Copy) copyTo(ctx context.Context, path string, from io.Reader, both io.Writer, p part) (_ part, err error) {
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return p, fmt.Errorf("copy %s: %w", c.from, err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	own := sha256.New()
	p.size, err = io.Copy(io.MultiWriter(to, own, both), &reader{ctx, from})
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
	from, err := openToRead(c.real + p.suffix)
	if err != nil {
		return c.refuse(err, "cannot be read: %v", err)
	}
	defer from.Close()
	sum := sha256.New()
	body := io.TeeReader(io.LimitReader(&reader{ctx, from}, p.size), sum)
	if err := fn(c.keptName(p), p.size, body); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), p.sha256[:]) {
		return c.refuse(nil, "changed while it was read; stop the old app first")
	}
	return nil
}

// keptName is what a file of the source is called in a backup.
func (c *Copy) keptName(p part) string {
	if c.files {
		return strings.TrimPrefix(p.suffix, "/")
	}
	return "old.db" + p.suffix
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
