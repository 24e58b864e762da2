package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"streamvault/shard/seal"
)

// sealFormat names a sealed backup.
const sealFormat = "streamvault-backup-1"

// sealLine is the first line of a sealed backup: it says whose key opens it.
type sealLine struct {
	seal.Head
	Streamer int64 `json:"streamerId"`
}

// Encode writes the database at from, as the manifest wants it, to a new file at path and
// notes in the manifest what became of it. dataKey is for one that is to be sealed. What is
// neither packed nor sealed is read once and stays where it is: the caller takes from itself.
func Encode(ctx context.Context, from, path string, m *Manifest, dataKey []byte) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	sum := &summed{to: io.Discard, sha: sha256.New()}
	var file *os.File
	if m.Packed || m.Sealed {
		if file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return err
		}
		sum.to = file
	}
	m.PlainBytes, err = m.write(sum, reading{ctx, in}, dataKey)
	if file != nil {
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return fmt.Errorf("encode a backup: %w", err)
	}
	m.Bytes, m.SHA256 = sum.n, hex.EncodeToString(sum.sha.Sum(nil))
	return nil
}

// write packs, then seals, and returns how many bytes it read.
func (m *Manifest) write(to io.Writer, from io.Reader, dataKey []byte) (n int64, err error) {
	buffered := bufio.NewWriterSize(to, 1<<20)
	closers := []func() error{}
	to = buffered
	if m.Sealed {
		w, err := seal.NewWriter(to, dataKey, sealFormat, func(h seal.Head) any { return sealLine{h, m.StreamerID} })
		if err != nil {
			return 0, err
		}
		to, closers = w, append(closers, w.Close)
	}
	if m.Packed {
		w, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(packWindow))
		if err != nil {
			return 0, err
		}
		to, closers = w, append(closers, w.Close)
	}
	n, err = io.Copy(to, from)
	for i := len(closers) - 1; i >= 0; i-- {
		err = errors.Join(err, closers[i]())
	}
	return n, errors.Join(err, buffered.Flush())
}

// packWindow bounds the memory of packing and unpacking, in bytes.
const packWindow = 4 << 20

// Decode writes the database of a backup, as its manifest describes it, to a new file at path.
// The error is ErrDamaged unless every byte is the one that was kept.
func Decode(ctx context.Context, from io.Reader, m *Manifest, dataKey []byte, path string) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum, to := &counted{from: reading{ctx, from}, sha: sha256.New()}, &written{to: out}
	err = m.read(to, sum, dataKey)
	if err == nil {
		_, err = io.Copy(io.Discard, sum) // what follows counts
	}
	closed := out.Close()
	switch sha := hex.EncodeToString(sum.sha.Sum(nil)); {
	case sum.err != nil || to.err != nil || closed != nil: // reading or writing failed, whatever is in the file
		return fmt.Errorf("read a backup: %w", errors.Join(sum.err, to.err, closed))
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case sum.n != m.Bytes || sha != m.SHA256:
		return fmt.Errorf("%w: its SHA-256 over %d bytes is %s instead of %s over %d", ErrDamaged, sum.n, sha, m.SHA256, m.Bytes)
	}
	return nil
}

// read opens, then unpacks. No more is written than the manifest says.
func (m *Manifest) read(to io.Writer, from io.Reader, dataKey []byte) error {
	if m.Sealed {
		var line sealLine
		r, err := seal.NewReader(from, dataKey, sealFormat, &line)
		if err != nil {
			return err
		}
		from = r
	}
	if m.Packed {
		r, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(2*packWindow), zstd.WithDecoderMaxMemory(4*packWindow))
		if err != nil {
			return err
		}
		defer r.Close()
		from = r
	}
	n, err := io.Copy(to, io.LimitReader(from, m.PlainBytes+1))
	if err == nil && n != m.PlainBytes {
		err = fmt.Errorf("%w: the database in it is not of %d bytes", ErrDamaged, m.PlainBytes)
	}
	return err
}

// reading ends with its context.
type reading struct {
	ctx  context.Context
	from io.Reader
}

func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}

// summed hashes what is written.
type summed struct {
	to  io.Writer
	sha hash.Hash
	n   int64
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	s.n += int64(n)
	_, _ = s.sha.Write(p[:n])
	return n, err
}

// written remembers why writing failed.
type written struct {
	to  io.Writer
	err error
}

func (w *written) Write(p []byte) (n int, err error) {
	n, w.err = w.to.Write(p)
	return n, w.err
}

// counted hashes what is read.
type counted struct {
	from io.Reader
	sha  hash.Hash
	n    int64
	err  error // of reading, but for the end
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	_, _ = c.sha.Write(p[:n])
	if !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}
