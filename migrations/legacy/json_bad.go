package legacy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
)

var (
	errNoObject = errors.New("is no object at its top")
	errTrailing = errors.New("goes on after its end")
)

// badUsers is what is wrong with user_data.json, and in which line. at is where the reader
// had come to.
func (c *Copy) badUsers(f *os.File, bad error, at int64) error {
	var syntax *json.SyntaxError
	switch {
	case c.parts[0].size == 0:
		return c.refuse(bad, "holds a %s that is empty", usersFile)
	case errors.Is(bad, errTooLong):
		return c.badLine(f, bad, at, "has an entry of more than 32 MiB")
	case errors.Is(bad, errNoObject), errors.Is(bad, errTrailing):
		return c.badLine(f, bad, at, bad.Error())
	case errors.Is(bad, io.EOF), errors.Is(bad, io.ErrUnexpectedEOF):
		return c.badLine(f, bad, c.parts[0].size, "ends too early")
	case errors.As(bad, &syntax):
		return c.badLine(f, bad, at+within(f, at), "is not JSON: "+syntax.Error())
	}
	return bad
}

func (c *Copy) badLine(f *os.File, bad error, at int64, why string) error {
	n, err := lines(io.NewSectionReader(f, 0, at))
	if err != nil {
		return err
	}
	return c.refuse(bad, "holds a %s that %s (line %d)", usersFile, why, n)
}

// within is how far into the value that begins at it goes wrong.
func within(f *os.File, at int64) int64 {
	rest := io.NewSectionReader(f, at, maxEntryBytes)
	var (
		raw    json.RawMessage
		syntax *json.SyntaxError
	)
	if errors.As(json.NewDecoder(rest).Decode(&raw), &syntax) {
		return max(syntax.Offset-1, 0)
	}
	return 0
}

// lines counts those that have begun.
func lines(r io.Reader) (n int, err error) {
	block := make([]byte, 64<<10)
	for n = 1; ; {
		read, err := r.Read(block)
		n += bytes.Count(block[:read], []byte("\n"))
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
