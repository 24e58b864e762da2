package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"streamvault/migrations"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which build this is and which files it can serve", Args: takes(),
		RunE: a.does(func(context.Context, []string) error { return a.version() }),
	}
}

// build is what a bug report needs.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source; "" when built outside a checkout
	Go       string `json:"go"`
	Required int    `json:"schemaRequired"` // oldest tenant schema that is served
	Newest   int    `json:"schemaNewest"`
}

func (a *app) version() error {
	b := build{Version: "unknown", Go: runtime.Version(),
		Required: migrations.Tenant().Required, Newest: migrations.Tenant().Newest()}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Revision = s.Value
			}
		}
	}
	return a.answer(b, fmt.Sprintf("streamvault %s (%s), tenant schema %d to %d", b.Version, b.Go, b.Required, b.Newest))
}
