package shard

import (
	"archive/tar"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// A sealed source is one line of JSON, then chunks of AES-256-GCM over a tar of the files.
// The line is bound to every chunk; each chunk is bound to its place, and the last one is
// marked, so nothing can be cut off, moved or taken from another file. The key is derived
// from the streamer's data key and a salt, so that no two files share one.

// sealHead is the line that begins a sealed source.
type sealHead struct {
	Format    string    `json:"format"`
	Run       string    `json:"run"`
	Streamer  int64     `json:"streamerId"`
	SHA256    string    `json:"sourceSha256"`
	Bytes     int64     `json:"sourceBytes"`
	CreatedAt time.Time `json:"createdAt"`
	Salt      string    `json:"salt"`
}

const (
	sealFormat = "streamvault-legacy-source-1"
	sealChunk  = 64 << 10
)

// sealer encrypts what is written to it, chunk by chunk.
type sealer struct {
	to   io.Writer
	aead cipher.AEAD
	head []byte
	n    uint64
	buf  []byte
}

// newSealer writes the head, completed with a salt, and returns what encrypts the rest.
func newSealer(to io.Writer, dataKey []byte, h sealHead) (*sealer, error) {
	salt := make([]byte, 32)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	h.Format, h.Salt = sealFormat, base64.StdEncoding.EncodeToString(salt)
	head, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	head = append(head, '\n')
	aead, err := sealAEAD(dataKey, salt)
	if err != nil {
		return nil, err
	}
	if _, err := to.Write(head); err != nil {
		return nil, err
	}
	return &sealer{to: to, aead: aead, head: head, buf: make([]byte, 0, sealChunk)}, nil
}

func sealAEAD(dataKey, salt []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, dataKey, salt, sealFormat, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealNonce says which chunk it is and whether it is the last.
func sealNonce(n uint64, last bool) []byte {
	nonce := make([]byte, 12)
	binary.BigEndian.PutUint64(nonce[3:], n)
	if last {
		nonce[11] = 1
	}
	return nonce
}

func (s *sealer) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if len(s.buf) == sealChunk {
			if err := s.flush(false); err != nil {
				return 0, err
			}
		}
		n := copy(s.buf[len(s.buf):sealChunk], rest)
		s.buf, rest = s.buf[:len(s.buf)+n], rest[n:]
	}
	return len(p), nil
}

func (s *sealer) flush(last bool) error {
	_, err := s.to.Write(s.aead.Seal(nil, sealNonce(s.n, last), s.buf, s.head))
	s.n, s.buf = s.n+1, s.buf[:0]
	return err
}

// Close writes the last chunk, which may be empty.
func (s *sealer) Close() error { return s.flush(true) }

// sealFiles writes files, as each hands them over, as one sealed source.
func sealFiles(to io.Writer, dataKey []byte, h sealHead, each func(func(name string, size int64, body io.Reader) error) error) error {
	s, err := newSealer(to, dataKey, h)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(s)
	err = each(func(name string, size int64, body io.Reader) error {
		err := archive.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: h.CreatedAt})
		if err != nil {
			return err
		}
		_, err = io.Copy(archive, body)
		return err
	})
	if err == nil {
		err = errors.Join(archive.Close(), s.Close())
	}
	if err != nil {
		return fmt.Errorf("seal source: %w", err)
	}
	return nil
}
