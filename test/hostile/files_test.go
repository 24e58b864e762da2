package hostile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// file makes a hostile file of a good one.
type file func(t testing.TB, s *stand, good []byte) []byte

// at writes bytes at a place.
func at(place int, b ...byte) file {
	return func(_ testing.TB, _ *stand, good []byte) []byte {
		return append(good[:place:place], append(b, good[place+len(b):]...)...)
	}
}

func word(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// is is a file of its own.
func is(body string) file { return func(testing.TB, *stand, []byte) []byte { return []byte(body) } }

// sql changes the good file by SQL that is held to no rule. %d is the streamer's id.
func sql(text string) file {
	return func(t testing.TB, s *stand, good []byte) []byte {
		if bytes.Contains([]byte(text), []byte("%")) {
			text = fmt.Sprintf(text, s.alice.ID)
		}
		return craft(t, good, text)
	}
}

// loosened changes rows of a table while it has no rules, which its own words say again
// afterwards.
func loosened(table, change string) file {
	return sql(`CREATE TEMP TABLE IF NOT EXISTS words (sql TEXT); DELETE FROM temp.words;
		INSERT INTO temp.words SELECT sql FROM sqlite_schema WHERE name = '` + table + `';
		UPDATE sqlite_schema SET sql = replace(replace(sql, ') STRICT', ')'), 'NOT NULL', '') WHERE name = '` + table + `';
		PRAGMA schema_version = 9001; ` + change + `;
		UPDATE sqlite_schema SET sql = (SELECT sql FROM temp.words) WHERE name = '` + table + `'; PRAGMA schema_version = 9002`)
}

// page changes the page that a table or index begins at.
func page(name string, change func(page []byte, number uint32)) file {
	return func(t testing.TB, _ *stand, good []byte) []byte {
		root := asked(t, good, `SELECT rootpage FROM sqlite_schema WHERE name = '`+name+`'`).(int64)
		return changed(good, root, change)
	}
}

func changed(good []byte, number int64, change func([]byte, uint32)) []byte {
	bad, size := bytes.Clone(good), pageSize(good)
	change(bad[(number-1)*size:number*size], uint32(number))
	return bad
}

func pageSize(body []byte) int64 { return int64(binary.BigEndian.Uint16(body[16:])) }

// overflow changes a page of values that spill over: it begins with the number of the next.
func overflow(next func(this, pages uint32) uint32) file {
	return func(t testing.TB, _ *stand, good []byte) []byte {
		size := pageSize(good)
		for n := int64(2); n <= int64(len(good))/size; n++ {
			p := good[(n-1)*size:]
			if bytes.Contains(p[4:size], []byte("picturepicturepicture")) && binary.BigEndian.Uint32(p) != 0 && p[0] == 0 {
				return changed(good, n, func(p []byte, this uint32) {
					copy(p, word(next(this, uint32(int64(len(good))/size))))
				})
			}
		}
		require.Fail(t, "no page spills over")
		return nil
	}
}

func random(n int) []byte {
	b, r := make([]byte, n), rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
