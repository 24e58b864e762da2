package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) streamerListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all streamers", Args: takes(),
		RunE: a.does(func(ctx context.Context, _ []string) error { return a.streamerList(ctx) }),
	}
}

func (a *app) streamerList(ctx context.Context) error {
	var items []json.RawMessage
	err := a.ask(ctx, func(c *client) (err error) {
		items, err = c.items(ctx, streamersPath, nil)
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
