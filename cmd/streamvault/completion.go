package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const (
	// completionTime is how long a shell may wait for names.
	completionTime = 500 * time.Millisecond
	mostCompleted  = "50"
)

// completeNames lets shells complete streamers' names, where a command takes one.
func (a *app) completeNames(cmd *cobra.Command) {
	_, args, _ := strings.Cut(cmd.Use, " ")
	if (strings.HasPrefix(args, "NAME") || strings.HasPrefix(args, "SRC")) && cmd.Name() != "create" || strings.HasPrefix(cmd.Use, "create NAME |") {
		cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.completed(cmd, begun)
		}
	}
	for _, flag := range []string{"streamer", "only"} {
		if cmd.Flags().Lookup(flag) != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
				return a.completed(cmd, begun)
			}) // it is registered once
		}
	}
	if cmd.Name() == "list" && cmd.Flags().Lookup("state") != nil {
		_ = cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(streamerStates, cobra.ShellCompDirectiveNoFileComp)) // it is registered once
	}
	for _, sub := range cmd.Commands() {
		a.completeNames(sub)
	}
}

// completed asks the server that runs for names. Where none does, the directory is not taken
// for the sake of a key press.
func (a *app) completed(cmd *cobra.Command, begun string) (names []string, _ cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), completionTime)
	defer cancel()
	if err := a.settle(cmd); err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	d, answers := a.knock(ctx)
	if !answers {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer d.client.close()
	var page struct{ Items []json.RawMessage }
	query := url.Values{"q": {begun}, "limit": {mostCompleted}}
	if err := d.call(ctx, "GET", streamersPath+"?"+query.Encode(), nil, &page); err == nil {
		_ = rows(page.Items, func(s streamer) { names = append(names, s.Username+"\t"+plain(s.DisplayName)) }) // what cannot be read is left out
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completions makes the command that writes scripts for shells one of ours: an unknown shell is
// wrong use.
func (a *app) completions(root *cobra.Command) {
	a.completeNames(root)
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args = cobra.ArbitraryArgs
			c.RunE = func(cmd *cobra.Command, args []string) error {
				if len(args) == 0 {
					return fmt.Errorf("which shell? one of: %s", strings.Join(names(cmd), ", "))
				}
				return unknownCommand(cmd, args[0])
			}
		}
	}
}
