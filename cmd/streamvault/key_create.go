package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"
)

type keyCreateFlags struct {
	admin                bool
	streamer, role, name string
}

func (a *app) keyCreateCommand() *cobra.Command {
	var o keyCreateFlags
	cmd := &cobra.Command{
		Use:   "create (--admin | --streamer NAME --role owner|overlay)",
		Short: "Issue a key, which is shown this once",
		Long: `Issue a key, which is shown this once. An admin key opens every streamer; an owner key opens
one; an overlay key reads what one streamer's overlay shows.`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.BoolVar(&o.admin, "admin", false, "an admin key")
	f.StringVar(&o.streamer, "streamer", "", "whose key")
	f.StringVar(&o.role, "role", "", "owner or overlay")
	f.StringVar(&o.name, "name", "", "what to call it in listings")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.keyCreate(ctx, o) })
	return cmd
}

func (o keyCreateFlags) check() error {
	switch {
	case o.admin && (o.streamer != "" || o.role != ""):
		return wrongUse("key create", "--admin goes without --streamer and --role")
	case o.admin:
		return nil
	case o.streamer == "":
		return wrongUse("key create", "say --admin, or --streamer NAME --role owner|overlay")
	case o.role != "owner" && o.role != "overlay":
		return wrongUse("key create", "--role must be owner or overlay")
	}
	return nil
}

func (a *app) keyCreate(ctx context.Context, o keyCreateFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.admin {
		o.role = "admin"
	}
	path, err := keysOf(o.streamer)
	if err != nil {
		return err
	}
	var k issued
	err = a.ask(ctx, func(c *client) error {
		return c.call(ctx, http.MethodPost, path, newKey{Role: o.role, Name: o.name}, &k)
	})
	if err != nil {
		return err
	}
	return a.tellKey(k)
}
