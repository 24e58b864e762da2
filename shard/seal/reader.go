package seal

import (
	"bufio"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrBroken says that a sealed file is damaged, cut off, or sealed under another key.
var ErrBroken = errors.New("the sealed file cannot be opened")

// maxHead bounds the first line, in bytes.
const maxHead = 64 << 10

// Reader decrypts a sealed file chunk by chunk. It hands nothing on that has not been proven
// to be what was sealed, in its place; an early end is an error.
type Reader struct {
	from  *bufio.Reader
	aead  cipher.AEAD
	head  []byte
	chunk []byte // what came last, sealed
	plain []byte // what is left of it, opened
	n     uint64
	last  bool
}

// NewReader reads the first line into head, a pointer to what the format wrote there. The line
// is proven with the first chunk, not before.
func NewReader(from io.Reader, dataKey []byte, format string, head any) (*Reader, error) {
	r := &Reader{from: bufio.NewReaderSize(from, maxHead)}
	var h Head
	line, err := r.from.ReadSlice('\n')
	if err == nil {
		err = errors.Join(json.Unmarshal(line, &h), json.Unmarshal(line, head))
	}
	if err == nil && h.Format != format {
		err = fmt.Errorf("its format is %q", h.Format)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	salt, err := base64.StdEncoding.DecodeString(h.Salt)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	r.head = append([]byte{}, line...)
	r.aead, err = aeadOf(dataKey, salt, format)
	return r, err
}

func (r *Reader) Read(p []byte) (int, error) {
	for len(r.plain) == 0 {
		if r.last {
			return 0, io.EOF
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.plain)
	r.plain = r.plain[n:]
	return n, nil
}

func (r *Reader) next() error {
	if r.chunk == nil {
		r.chunk = make([]byte, Chunk+r.aead.Overhead())
	}
	size, err := io.ReadFull(r.from, r.chunk)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", ErrBroken)
	}
	_, err = r.from.Peek(1)
	r.last = err != nil
	r.plain, err = r.aead.Open(r.chunk[:0], nonce(r.n, r.last), r.chunk[:size], r.head)
	if err != nil {
		return fmt.Errorf("%w: it is damaged or another's", ErrBroken)
	}
	r.n++
	return nil
}
