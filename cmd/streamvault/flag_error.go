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
	what, known := numbersOf[bad.GetFlag().Name]
	if !known {
		what, known = flagTakes[bad.GetFlag().Value.Type()]
	}
	if !known {
		return err
	}
	return fmt.Errorf("--%s must be %s, not %q", bad.GetFlag().Name, what, bad.GetValue())
}

// numbersOf are what the numbers of some flags count.
var numbersOf = map[string]string{
	"quota":       mebibytes,
	"min-free":    mebibytes,
	"mib":         mebibytes,
	"name-grace":  "a whole number of days, such as 30",
	"trash-grace": "a whole number of days, such as 30",
	"requests":    "a whole number of requests a second, such as 50",
}

const (
	mebibytes = "a whole number of MiB, such as 500"
	mostMiB   = 1 << 30
)

// flagTakes are the values of each type of flag.
var flagTakes = map[string]string{
	"int":      "a whole number",
	"int64":    "a whole number",
	"duration": "a time such as 36h, 90m or 1h30m",
	"bool":     "true or false",
}

// unreadable is the error of a file that a flag of serve names.
func unreadable(flag, path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return wrongUse("serve", "%s: there is no file %s", flag, path)
	}
	return wrongUse("serve", "%s: %w", flag, err)
}
