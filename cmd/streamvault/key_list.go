package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) keyListCommand() *cobra.Command {
	var streamer string
	cmd := &cobra.Command{Use: "list", Short: "List a streamer's keys, or the admin keys", Args: takes()}
	cmd.Flags().StringVar(&streamer, "streamer", "", "whose keys (default: the admin keys)")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.keyList(ctx, streamer) })
	return cmd
}

func (a *app) keyList(ctx context.Context, streamer string) error {
	path, err := keysOf(streamer)
	if err != nil {
		return err
	}
	var items []json.RawMessage
	err = a.ask(ctx, func(c *client) (err error) {
		items, err = c.items(ctx, path, nil)
		return err
	})
	if err != nil {
		return err
	}
	t := table{heads: []string{"ID", "ROLE", "NAME", "CREATED", "STATE"}}
	err = rows(items, func(k key) {
		t.add(fmt.Sprint(k.ID), k.Role, k.Name, minute(k.CreatedAt), k.state())
	})
	if err != nil {
		return err
	}
	return a.list(items, t)
}

func (k key) state() string {
	if k.RevokedAt != nil {
		return "revoked " + day(*k.RevokedAt)
	}
	return "valid"
}
