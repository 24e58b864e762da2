package restore

import (
	"encoding/binary"
	"errors"
	"io"
	"os"

	"streamvault/migrations"
)

const magic = "SQLite format 3\x00"

// checkHeader looks at the private copy without SQLite, which would take a file that is shorter
// than it says without a word, and would look for a log where the header asks for one. It
// marks the copy as having none, and returns its schema version.
func checkHeader(path string) (version int, err error) {
	if err := migrations.CheckPlain(path); err != nil {
		return 0, refuse(NotOurs, err, "is no database file: %v", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	head := make([]byte, 100)
	if n, err := io.ReadFull(f, head); n < len(magic) || string(head[:len(magic)]) != magic {
		return 0, refuse(NotOurs, nil, "is no SQLite database")
	} else if err != nil {
		return 0, refuse(Damaged, err, "ends within its first page")
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if version, err = readHeader(head, info.Size()); err != nil {
		return 0, err
	}
	_, err = f.WriteAt([]byte{1, 1}, 18)
	return version, err
}

// readHeader holds the first 100 bytes against what a file of ours says there.
func readHeader(b []byte, size int64) (version int, err error) {
	word := func(at int) int64 { return int64(binary.BigEndian.Uint32(b[at:])) }
	pageSize := int64(binary.BigEndian.Uint16(b[16:]))
	if pageSize == 1 {
		pageSize = 65536
	}
	switch {
	case word(68) != int64(migrations.Tenant().ApplicationID):
		return 0, refuse(NotOurs, nil, "is not one of streamvault's: its application id is %d", word(68))
	case pageSize < 512 || pageSize&(pageSize-1) != 0, b[18] < 1 || b[18] > 2, b[19] < 1 || b[19] > 2,
		b[20] != 0, b[21] != 64 || b[22] != 32 || b[23] != 32, word(44) > 4:
		return 0, refuse(Damaged, nil, "is damaged: its header makes no sense")
	case word(56) != 1:
		return 0, refuse(NotOurs, nil, "does not keep its texts as UTF-8")
	case word(52) != 0 || word(64) != 0:
		return 0, refuse(NotOurs, nil, "is vacuumed by itself, as no file of streamvault's is")
	case size%pageSize != 0:
		return 0, refuse(Damaged, nil, "is damaged: it ends inside a page")
	case word(24) == word(92) && word(28) > size/pageSize:
		return 0, refuse(Damaged, nil, "is damaged: it has %d pages of %d", size/pageSize, word(28))
	case word(60) > int64(migrations.Tenant().Newest()):
		return 0, refuse(Newer, migrations.ErrNewer, "is of schema version %d, and this program knows versions up to %d",
			word(60), migrations.Tenant().Newest())
	case word(60) < int64(migrations.Tenant().Required):
		return 0, refuse(Damaged, nil, "is of schema version %d, which never was", word(60))
	}
	return int(word(60)), nil
}
