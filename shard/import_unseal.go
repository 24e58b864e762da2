package shard

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"streamvault/registry"
	"streamvault/shard/seal"
)

// ErrSealed says that a sealed source is missing, damaged, or another import's.
var ErrSealed = errors.New("the sealed source cannot be opened")

// unsealTo writes the files of a sealed source into dir and returns their names.
func unsealTo(dir string, from io.Reader, dataKey []byte, run string) (names []string, err error) {
	var head sealHead
	o, err := seal.NewReader(from, dataKey, sealFormat, &head)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	if head.Run != run {
		return nil, fmt.Errorf("%w: it is of run %s", ErrSealed, head.Run)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for archive := tar.NewReader(o); ; {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, sealedError(err)
		}
		if err := unsealFile(root, entry.Name, archive); err != nil {
			return nil, sealedError(err)
		}
		names = append(names, entry.Name)
	}
	_, err = io.Copy(io.Discard, o) // to its proven end
	return names, sealedError(err)
}

// sealedError names a failed opening as one of a source.
func sealedError(err error) error {
	if errors.Is(err, seal.ErrBroken) {
		return fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return err
}

func unsealFile(root *os.Root, name string, body io.Reader) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	return errors.Join(err, f.Sync(), f.Close())
}

// Source writes the files of an import's source, as they were imported, into a directory
// that it makes or that is empty, and returns their paths. They hold the old tokens in clear.
func (s *Store) Source(ctx context.Context, run, dir string) (paths []string, err error) {
	i, err := s.ImportByRun(ctx, run)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, &registry.InvalidError{What: dir, Problem: "is not empty; name a directory that is, or that is not there yet"}
	}
	names, err := s.unseal(ctx, i, dir)
	if err != nil {
		return nil, fmt.Errorf("source of %s: %w", run, err)
	}
	for _, name := range names {
		paths = append(paths, filepath.Join(dir, name))
	}
	return paths, nil
}

// unseal opens the kept source of an import into dir.
func (s *Store) unseal(ctx context.Context, i registry.Import, dir string) (names []string, err error) {
	key, err := s.SourceKey(ctx, i)
	if err != nil {
		return nil, err
	}
	b := &importBackup{dir: s.Dir()}
	err = b.within(func(root *os.Root) (err error) {
		f, err := root.Open(sealedName(i.Run))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSealed, err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		names, err = unsealTo(dir, f, key, i.Run)
		return err
	})
	return names, err
}
