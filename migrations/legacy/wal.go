package legacy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

const (
	walHeaderBytes = 32
	walFrameBytes  = 24 // before each page
)

// wal walks a write-ahead log as SQLite would on recovery, but does not stop in silence:
// SQLite takes everything after the first frame that does not check as never written.
type wal struct {
	order    binary.ByteOrder // of the words that are summed
	s0, s1   uint32
	salts    [8]byte
	pageSize int64

	filePages int64 // whole pages in the database file
	beyond    idSet // pages after those that the log has, committed
	pending   []int64
	pageOne   int64 // size of the database by the newest first page, 0 if none is here
	seenOne   int64 // the same, of a transaction that may not end
	commits   int64
	size      int64 // pages, by the last commit
	tail      int64 // frames of this round behind the last commit
}

// checkWAL refuses a log that does not fit its database.
func (c *Copy) checkWAL(h header) error {
	if !h.wal {
		return c.refuse(nil, "is not in WAL mode, so the -wal beside it does not fit")
	}
	f, err := os.Open(c.path + walSuffix)
	if err != nil {
		return err
	}
	defer f.Close()
	w := &wal{pageSize: h.pageSize, filePages: c.parts[0].size / h.pageSize}
	in := bufio.NewReaderSize(f, 1<<20)
	if !w.readHeader(in) {
		return c.refuse(nil, "has a -wal that does not fit: its header is not one of this database")
	}
	if why := w.walk(in); why != "" {
		return c.refuse(nil, "has a -wal that does not fit: %s", why)
	}
	c.tail = w.tail
	if w.commits == 0 {
		return c.checkSize(h)
	}
	if why := w.fits(h); why != "" {
		return c.refuse(nil, "has a -wal that does not fit: %s", why)
	}
	return nil
}

// readHeader says whether the log is one of a database with these pages.
func (w *wal) readHeader(in io.Reader) bool {
	b := make([]byte, walHeaderBytes)
	if _, err := io.ReadFull(in, b); err != nil {
		return false
	}
	switch binary.BigEndian.Uint32(b) {
	case 0x377f0682:
		w.order = binary.LittleEndian
	case 0x377f0683:
		w.order = binary.BigEndian
	default:
		return false
	}
	copy(w.salts[:], b[16:24])
	w.sum(b[:24])
	return binary.BigEndian.Uint32(b[4:]) == 3007000 &&
		int64(binary.BigEndian.Uint32(b[8:])) == w.pageSize && w.sumIs(b[24:])
}

// sum adds 8-byte steps to the running checksum.
func (w *wal) sum(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		w.s0 += w.order.Uint32(b) + w.s1
		w.s1 += w.order.Uint32(b[4:]) + w.s0
	}
}

func (w *wal) sumIs(b []byte) bool {
	return binary.BigEndian.Uint32(b) == w.s0 && binary.BigEndian.Uint32(b[4:]) == w.s1
}

// walk reads every frame and says what is wrong, or "".
func (w *wal) walk(in io.Reader) string {
	frame := make([]byte, walFrameBytes+w.pageSize)
	for valid := true; ; {
		_, err := io.ReadFull(in, frame)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			// A part of a frame was never committed: each commit ends with a whole one.
			return ""
		}
		if err != nil {
			return err.Error()
		}
		if valid = valid && w.valid(frame); valid {
			w.add(frame)
			continue
		}
		if why := w.after(frame); why != "" {
			return why
		}
	}
}

func (w *wal) valid(frame []byte) bool {
	if [8]byte(frame[8:16]) != w.salts {
		return false
	}
	w.sum(frame[:8])
	w.sum(frame[walFrameBytes:])
	return w.sumIs(frame[16:24])
}

// add takes a good frame in; its transaction counts once a frame of it is a commit.
func (w *wal) add(frame []byte) {
	page := int64(binary.BigEndian.Uint32(frame))
	if page > w.filePages {
		w.pending = append(w.pending, page)
	}
	if page == 1 {
		w.seenOne = int64(binary.BigEndian.Uint32(frame[walFrameBytes+28:]))
	}
	w.tail++
	size := int64(binary.BigEndian.Uint32(frame[4:]))
	if size == 0 {
		return
	}
	w.commits++
	w.tail = 0
	w.size, w.pageOne = size, w.seenOne
	for _, p := range w.pending {
		w.beyond.add(p)
	}
	w.pending = w.pending[:0]
}

// after judges a frame beyond the last good one. Frames of an earlier round of the log
// have other salts and are garbage by design; a commit of this round is a lost one.
func (w *wal) after(frame []byte) string {
	first, second := [4]byte(frame[8:12]) == [4]byte(w.salts[:4]), [4]byte(frame[12:16]) == [4]byte(w.salts[4:])
	commit := binary.BigEndian.Uint32(frame[4:]) != 0
	if first != second || first && commit {
		return "it is damaged and transactions in it would be lost"
	}
	if first {
		w.tail++
	}
	return ""
}

// fits holds the state after the last commit against the database file.
func (w *wal) fits(h header) string {
	size := w.pageOne
	if size == 0 {
		size = h.pages
	}
	if size != 0 && size != w.size {
		return "it belongs to a database of another size"
	}
	for page := w.filePages + 1; page <= w.size; page++ {
		if !w.beyond.has(page) {
			return "file and log together lack pages"
		}
	}
	return ""
}
