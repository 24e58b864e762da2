package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// directory is DATA: what lies where, and how a file gets there whole or not at all.
type directory struct {
	path  string
	root  *os.Root
	lock  *os.File
	fault func(step string) error
}

// rooms are the directories below DATA.
var rooms = []string{"shards", "tmp", "backups", "trash"}

// openDirectory makes dir where it is missing and locks it.
func openDirectory(dir string, fault func(string) error) (*directory, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, err
	}
	if err := settle(abs); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	d := &directory{path: abs, root: root, fault: fault}
	if fault == nil {
		d.fault = func(string) error { return nil }
	}
	if err := d.takeLock(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	for _, room := range rooms {
		if err := root.MkdirAll(room, 0o700); err != nil {
			return nil, errors.Join(err, d.close())
		}
	}
	return d, nil
}

// settle makes a directory that is no installation yet ours alone. One that holds anything
// else is not taken: it may be somebody's home.
func settle(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, "registry.db")); err == nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); name != "LOCK" && name != "control.sock" && !slices.Contains(rooms, name) {
			return fmt.Errorf("%w: %s lies in it", ErrForeignDirectory, name)
		}
	}
	return os.Chmod(dir, 0o700)
}

// Founded says whether there is an installation in a directory.
func Founded(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, "registry.db"))
	return err == nil
}

// takeLock holds DATA/LOCK until close, and says in it who does.
func (d *directory) takeLock() error {
	f, err := d.root.OpenFile("LOCK", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		holder := make([]byte, 20)
		n, _ := f.Read(holder)
		return errors.Join(fmt.Errorf("%w %s", ErrLocked, strings.TrimSpace(string(holder[:n]))), f.Close())
	}
	d.lock = f
	return errors.Join(f.Truncate(0), writeAt(f, fmt.Sprintf("%d\n", os.Getpid())))
}

func writeAt(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

func (d *directory) close() error {
	if d.lock == nil {
		return nil
	}
	// Closing alone would leave the lock with a child that is just being started and has not yet
	// closed what it inherited.
	return errors.Join(unix.Flock(int(d.lock.Fd()), unix.LOCK_UN), d.lock.Close(), d.root.Close())
}

// write makes a file that is there whole, with its name, after a power cut: a temporary
// name, fsync, rename, fsync of the directory.
func (d *directory) write(name string, body []byte) error {
	temporary := path.Join("tmp", strings.ReplaceAll(name, "/", "-"))
	err := d.step("write "+temporary, func() error { return d.root.WriteFile(temporary, body, 0o600) })
	if err == nil {
		err = d.install(temporary, name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, d.remove(temporary)))
	}
	return nil
}

// install gives a finished file its name, durably.
func (d *directory) install(temporary, name string) error {
	dir := path.Dir(name)
	_, err := d.root.Lstat(dir)
	made := errors.Is(err, fs.ErrNotExist)
	return firstError(
		func() error { return d.root.MkdirAll(dir, 0o700) },
		func() error { return d.step("sync file", func() error { return d.sync(temporary) }) },
		func() error { return d.step("rename", func() error { return d.root.Rename(temporary, name) }) },
		func() error { return d.step("sync directory", func() error { return d.sync(dir) }) },
		func() error {
			if !made {
				return nil
			}
			return d.step("sync parent", func() error { return d.sync(path.Dir(dir)) })
		})
}

func firstError(steps ...func() error) error {
	for _, s := range steps {
		if err := s(); err != nil {
			return err
		}
	}
	return nil
}

// step lets a test fail what comes next.
func (d *directory) step(name string, do func() error) error {
	if err := d.fault(name); err != nil {
		return err
	}
	return do()
}

// sync flushes a file or directory that no database has open.
func (d *directory) sync(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// remove deletes a file that may not be there.
func (d *directory) remove(name string) error {
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
