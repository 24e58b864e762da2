package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// outputFile becomes a file of that name when it is finished, whole and durable, or nothing.
type outputFile struct {
	path, dir string
	force     bool
	f         *os.File // under a temporary name in the same directory
	bytes     int64
	hash      hash.Hash
}

// newOutput begins a file. It refuses a name that is taken, unless force replaces it, and any
// inside the data directory, where nothing but the server may write.
func (a *app) newOutput(path string, force bool) (*outputFile, error) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	if a.inData(dir) {
		return nil, &refusal{Code: "out_in_data", Detail: path + " lies inside the data directory: choose another place"}
	}
	info, err := os.Lstat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return nil, &refusal{Code: "exists", Detail: path + " is there and not a plain file"}
	case err == nil && !force:
		return nil, taken(path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("--out: %w", err)
	}
	sweepOutputs(dir, path)
	f, err := os.CreateTemp(dir, beside(path)+"*") // for its user only
	if err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	_ = unix.Flock(int(f.Fd()), unix.LOCK_EX) // where there are no locks, nothing is swept either
	return &outputFile{path: path, dir: dir, force: force, f: f, hash: sha256.New()}, nil
}

// beside begins the temporary names of a file.
func beside(path string) string { return "." + filepath.Base(path) + "." }

// sweepOutputs removes what commands that were killed have left of a file of that name: nobody holds
// its lock. What stays is only a file more.
func sweepOutputs(dir, path string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		number, ours := strings.CutPrefix(e.Name(), beside(path))
		if _, err := strconv.ParseUint(number, 10, 64); !ours || err != nil || !e.Type().IsRegular() {
			continue
		}
		name := filepath.Join(dir, e.Name())
		f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
		if err != nil {
			continue
		}
		info, err := f.Stat()
		if err == nil && time.Since(info.ModTime()) > time.Minute && unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = os.Remove(name)
		}
		_ = f.Close()
	}
}

func taken(path string) error {
	return &refusal{Code: "exists", Detail: path + " is there already; --force replaces it"}
}

// inData says that a directory is the data directory or lies in it.
func (a *app) inData(dir string) bool {
	data, err := filepath.Abs(a.data)
	if err != nil {
		return false
	}
	if real, err := filepath.EvalSymlinks(data); err == nil {
		data = real
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false
	}
	inside, err := filepath.Rel(data, dir)
	return err == nil && filepath.IsLocal(inside)
}

func (o *outputFile) Write(p []byte) (int, error) {
	n, err := o.f.Write(p)
	o.bytes += int64(n)
	o.hash.Write(p[:n])
	return n, err
}

// sum is the SHA-256 of what was written, in hex.
func (o *outputFile) sum() string { return hex.EncodeToString(o.hash.Sum(nil)) }

// finish gives the file its name, unless writing it has failed.
func (o *outputFile) finish(failed error) error {
	err := errors.Join(failed, o.f.Sync(), o.f.Close())
	if err == nil {
		err = o.name()
	}
	if err != nil {
		_ = os.Remove(o.f.Name()) // it has its name, or is not wanted
		return err
	}
	dir, err := os.Open(o.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// name never replaces what came there meanwhile, unless that is wanted.
func (o *outputFile) name() error {
	if o.force {
		return os.Rename(o.f.Name(), o.path)
	}
	err := os.Link(o.f.Name(), o.path)
	if errors.Is(err, fs.ErrExist) {
		return taken(o.path)
	}
	if err != nil { // a file system without second names
		return os.Rename(o.f.Name(), o.path)
	}
	return os.Remove(o.f.Name())
}
