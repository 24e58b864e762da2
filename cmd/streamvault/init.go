package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"streamvault/migrations"
	"streamvault/shard"
)

func (a *app) initCommand() *cobra.Command {
	var fleetVersion int
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make the registry, the master key and the first admin key",
		Long: `Make the registry, the master key and the first admin key, which is shown this once.
Other commands do the same first where there is nothing yet. An installation that exists
stays as it is.`,
		Args: takes(),
	}
	cmd.Flags().IntVar(&fleetVersion, "fleet-version", 0, "schema version that streamers are born at (default the newest)")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.init(ctx, fleetVersion) })
	return cmd
}

func (a *app) init(ctx context.Context, fleetVersion int) error {
	f := migrations.Tenant()
	if fleetVersion != 0 && (fleetVersion < f.Required || fleetVersion > f.Newest()) {
		return wrongUse("init", "--fleet-version must be %d to %d", f.Required, f.Newest())
	}
	d, err := a.open(ctx, shard.Options{FleetVersion: fleetVersion})
	if err != nil {
		return err
	}
	if err := d.close(); err != nil {
		return err
	}
	if d.adminKey == "" {
		return a.answer(map[string]any{"adminKey": nil}, "There is an installation in "+a.data+" already. Nothing was changed.")
	}
	if !a.json {
		a.tellAdminKey(d.adminKey)
	}
	return a.answer(map[string]any{"adminKey": d.adminKey}, "Made an installation in "+a.data+".")
}

// tellAdminKey shows the first admin key of a new installation.
func (a *app) tellAdminKey(key string) {
	fmt.Fprintf(a.stderr, "first admin key, shown this once: %s\n", key)
}
