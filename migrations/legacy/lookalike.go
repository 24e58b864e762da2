package legacy

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"
	"sync"
	"unicode/utf8"
)

// foldText has a line for each character that Unicode 14 folds or takes apart: the
// character, then what it becomes (case folding of the canonical decomposition). ASCII and
// Hangul are done by rule.
//
//go:embed fold.txt
var foldText string

var folds = sync.OnceValue(func() map[rune]string {
	m := make(map[rune]string, 4096)
	for line := range strings.Lines(foldText) {
		from, size := utf8.DecodeRuneInString(line)
		m[from] = strings.TrimSuffix(line[size:], "\n")
	}
	return m
})

// lookAlikes finds names that people may take for one: percent-encoded, composed in another
// way, or equal but for the case of letters beyond A to Z. They are separate viewers and
// stay so; the owner is told.
type lookAlikes struct {
	rows    map[uint64]int64 // first row by hash of what the name looks like
	count   int64
	example string
}

func (l *lookAlikes) look(row int64, name string) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(appearance(name))) // a hash takes anything
	sum := h.Sum64()
	if l.rows == nil {
		l.rows = map[uint64]int64{}
	}
	first, seen := l.rows[sum]
	if !seen {
		l.rows[sum] = row
		return
	}
	if l.count++; l.count == 1 {
		l.example = fmt.Sprintf("users row %d, %.60q, looks like row %d", row, name, first)
	}
}

// appearance folds away what people do not see.
func appearance(name string) string {
	if plain, err := url.PathUnescape(name); err == nil && strings.Contains(name, "%") {
		name = plain
	}
	var b strings.Builder
	for _, c := range name {
		switch folded, ok := folds()[c]; {
		case 'A' <= c && c <= 'Z':
			b.WriteRune(c + 'a' - 'A')
		case ok:
			b.WriteString(folded)
		case 0xAC00 <= c && c <= 0xD7A3:
			b.WriteString(jamo(c - 0xAC00))
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// jamo takes a Hangul syllable apart.
func jamo(s rune) string {
	parts := []rune{0x1100 + s/588, 0x1161 + s%588/28, 0x11A7 + s%28}
	if parts[2] == 0x11A7 {
		parts = parts[:2]
	}
	return string(parts)
}
