package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/pflag"
)

// flagError says what a flag takes, where its value is none of that.
func flagError(err error) error {
	var bad *pflag.InvalidValueError
	if !errors.As(err, &bad) {
		return err
	}
	what, known := flagTakes[bad.GetFlag().Value.Type()]
	if !known {
		return err
	}
	return fmt.Errorf("--%s must be %s, not %q", bad.GetFlag().Name, what, bad.GetValue())
}

// flagTakes are the values of each type of flag.
var flagTakes = map[string]string{
	"int":      "a whole number",
	"int64":    "a whole number",
	"duration": "a time such as 36h, 90m or 1h30m",
	"bool":     "true or false",
}

// unreadable is the error of a file that a flag names.
func unreadable(flag, path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &refusal{Code: "file_not_found", Detail: fmt.Sprintf("%s: there is no file %s", flag, path)}
	}
	return fmt.Errorf("%s: %w", flag, err)
}
