package legacy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxTextBytes is the longest text that is carried whole.
const maxTextBytes = 4 << 20

// replacement stands for what is no character.
const replacement = "\uFFFD"

// optional reads a column of text that may be absent.
func (r *row) optional(i int) *string {
	if r.values[i] == nil {
		return nil
	}
	text := r.text(i)
	return &text
}

// text reads a column of text, whatever it was stored as. NUL and bytes that are not UTF-8
// become U+FFFD; nothing is "".
func (r *row) text(i int) string {
	var text string
	switch v := r.values[i].(type) {
	case string:
		text = v
	case []byte:
		text = string(v)
		r.fault("not-text", i)
	case nil:
		r.fault("no-value", i)
	default:
		text = fmt.Sprint(v)
		r.fault("not-text", i)
	}
	if !wellFormed(text) {
		r.fault("bad-text", i)
		text = strings.ReplaceAll(strings.ToValidUTF8(text, replacement), "\x00", replacement)
	}
	if len(text) > maxTextBytes {
		r.fault("too-long", i)
		text = strings.ToValidUTF8(text[:maxTextBytes], "")
	}
	return text
}

func wellFormed(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}
