package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) migrateStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show which schema versions there are", Args: takes(),
		RunE: a.does(func(ctx context.Context, _ []string) error { return a.migrateStatus(ctx) }),
	}
}

func (a *app) migrateStatus(ctx context.Context) error {
	var answer json.RawMessage
	err := a.ask(ctx, func(c *client) error {
		return c.call(ctx, http.MethodGet, migrationsPath+"/status", nil, &answer)
	})
	if err != nil {
		return err
	}
	if a.json {
		return writeJSON(a.stdout, answer)
	}
	var s struct {
		fleetVersions
		Shards  struct{ Total, Current, Behind, Ahead, Failed, Quarantined, Held int64 }
		Running *int64
	}
	if err := json.Unmarshal(answer, &s); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	running := "-"
	if s.Running != nil {
		running = fmt.Sprintf("job %d", *s.Running)
	}
	return a.print(table{rows: [][]any{
		{"target", fmt.Sprintf("version %d (this program serves %d to %d)", s.Target, s.Required, s.Newest)},
		{"shards", thousands(s.Shards.Total)},
		{"current", thousands(s.Shards.Current)},
		{"behind", thousands(s.Shards.Behind)},
		{"ahead", thousands(s.Shards.Ahead)},
		{"failed", thousands(s.Shards.Failed)},
		{"quarantined", thousands(s.Shards.Quarantined)},
		{"held", thousands(s.Shards.Held)},
		{"under way", running},
	}})
}

func (a *app) migrateJobsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "jobs", Short: "List migrations, plans and rollbacks, newest first", Args: takes(),
		RunE: a.does(func(ctx context.Context, _ []string) error { return a.jobList(ctx, migrationsPath, nil) }),
	}
}

func (a *app) migrateHaltCommand() *cobra.Command {
	return &cobra.Command{
		Use: "halt JOB", Short: "Halt a migration once the shards under way are whole", Args: takes("JOB"),
		RunE: a.does(func(ctx context.Context, args []string) error {
			path, err := jobPath(migrationsPath, args[0], "/halt")
			if err != nil {
				return err
			}
			var answer json.RawMessage
			if err := a.ask(ctx, func(c *client) error { return c.call(ctx, http.MethodPost, path, nil, &answer) }); err != nil {
				return err
			}
			return a.printJob(answer)
		}),
	}
}
