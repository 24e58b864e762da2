package legacy

import (
	"encoding/binary"
	"io"
	"os"
)

// header is what the first 100 bytes of a database say.
type header struct {
	pageSize int64
	pages    int64 // 0 when the file does not say
	wal      bool
}

const magic = "SQLite format 3\x00"

// check looks at the copy without SQLite: it would take a file that is shorter than it
// says, or ignore a log that is not its own, without a word.
func (c *Copy) check() error {
	head := make([]byte, 100)
	f, err := os.Open(c.path)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.ReadFull(f, head)
	if n < len(magic) || string(head[:len(magic)]) != magic {
		return c.refuse(err, "is not a SQLite database")
	}
	if n < len(head) {
		return c.refuse(err, "is truncated: it ends within its first page")
	}
	h, ok := parseHeader(head)
	if !ok {
		return c.refuse(nil, "is damaged: its header makes no sense")
	}
	if len(c.parts) > 1 {
		return c.checkWAL(h)
	}
	return c.checkSize(h)
}

func parseHeader(b []byte) (h header, ok bool) {
	h.pageSize = int64(binary.BigEndian.Uint16(b[16:]))
	if h.pageSize == 1 {
		h.pageSize = 65536
	}
	if binary.BigEndian.Uint32(b[24:]) == binary.BigEndian.Uint32(b[92:]) {
		h.pages = int64(binary.BigEndian.Uint32(b[28:]))
	}
	h.wal = b[18] == 2 && b[19] == 2
	ok = h.pageSize >= 512 && h.pageSize&(h.pageSize-1) == 0 &&
		b[18] >= 1 && b[18] <= 2 && b[19] >= 1 && b[19] <= 2 &&
		b[21] == 64 && b[22] == 32 && b[23] == 32
	return h, ok
}

// checkSize holds a file without a log against the number of pages that it says it has.
func (c *Copy) checkSize(h header) error {
	size := c.parts[0].size
	if size%h.pageSize != 0 || size/h.pageSize < h.pages {
		return c.refuse(nil, "is truncated: it has %d bytes of %d", size, max(h.pages, size/h.pageSize+1)*h.pageSize)
	}
	return nil
}
