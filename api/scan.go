package api

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"streamvault/shard/tenant"
)

// scanner reads strict JSON: RFC 8259, and in every object each key once, in every text no
// NUL and no half of a surrogate pair, and no deeper than maxDepth.
type scanner struct {
	rest  []byte
	depth int
}

func (sc *scanner) utf8() error {
	if !utf8.Valid(sc.rest) {
		return &tenant.InvalidError{Field: "body", Problem: "must be UTF-8"}
	}
	return nil
}

func (sc *scanner) space() {
	for len(sc.rest) > 0 {
		switch sc.rest[0] {
		case ' ', '\t', '\n', '\r':
			sc.rest = sc.rest[1:]
		default:
			return
		}
	}
}

// next takes a character if it is the next one.
func (sc *scanner) next(c byte) bool {
	if len(sc.rest) == 0 || sc.rest[0] != c {
		return false
	}
	sc.rest = sc.rest[1:]
	return true
}

func (sc *scanner) word(w string) bool {
	if !bytes.HasPrefix(sc.rest, []byte(w)) {
		return false
	}
	sc.rest = sc.rest[len(w):]
	return true
}

// wrong is the error for a value of another type, or for what is no value at all.
func (sc *scanner) wrong(at, problem string) error {
	if sc.word("null") {
		return &tenant.InvalidError{Field: at, Problem: "must not be null"}
	}
	if err := sc.skip(at); err != nil {
		return err
	}
	return &tenant.InvalidError{Field: at, Problem: problem}
}

func syntax() error { return &tenant.InvalidError{Field: "body", Problem: "must be JSON"} }

// skip reads one value of any type.
func (sc *scanner) skip(at string) error {
	sc.space()
	switch {
	case len(sc.rest) == 0:
		return syntax()
	case sc.next('{'):
		_, err := sc.members(at, func(_, at string) error { return sc.skip(at) })
		return err
	case sc.next('['):
		return sc.items(func(int) error { return sc.skip(at) })
	case sc.next('"'):
		_, err := sc.text(at)
		return err
	case sc.rest[0] == '-' || digit(sc.rest[0]):
		_, err := sc.number()
		return err
	case sc.word("true"), sc.word("false"), sc.word("null"):
		return nil
	}
	return syntax()
}

// members reads an object after its brace, calls each at the value of every key, and
// returns the keys.
func (sc *scanner) members(at string, each func(key, at string) error) (seen map[string]bool, err error) {
	seen = map[string]bool{}
	return seen, sc.sequence('}', func() error {
		sc.space()
		if !sc.next('"') {
			return syntax()
		}
		key, err := sc.text(at)
		if err != nil {
			return err
		}
		inside := below(at, key)
		if seen[key] {
			return &tenant.InvalidError{Field: inside, Problem: "is given twice"}
		}
		seen[key] = true
		if sc.space(); !sc.next(':') {
			return syntax()
		}
		return each(key, inside)
	})
}

// items reads a list after its bracket and calls each at every value.
func (sc *scanner) items(each func(i int) error) error {
	i := -1
	return sc.sequence(']', func() error {
		i++
		return each(i)
	})
}

// sequence reads what stands between commas up to the closing character.
func (sc *scanner) sequence(closing byte, one func() error) error {
	if sc.depth++; sc.depth > maxDepth {
		return &tenant.InvalidError{Field: "body", Problem: "is nested too deeply"}
	}
	defer func() { sc.depth-- }()
	if sc.space(); sc.next(closing) {
		return nil
	}
	for {
		if err := one(); err != nil {
			return err
		}
		if sc.space(); sc.next(closing) {
			return nil
		}
		if !sc.next(',') {
			return syntax()
		}
	}
}

// text reads a string after its quotation mark.
func (sc *scanner) text(at string) (string, error) {
	for i, c := range sc.rest {
		switch {
		case c == '"':
			text := string(sc.rest[:i])
			sc.rest = sc.rest[i+1:]
			return text, nil
		case c == '\\':
			return sc.escaped(at, i)
		case c < ' ':
			return "", syntax()
		}
	}
	return "", syntax()
}

// escaped is text from the first backslash on.
func (sc *scanner) escaped(at string, plain int) (string, error) {
	text := bytes.Clone(sc.rest[:plain])
	sc.rest = sc.rest[plain:]
	for len(sc.rest) > 0 {
		c := sc.rest[0]
		sc.rest = sc.rest[1:]
		switch {
		case c == '"':
			return string(text), nil
		case c < ' ':
			return "", syntax()
		case c != '\\':
			text = append(text, c)
			continue
		}
		r, err := sc.escape(at)
		if err != nil {
			return "", err
		}
		text = utf8.AppendRune(text, r)
	}
	return "", syntax()
}

// escape reads what follows a backslash.
func (sc *scanner) escape(at string) (rune, error) {
	if len(sc.rest) == 0 {
		return 0, syntax()
	}
	c := sc.rest[0]
	sc.rest = sc.rest[1:]
	if c != 'u' {
		if i := bytes.IndexByte([]byte(`"\/bfnrt`), c); i >= 0 {
			return rune("\"\\/\b\f\n\r\t"[i]), nil
		}
		return 0, syntax()
	}
	r, ok := sc.hex4()
	if !ok {
		return 0, syntax()
	}
	if r == 0 {
		return 0, &tenant.InvalidError{Field: at, Problem: "must not contain NUL"}
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if sc.word(`\u`) {
		if low, ok := sc.hex4(); ok {
			r = utf16.DecodeRune(r, low)
		}
	}
	if utf16.IsSurrogate(r) || r == utf8.RuneError {
		return 0, &tenant.InvalidError{Field: at, Problem: "must not contain half of a surrogate pair"}
	}
	return r, nil
}

func (sc *scanner) hex4() (rune, bool) {
	if len(sc.rest) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(sc.rest[:4]), 16, 16)
	sc.rest = sc.rest[4:]
	return rune(n), err == nil
}

// number reads a number: -?(0|[1-9]digits)(.digits)?([eE][+-]?digits)?
func (sc *scanner) number() ([]byte, error) {
	from := sc.rest
	sc.next('-')
	ok := sc.next('0') || sc.digits()
	if ok && sc.next('.') {
		ok = sc.digits()
	}
	if ok && (sc.next('e') || sc.next('E')) {
		_ = sc.next('+') || sc.next('-')
		ok = sc.digits()
	}
	if !ok || len(sc.rest) > 0 && digit(sc.rest[0]) {
		return nil, syntax()
	}
	return from[:len(from)-len(sc.rest)], nil
}

func (sc *scanner) digits() bool {
	n := 0
	for n < len(sc.rest) && digit(sc.rest[n]) {
		n++
	}
	sc.rest = sc.rest[n:]
	return n > 0
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// maxFieldName is how much of a field's name is repeated to the caller, in bytes.
const maxFieldName = 64

// below names a field of an object, "goal.title", as far as that helps to find it.
func below(at, name string) string {
	if len(name) > maxFieldName {
		name = string(bytes.ToValidUTF8([]byte(name[:maxFieldName]), nil)) + "..."
	}
	if at == "body" {
		return name
	}
	return at + "." + name
}
