package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

// streamerStates are those that a listing can be of.
var streamerStates = []string{"active", "suspended", "trashed", "quarantined", "held", "migrating", "deleting"}

func (a *app) streamerListCommand() *cobra.Command {
	var state string
	cmd := &cobra.Command{Use: "list", Short: "List all streamers, or those in one state", Args: takes()}
	cmd.Flags().StringVar(&state, "state", "", "only those who are active, suspended, trashed, quarantined, held, migrating or deleting")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.streamerList(ctx, state) })
	return cmd
}

func (a *app) streamerList(ctx context.Context, state string) error {
	query := url.Values{}
	if state != "" {
		query.Set("state", state)
	}
	var items []json.RawMessage
	err := a.ask(ctx, func(c *client) (err error) {
		items, err = c.items(ctx, streamersPath, query)
		return err
	})
	if err != nil {
		return err
	}
	t := table{heads: []string{"ID", "NAME", "DISPLAY NAME", "STATE", "SCHEMA", "CREATED"}}
	err = rows(items, func(s streamer) {
		t.add(fmt.Sprint(s.ID), s.Username, s.DisplayName, s.State, fmt.Sprint(s.SchemaVersion), day(s.CreatedAt))
	})
	if err != nil {
		return err
	}
	return a.list(items, t)
}
