package export

import (
	"bytes"
	"encoding/json"
)

// text writes a string as people read it: < and & stay what they are.
func text(s string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// compact writes a kept document on one line. Its numbers and the order of its fields stay.
func compact(s string) ([]byte, error) {
	var b bytes.Buffer
	err := json.Compact(&b, []byte(s))
	return b.Bytes(), err
}
