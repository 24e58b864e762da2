package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) streamerShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show one streamer", Args: takes("NAME"),
		RunE: a.does(func(ctx context.Context, args []string) error { return a.streamerShow(ctx, args[0]) }),
	}
}

func (a *app) streamerShow(ctx context.Context, name string) error {
	path, err := streamerPath(name)
	if err != nil {
		return err
	}
	var answer json.RawMessage
	err = a.ask(ctx, func(c *client) error {
		return c.call(ctx, http.MethodGet, path, nil, &answer)
	})
	if err != nil {
		return err
	}
	if a.json {
		return writeJSON(a.stdout, answer)
	}
	return rows([]json.RawMessage{answer}, func(s streamer) { err = a.print(s.table()) })
}

func (s streamer) table() table {
	state := s.State
	if s.StateReason != nil && *s.StateReason != "" {
		state += ": " + *s.StateReason
	}
	purge := "-"
	if s.PurgeAfter != nil {
		purge = "after " + minute(*s.PurgeAfter)
	}
	former := []string{}
	for _, f := range s.FormerNames {
		former = append(former, f.Username+" (until "+minute(f.Until)+")")
	}
	names := strings.Join(former, ", ")
	return table{rows: [][]any{
		{"id", fmt.Sprint(s.ID)},
		{"name", s.Username},
		{"display name", s.DisplayName},
		{"state", state},
		{"purged", purge},
		{"former names", orDash(&names)},
		{"limits", s.limits()},
		{"kick user id", orDash(s.KickUserID)},
		{"avatar", orDash(s.AvatarURL)},
		{"generation", fmt.Sprint(s.Generation)},
		{"schema version", fmt.Sprint(s.SchemaVersion)},
		{"created", minute(s.CreatedAt)},
		{"updated", minute(s.UpdatedAt)},
	}}
}
