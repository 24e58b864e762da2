package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) streamerCloneCommand() *cobra.Command {
	var displayName string
	cmd := &cobra.Command{
		Use: "clone SRC NEW", Short: "Make a new streamer with another one's data", Args: takes("SRC", "NEW"),
		Long: `Make a new streamer with another one's data as it is now; that one goes on being served. What is
personal stays behind: keys, sessions, provider tokens, secret settings, limits and the Kick id. The new
owner's key is shown this once.`,
	}
	cmd.Flags().StringVar(&displayName, "display-name", "", "name as shown (default NEW)")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.streamerClone(ctx, args[0], newStreamer{Username: args[1], DisplayName: displayName})
	})
	return cmd
}

func (a *app) streamerClone(ctx context.Context, source string, n newStreamer) error {
	path, err := streamerPath(source)
	if err != nil {
		return err
	}
	var answer json.RawMessage
	err = a.waiting("cloning "+source, func() error {
		return a.ask(ctx, func(c *client) error {
			return c.call(ctx, http.MethodPost, path+"/clone", n, &answer)
		})
	})
	if err != nil {
		return err
	}
	var made struct {
		Streamer streamer
		OwnerKey string
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	s := made.Streamer
	return a.answer(map[string]any{"id": s.ID, "username": s.Username, "ownerKey": made.OwnerKey},
		fmt.Sprintf("Made streamer %s (id %d) with the data of %s.", s.Username, s.ID, source),
		"Owner key, shown this once: "+made.OwnerKey)
}
