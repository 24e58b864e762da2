package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) keyRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "Withdraw a key; it ends at once", Args: takes("ID"),
		RunE: a.does(func(ctx context.Context, args []string) error { return a.keyRevoke(ctx, args[0]) }),
	}
}

func (a *app) keyRevoke(ctx context.Context, arg string) error {
	id, err := keyID("key revoke", arg)
	if err != nil {
		return err
	}
	err = a.ask(ctx, func(c *client) error {
		return c.call(ctx, http.MethodDelete, keyPath(id), nil, nil)
	})
	if err != nil {
		return orNoKey(id, err)
	}
	return a.answer(map[string]any{"id": id, "revoked": true}, fmt.Sprintf("Key %d is withdrawn.", id))
}
