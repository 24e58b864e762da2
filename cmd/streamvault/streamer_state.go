package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) streamerSuspendCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "suspend NAME --reason TEXT", Short: "Stop a streamer's writes; reads go on", Args: takes("NAME"),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, shown to whoever tries to write")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		if reason == "" {
			return wrongUse("streamer suspend", "say why with --reason")
		}
		return a.streamerState(ctx, args[0], "suspend", map[string]string{"reason": reason})
	})
	return cmd
}

func (a *app) streamerResumeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "resume NAME", Short: "End a suspension, or a quarantine whose cause is mended", Args: takes("NAME"),
		RunE: a.does(func(ctx context.Context, args []string) error {
			return a.streamerState(ctx, args[0], "resume", nil)
		}),
	}
}

func (a *app) streamerState(ctx context.Context, name, verb string, body any) error {
	path, err := streamerPath(name)
	if err != nil {
		return err
	}
	var answer json.RawMessage
	err = a.ask(ctx, func(c *client) error {
		return c.call(ctx, http.MethodPost, path+"/"+verb, body, &answer)
	})
	if err != nil {
		return err
	}
	var s streamer
	if err := json.Unmarshal(answer, &s); err != nil {
		return err
	}
	return a.answer(answer, fmt.Sprintf("Streamer %s is %s.", s.Username, s.State))
}
