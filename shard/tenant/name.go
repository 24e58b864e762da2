package tenant

import (
	"unicode"
	"unicode/utf8"
)

// MaxNameBytes bounds the name of a new viewer. Old databases may hold longer ones.
const MaxNameBytes = 1024

// nameKey lowers A to Z and nothing else: other scripts keep their case, and no letter
// outside ASCII (such as the Kelvin sign) becomes one inside.
func nameKey(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; 'A' <= c && c <= 'Z' {
			return lowered(name)
		}
	}
	return name
}

func lowered(name string) string {
	b := []byte(name)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// checkName refuses what a new viewer cannot be called. Names that came from an old
// database are not held to it.
func checkName(name string) error {
	switch {
	case name == "":
		return &InvalidError{"username", "must not be empty"}
	case len(name) > MaxNameBytes:
		return &InvalidError{"username", "must be at most 1024 bytes"}
	case !utf8.ValidString(name):
		return &InvalidError{"username", "must be UTF-8"}
	}
	for _, r := range name {
		if unicode.IsControl(r) {
			return &InvalidError{"username", "must not contain control characters"}
		}
	}
	return nil
}

// checkText bounds an optional text of a request.
func checkText(field string, text *string, most int) error {
	if text == nil {
		return nil
	}
	if len(*text) > most {
		return &InvalidError{field, "is too long"}
	}
	if !utf8.ValidString(*text) {
		return &InvalidError{field, "must be UTF-8"}
	}
	return nil
}
