package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) streamerDeleteCommand() *cobra.Command {
	var (
		grace       int
		yes, dryRun bool
	)
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Put a streamer in the trash, where undelete has him back", Args: takes("NAME"),
		Long: `Put a streamer in the trash. Nobody finds him any more: his keys and sessions open nothing, his file
is closed. His name and Kick id stay his. Until --trash-grace days are over, undelete has him back as
he was; a server purges him then.`,
	}
	f := cmd.Flags()
	f.IntVar(&grace, "trash-grace", defaultGraceDays, "days that he can be had back")
	f.BoolVar(&dryRun, "dry-run", false, "say what would be done, and do nothing")
	f.BoolVar(&yes, "yes", false, "do not ask")
	setting(f, "trash-grace")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		path, err := streamerPath(args[0])
		if err != nil {
			return err
		}
		if dryRun {
			return a.streamerDeleteDryRun(ctx, path)
		}
		if err := a.confirm(yes, "Put streamer "+args[0]+" in the trash?"); err != nil {
			return err
		}
		if f.Changed("trash-grace") {
			path += fmt.Sprintf("?graceDays=%d", grace)
		}
		return a.streamerDelete(ctx, path)
	})
	return cmd
}

func (a *app) streamerDelete(ctx context.Context, path string) error {
	answer, s, err := a.streamerAnswer(ctx, http.MethodDelete, path, nil)
	if err != nil {
		return err
	}
	until := "now"
	if s.PurgeAfter != nil {
		until = minute(*s.PurgeAfter)
	}
	return a.answer(answer, fmt.Sprintf("Streamer %s is in the trash; until %s: streamvault streamer undelete %s", s.Username, until, s.Username))
}

func (a *app) streamerDeleteDryRun(ctx context.Context, path string) error {
	answer, s, err := a.streamerAnswer(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return a.answer(answer, fmt.Sprintf("Dry run: streamer %s, who is %s, would be put in the trash. Nothing was changed.", s.Username, s.State))
}

func (a *app) streamerUndeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use: "undelete NAME", Short: "Have a streamer back from the trash, with his keys", Args: takes("NAME"),
		RunE: a.does(func(ctx context.Context, args []string) error {
			return a.streamerState(ctx, args[0], "undelete", nil)
		}),
	}
}

// streamerAnswer makes a call whose answer is a streamer.
func (a *app) streamerAnswer(ctx context.Context, method, path string, in any) (answer json.RawMessage, s streamer, err error) {
	err = a.ask(ctx, func(c *client) error { return c.call(ctx, method, path, in, &answer) })
	if err == nil {
		err = json.Unmarshal(answer, &s)
	}
	return answer, s, err
}
