package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) keyRotateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rotate ID", Short: "Give a key a new secret; the old one ends at once", Args: takes("ID"),
		RunE: a.does(func(ctx context.Context, args []string) error { return a.keyRotate(ctx, args[0]) }),
	}
}

func (a *app) keyRotate(ctx context.Context, arg string) error {
	id, err := keyID("key rotate", arg)
	if err != nil {
		return err
	}
	var k issued
	err = a.ask(ctx, func(c *client) error {
		return c.call(ctx, http.MethodPost, keyPath(id)+"/rotate", nil, &k)
	})
	if err != nil {
		return orNoKey(id, err)
	}
	return a.tellKey(k)
}
