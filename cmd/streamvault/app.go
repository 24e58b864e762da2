package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// app is one run of the program: where it reads and writes, and the settings that every
// command has.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(name string) (string, bool)

	data, masterKeyFile, config string
	json                        bool
	place                       placeFlags

	// started tells errors of a command from errors of its command line.
	started bool
}

func (a *app) run(ctx context.Context, args []string) int {
	a.json = asksForJSON(args)
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	if !a.started {
		err = &usageError{err: err, command: cmd.CommandPath()}
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	var told *ended
	if errors.As(err, &told) {
		return told.exit
	}
	return a.fail(err)
}

// fail tells what went wrong and returns the exit code for it.
func (a *app) fail(err error) int {
	f := explain(err)
	fmt.Fprintln(a.stderr, "error:", plain(f.Detail))
	var told reported
	if a.json && !errors.As(err, &told) {
		if err := writeJSON(a.stdout, map[string]failure{"error": f}); err != nil {
			fmt.Fprintln(a.stderr, "error:", plain(err.Error()))
		}
	}
	return f.exit
}

// asksForJSON looks for --json by hand, for a command line that cannot be parsed is
// answered in JSON too.
func asksForJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// action is what a command does, once its command line and settings are right.
type action func(ctx context.Context, args []string) error

// does makes cobra run an action after the settings are found.
func (a *app) does(do action) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := a.settle(cmd); err != nil {
			return err
		}
		if a.data == "" {
			return errors.New("--data must name a directory")
		}
		a.started = true
		return do(cmd.Context(), args)
	}
}

// takes wants exactly the named arguments.
func takes(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s is missing", names[len(args)])
		case len(args) > len(names):
			return fmt.Errorf("unexpected argument %q", args[len(names)])
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("which command? one of: %s", strings.Join(names(cmd), ", "))
		}
		return unknownCommand(cmd, args[0])
	}
	cmd.AddCommand(commands...)
	return cmd
}

func names(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

func unknownCommand(cmd *cobra.Command, name string) error {
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		return fmt.Errorf("unknown command %q, did you mean %s?", name, strings.Join(near, " or "))
	}
	return fmt.Errorf("unknown command %q", name)
}
