package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Exit codes of the process.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitPartly = 3 // some of many failed
)

var errInterrupted = &refusal{Code: "interrupted", Detail: "interrupted"}

// failure is how a command that did not succeed explains itself to a program.
type failure struct {
	Code   string `json:"code"` // stable
	Detail string `json:"detail"`
	exit   int
}

// refusal is an answer of the door that is not what was asked for.
type refusal struct {
	Code   string // as in the API's problems: "streamer_not_found", "conflict"
	Detail string // one sentence
	cause  error  // inside this process; may be nil
	exit   int    // exit code of its own, or 0
}

func (r *refusal) Error() string { return r.Detail }

func (r *refusal) Unwrap() error { return r.cause }

// reported is a failure that the command's document tells of already.
type reported struct{ *refusal }

func (r reported) Unwrap() error { return r.refusal }

// failed answers with a report that says no: its document, or one line on stderr.
func (a *app) failed(report any, why *refusal) error {
	if a.json {
		if err := writeJSON(a.stdout, report); err != nil {
			return err
		}
	}
	return reported{why}
}

// usageError says what is wrong with a command line or a setting.
type usageError struct {
	err     error
	command string // whose --help tells more
}

func (u *usageError) Error() string {
	return fmt.Sprintf("%v (see %s --help)", u.err, u.command)
}

func (u *usageError) Unwrap() error { return u.err }

// wrongUse is a usageError found by an action.
func wrongUse(command, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), command: "streamvault " + command}
}

func explain(err error) failure {
	var usage *usageError
	if errors.As(err, &usage) {
		return failure{Code: "usage", Detail: usage.Error(), exit: exitUsage}
	}
	var refused *refusal
	if errors.As(err, &refused) {
		exit := exitFailed
		switch {
		case refused.exit != 0:
			exit = refused.exit
		case refused.Code == "invalid_request":
			exit = exitUsage
		case refused.Code == "partly_failed":
			exit = exitPartly
		}
		return failure{Code: refused.Code, Detail: err.Error(), exit: exit}
	}
	return failure{Code: "failed", Detail: err.Error(), exit: exitFailed}
}

// plain makes a text safe for one line of a terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
