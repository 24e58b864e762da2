package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// longestSocketPath is what every system's unix sockets can be called, in bytes.
const longestSocketPath = 103

// errNobody says that no server listens on the control socket.
var errNobody = errors.New("no server listens")

// socketPath names DATA/control.sock in the shorter of two ways, from the root or from
// the working directory. It fails when both are too long for a socket.
func socketPath(dir string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, "control.sock"))
	if err != nil {
		return "", err
	}
	if len(path) <= longestSocketPath {
		return path, nil
	}
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, path); err == nil && len(rel) <= longestSocketPath {
			return rel, nil
		}
	}
	return "", fmt.Errorf("%s is %d bytes, too long for a unix socket (at most %d): "+
		"choose a data directory with a shorter path, or start from a directory near it", path, len(path), longestSocketPath)
}

// listenControl binds the control socket, for its user only. The caller has opened the
// directory's store, which leaves no socket of another owner there.
func listenControl(dir string) (net.Listener, error) {
	path, err := socketPath(dir)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on control socket: %w", err), l.Close())
	}
	return l, nil
}

// sweepSocket removes what an owner left behind that crashed. The caller owns the lock.
func sweepSocket(dir string) error {
	path, err := socketPath(dir)
	if err != nil {
		return nil // too long for a socket ever to have been there
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove stale control socket: %w", err)
	}
	return nil
}

// dialControl connects to the server that owns dir, or returns errNobody.
func dialControl(ctx context.Context, dir string) (net.Conn, error) {
	path, err := socketPath(dir)
	if err != nil {
		return nil, errNobody // a server could not have bound it
	}
	c, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, errNobody
	}
	if err != nil {
		return nil, fmt.Errorf("ask the running server: %w", err)
	}
	return c, nil
}
