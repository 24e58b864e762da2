package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Local keeps files in a directory on the same disk as the data, DATA/backups.
type Local struct{ dir string }

// NewLocal makes a target of a directory. It need not be there yet.
func NewLocal(dir string) *Local { return &Local{dir} }

// Name is "local".
func (*Local) Name() string { return "local" }

// Path is where a file lies.
func (l *Local) Path(name string) string { return filepath.Join(l.dir, filepath.FromSlash(name)) }

// Put moves the file to its place.
func (l *Local) Put(ctx context.Context, name, from string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.within(func(root *os.Root) error {
		if err := syncFile(from); err != nil {
			return err
		}
		dir := path.Dir(name)
		if err := root.MkdirAll(filepath.FromSlash(dir), 0o700); err != nil {
			return err
		}
		if _, err := root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keep %s: %w", name, errors.Join(fs.ErrExist, err))
		}
		if err := os.Rename(from, l.Path(name)); err != nil {
			return err
		}
		return errors.Join(syncIn(root, dir), syncIn(root, "."))
	})
}

// Get opens a file.
func (l *Local) Get(ctx context.Context, name string) (file io.ReadCloser, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = l.within(func(root *os.Root) (err error) {
		f, err := root.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
		if err == nil {
			file = f
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	return file, err
}

// Delete removes a file.
func (l *Local) Delete(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.within(func(root *os.Root) error {
		if err := root.Remove(name); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		return syncIn(root, path.Dir(name))
	})
}

// List walks the directory.
func (l *Local) List(ctx context.Context, prefix string, each func(Object) error) error {
	return l.within(func(root *os.Root) error {
		return fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasPrefix(name, prefix) {
				return errors.Join(err, ctx.Err())
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil // removed meanwhile
			}
			if err != nil {
				return err
			}
			return each(Object{name, info.Size(), info.ModTime()})
		})
	})
}

func (l *Local) within(do func(*os.Root) error) error {
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(l.dir)
	if err != nil {
		return err
	}
	return errors.Join(do(root), root.Close())
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncIn makes the names in a directory durable.
func syncIn(root *os.Root, dir string) error {
	f, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
