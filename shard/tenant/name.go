package tenant

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// MaxName bounds the name of a new viewer, in characters. Old databases may hold longer ones.
const MaxName = 1024

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
	case utf8.RuneCountInString(name) > MaxName:
		return &InvalidError{"username", "must be at most 1024 characters"}
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

// checkText bounds an optional text of a request, in characters.
func checkText(field string, text *string, most int) error {
	if text == nil {
		return nil
	}
	if utf8.RuneCountInString(*text) > most {
		return &InvalidError{field, fmt.Sprintf("must be at most %d characters", most)}
	}
	if !utf8.ValidString(*text) {
		return &InvalidError{field, "must be UTF-8"}
	}
	return nil
}
