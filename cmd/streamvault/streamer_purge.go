package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"streamvault/registry"
)

type streamerPurge struct {
	Force  bool `json:"force"`
	DryRun bool `json:"dryRun"`
}

func (a *app) streamerPurgeCommand() *cobra.Command {
	var (
		in  streamerPurge
		yes bool
	)
	cmd := &cobra.Command{
		Use: "purge NAME", Short: "Destroy a streamer who is in the trash; it cannot be undone", Args: takes("NAME"),
		Long: `Destroy a streamer who is in the trash: first his data key, so that his secrets and encrypted backups
cannot be read any more, then his file, his backups on this machine and the sealed sources of his
imports. His name and Kick id are free afterwards. What was destroyed, and what is out of reach (copies
elsewhere), stands in the answer and in the audit log. A purge that was interrupted is finished by
repeating it.`,
	}
	f := cmd.Flags()
	f.BoolVar(&in.Force, "force", false, "also a streamer who is not in the trash")
	f.BoolVar(&in.DryRun, "dry-run", false, "say what would be removed, and do nothing")
	f.BoolVar(&yes, "yes", false, "do not ask")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		if !in.DryRun {
			if err := a.confirm(yes, "Destroy streamer "+args[0]+" and his backups for good?"); err != nil {
				return err
			}
		}
		return a.streamerPurge(ctx, args[0], in)
	})
	return cmd
}

func (a *app) streamerPurge(ctx context.Context, name string, in streamerPurge) error {
	path, err := streamerPath(name)
	if err != nil {
		return err
	}
	var answer json.RawMessage
	err = a.waiting("destroying "+name, func() error {
		return a.ask(ctx, func(c *client) error {
			return c.call(ctx, http.MethodPost, path+"/purge", in, &answer)
		})
	})
	if err != nil {
		return err
	}
	var done registry.Certificate
	if err := json.Unmarshal(answer, &done); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	what := "Streamer %s is destroyed: his key, %s, %s of %s."
	if in.DryRun {
		what = "Dry run: of streamer %s his key, %s, %s of %s would be destroyed. Nothing was changed."
	}
	lines := []string{fmt.Sprintf(what, done.Streamer, counted(done.Keys, "access key"), counted(int64(len(done.Removed)), "file"), counted(done.Bytes, "byte"))}
	for _, file := range done.Removed {
		lines = append(lines, "  "+file)
	}
	for _, left := range done.OutOfReach {
		lines = append(lines, fmt.Sprintf("Out of reach: %s %s, %s", left.What, left.Name, left.Note))
	}
	return a.answer(answer, lines...)
}
