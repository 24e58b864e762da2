package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// confirm asks a person before something is lost. Where none is there to ask, --yes has to
// stand for the answer.
func (a *app) confirm(yes bool, question string) error {
	switch {
	case yes:
		return nil
	case !isTerminal(a.stderr) || !a.typed():
		return &refusal{Code: "not_confirmed", Detail: "nothing was done: nobody is there to ask, so say --yes", exit: exitUsage}
	case !a.agrees(question):
		return &refusal{Code: "not_confirmed", Detail: "nothing was done"}
	}
	return nil
}

// confirmKept is confirm for what keeps what it replaces and is called by programs without
// --yes: where stdin is no terminal, nobody is asked.
func (a *app) confirmKept(yes bool, question string) error {
	return a.confirm(yes || !a.typed(), question)
}

// typed says whether a person can answer.
func (a *app) typed() bool {
	in, ok := a.stdin.(*os.File)
	return ok && isTerminal(in)
}

// agrees reads a person's answer; all but yes is no.
func (a *app) agrees(question string) bool {
	fmt.Fprintf(a.stderr, "%s [y/N] ", question)
	line, _ := bufio.NewReader(a.stdin).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}
