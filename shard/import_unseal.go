package shard

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"streamvault/registry"
)

// ErrSealed says that a sealed source is missing, damaged, or another import's.
var ErrSealed = errors.New("the sealed source cannot be opened")

// opener decrypts a sealed source chunk by chunk. It hands nothing on that has not been
// proven to be what was sealed, in its place; an early end is an error.
type opener struct {
	from  *bufio.Reader
	aead  cipher.AEAD
	head  []byte
	chunk []byte // what came last, sealed
	plain []byte // what is left of it, opened
	n     uint64
	last  bool
}

// newOpener reads the head.
func newOpener(from io.Reader, dataKey []byte) (*opener, sealHead, error) {
	o := &opener{from: bufio.NewReaderSize(from, 1<<20)}
	var h sealHead
	head, err := o.from.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(head, &h)
	}
	if err == nil && h.Format != sealFormat {
		err = fmt.Errorf("its format is %q", h.Format)
	}
	if err != nil {
		return nil, h, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	salt, err := base64.StdEncoding.DecodeString(h.Salt)
	if err != nil {
		return nil, h, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	o.head = head
	o.aead, err = sealAEAD(dataKey, salt)
	return o, h, err
}

func (o *opener) Read(p []byte) (int, error) {
	for len(o.plain) == 0 {
		if o.last {
			return 0, io.EOF
		}
		if err := o.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, o.plain)
	o.plain = o.plain[n:]
	return n, nil
}

func (o *opener) next() error {
	if o.chunk == nil {
		o.chunk = make([]byte, sealChunk+o.aead.Overhead())
	}
	size, err := io.ReadFull(o.from, o.chunk)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", ErrSealed)
	}
	_, err = o.from.Peek(1)
	o.last = err != nil
	o.plain, err = o.aead.Open(o.chunk[:0], sealNonce(o.n, o.last), o.chunk[:size], o.head)
	if err != nil {
		return fmt.Errorf("%w: it is damaged or another's", ErrSealed)
	}
	o.n++
	return nil
}

// unsealTo writes the files of a sealed source into dir and returns their names.
func unsealTo(dir string, from io.Reader, dataKey []byte, run string) (names []string, err error) {
	o, head, err := newOpener(from, dataKey)
	if err != nil {
		return nil, err
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
			return nil, err
		}
		if err := unsealFile(root, entry.Name, archive); err != nil {
			return nil, err
		}
		names = append(names, entry.Name)
	}
	_, err = io.Copy(io.Discard, o) // to its proven end
	return names, err
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
