package restore

import (
	"database/sql/driver"
	"fmt"
)

// settings is the table with a streamer's own settings.
const settings = "overlay_settings"

// secret is a condition that the rows of a table meet which stay behind for their key, or
// nothing. They are never written: a row that is deleted again would leave its bytes in the file.
func (b *build) secret(table string) (sql string, words []driver.Value) {
	if table != settings || len(b.Secret) == 0 {
		return "", nil
	}
	for i, word := range b.Secret {
		sql += fmt.Sprintf(" OR instr(lower(key), ?%d) > 0", i+3) // after the owner and the shift
		words = append(words, word)
	}
	return sql[len(" OR "):], words
}

// moveUploads makes addresses of pictures in the file those of the new streamer.
func (b *build) moveUploads() error {
	if b.shift() == 0 {
		return nil
	}
	moved := map[int64]string{}
	err := b.c.Each(`SELECT id, drop_image FROM main.users WHERE drop_image LIKE '/%/api/uploads/%'`, func(row []driver.Value) error {
		moved[row[0].(int64)] = movedUpload(row[1].(string), b.facts.Streamer<<32, b.Identity.Streamer<<32, b.Channel)
		return nil
	})
	for user, address := range moved {
		if err == nil {
			err = b.c.Run(`UPDATE main.users SET drop_image = ?2 WHERE id = ?1`, user, address)
		}
	}
	return err
}

// moveSequences makes ids of rows that were deleted stay unused.
func (b *build) moveSequences() error {
	return b.c.Run(`
		UPDATE main.sqlite_sequence AS s
		SET seq = max(seq, coalesce((SELECT o.seq + ?1 FROM old.sqlite_sequence o WHERE o.name = s.name), 0))`, b.shift())
}
