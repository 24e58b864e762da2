package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) streamerRenameCommand() *cobra.Command {
	var grace int
	cmd := &cobra.Command{
		Use: "rename OLD NEW", Short: "Give a streamer another channel; the old one leads there for a while", Args: takes("OLD", "NEW"),
		Long: `Give a streamer another channel. For --name-grace days the old name leads to the new one, for pages
and API alike, and nobody else gets it; its streamer may take it back. The database file is not touched.`,
	}
	cmd.Flags().IntVar(&grace, "name-grace", defaultGraceDays, "days that OLD leads to NEW, 0 for none")
	setting(cmd.Flags(), "name-grace")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		change := map[string]any{"username": args[1]}
		if cmd.Flags().Changed("name-grace") {
			change["nameGraceDays"] = grace
		}
		return a.streamerRename(ctx, args[0], change)
	})
	return cmd
}

func (a *app) streamerRename(ctx context.Context, name string, change map[string]any) error {
	answer, s, err := a.streamerPatch(ctx, name, change)
	if err != nil {
		return err
	}
	lines := []string{fmt.Sprintf("Streamer %s is called %s now.", name, s.Username)}
	for _, f := range s.FormerNames {
		lines = append(lines, fmt.Sprintf("/%s/ leads to /%s/ until %s.", f.Username, s.Username, minute(f.Until)))
	}
	return a.answer(answer, lines...)
}

// streamerPatch changes a streamer.
func (a *app) streamerPatch(ctx context.Context, name string, change any) (answer json.RawMessage, s streamer, err error) {
	path, err := streamerPath(name)
	if err != nil {
		return nil, s, err
	}
	err = a.ask(ctx, func(c *client) error {
		return c.call(ctx, http.MethodPatch, path, change, &answer)
	})
	if err == nil {
		err = json.Unmarshal(answer, &s)
	}
	return answer, s, err
}

// Days that names and deleted streamers are kept: if nothing else is said, and at most.
const (
	defaultGraceDays = 30
	mostGraceDays    = 3650
)

// graceOf is what a store takes for days: it has less than 0 for none.
func graceOf(days int) time.Duration {
	if days == 0 {
		return -1
	}
	return time.Duration(days) * 24 * time.Hour
}
