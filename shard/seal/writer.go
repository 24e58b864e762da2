package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
)

// Chunk is how many bytes are encrypted at a time.
const Chunk = 64 << 10

// Head is what the first line says to the package itself. A format embeds it in its own line.
type Head struct {
	Format string `json:"format"`
	Salt   string `json:"salt"`
}

// Writer encrypts what is written to it, chunk by chunk.
type Writer struct {
	to   io.Writer
	aead cipher.AEAD
	head []byte
	n    uint64
	buf  []byte
}

// NewWriter writes the line that head makes of a Head and returns what encrypts the rest.
func NewWriter(to io.Writer, dataKey []byte, format string, head func(Head) any) (*Writer, error) {
	salt := make([]byte, 32)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	line, err := json.Marshal(head(Head{format, base64.StdEncoding.EncodeToString(salt)}))
	if err != nil {
		return nil, err
	}
	line = append(line, '\n')
	aead, err := aeadOf(dataKey, salt, format)
	if err != nil {
		return nil, err
	}
	if _, err := to.Write(line); err != nil {
		return nil, err
	}
	return &Writer{to: to, aead: aead, head: line, buf: make([]byte, 0, Chunk)}, nil
}

func aeadOf(dataKey, salt []byte, format string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, dataKey, salt, format, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// nonce says which chunk it is and whether it is the last.
func nonce(n uint64, last bool) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint64(b[3:], n)
	if last {
		b[11] = 1
	}
	return b
}

func (w *Writer) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if len(w.buf) == Chunk {
			if err := w.flush(false); err != nil {
				return 0, err
			}
		}
		n := copy(w.buf[len(w.buf):Chunk], rest)
		w.buf, rest = w.buf[:len(w.buf)+n], rest[n:]
	}
	return len(p), nil
}

func (w *Writer) flush(last bool) error {
	_, err := w.to.Write(w.aead.Seal(nil, nonce(w.n, last), w.buf, w.head))
	w.n, w.buf = w.n+1, w.buf[:0]
	return err
}

// Close writes the last chunk, which may be empty.
func (w *Writer) Close() error { return w.flush(true) }
