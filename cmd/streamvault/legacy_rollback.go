package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"streamvault/shard"
)

type legacyRollback struct {
	Force  bool `json:"force"`
	DryRun bool `json:"dryRun"`
}

func (a *app) legacyRollbackCommand() *cobra.Command {
	var (
		in  legacyRollback
		yes bool
	)
	cmd := &cobra.Command{
		Use: "rollback RUN", Short: "Take an import back, as if it had not been", Args: takes("RUN"),
		Long: `Take an import back: its streamer goes with his keys, his name is free again. A streamer who has
been used since is only taken back with --force, and then a copy of his file is kept. The sealed
source stays and can be had with: streamvault legacy source RUN --out DIR`,
	}
	f := cmd.Flags()
	f.BoolVar(&in.Force, "force", false, "also when the streamer has changed since; his file is kept")
	f.BoolVar(&in.DryRun, "dry-run", false, "say what would be done, and do nothing")
	f.BoolVar(&yes, "yes", false, "do not ask")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		if !in.DryRun {
			if err := a.confirmKept(yes, "Take import "+args[0]+" back and remove its streamer?"); err != nil {
				return err
			}
		}
		return a.legacyRollback(ctx, args[0], in)
	})
	return cmd
}

func (a *app) legacyRollback(ctx context.Context, run string, in legacyRollback) error {
	var answer json.RawMessage
	err := a.ask(ctx, func(c *client) (err error) {
		answer, err = a.follow(ctx, c, http.MethodPost, legacyRunPath(run, "rollback"), in, "taking "+run+" back")
		return err
	})
	if err != nil {
		return err
	}
	var done shard.RolledBack
	if err := json.Unmarshal(answer, &done); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	first := fmt.Sprintf("Import %s is taken back: streamer %s is gone, the name is free.", done.Run, done.Streamer)
	if in.DryRun {
		first = fmt.Sprintf("Dry run: import %s would be taken back and streamer %s be gone, with %s since. Nothing was changed.",
			done.Run, done.Streamer, counted(done.Commits, "commit"))
	}
	lines := []string{first}
	if done.Kept != "" {
		lines = append(lines, "His file, changed since the import, is kept in "+done.Kept+", below the data directory.")
	}
	return a.answer(answer, append(lines, "The source stays sealed in "+done.Backup+": streamvault legacy source "+done.Run+" --out DIR")...)
}
