package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

// newStreamer is the body of the route; what is not given is left out.
type newStreamer struct {
	Username    string `json:"username"`
	DisplayName string `json:"displayName,omitempty"`
	KickUserID  string `json:"kickUserId,omitempty"`
	AvatarURL   string `json:"avatarUrl,omitempty"`
}

func (a *app) streamerCreateCommand() *cobra.Command {
	var n newStreamer
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Make a streamer with a database file of its own", Args: takes("NAME"),
		Long: `Make a streamer with a database file of its own. NAME is its channel, 1 to 32 of a-z, 0-9,
_ and -. The owner key is shown this once.`,
	}
	f := cmd.Flags()
	f.StringVar(&n.DisplayName, "display-name", "", "name as shown (default NAME)")
	f.StringVar(&n.KickUserID, "kick-user-id", "", "the streamer's user id at Kick")
	f.StringVar(&n.AvatarURL, "avatar-url", "", "picture")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		n.Username = args[0]
		return a.streamerCreate(ctx, n)
	})
	return cmd
}

func (a *app) streamerCreate(ctx context.Context, n newStreamer) error {
	var made struct {
		Streamer streamer
		OwnerKey string
	}
	err := a.ask(ctx, func(c *client) error {
		return c.call(ctx, http.MethodPost, streamersPath, n, &made)
	})
	if err != nil {
		return err
	}
	s := made.Streamer
	return a.answer(map[string]any{"id": s.ID, "username": s.Username, "ownerKey": made.OwnerKey},
		fmt.Sprintf("Made streamer %s (id %d).", s.Username, s.ID),
		"Owner key, shown this once: "+made.OwnerKey)
}
