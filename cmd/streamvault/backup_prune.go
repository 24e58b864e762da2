package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	kept "streamvault/shard/backup"
)

// pruning is the body of the route.
type pruning struct {
	Keep   string `json:"keep,omitempty"`
	DryRun bool   `json:"dryRun,omitempty"`
}

func (a *app) backupPruneCommand() *cobra.Command {
	var (
		in  pruning
		yes bool
	)
	cmd := &cobra.Command{
		Use: "prune --keep RULE", Short: "Remove backups that are not to be kept", Args: takes(),
		Long: `Remove the backups that a rule does not keep, of every streamer and of the registry, in the data
directory and in the object store each for itself. "24h,7d,4w" keeps the newest of each of the
last 24 hours, 7 days and 4 weeks in which a backup was made. The newest of all, and the newest
that was proven by a drill, always stay. A server with a schedule does this by itself, by its
--backup-keep, which is the rule here too unless --keep gives another.`,
		Example: "  streamvault backup prune --keep 24h,7d,4w --dry-run",
	}
	f := cmd.Flags()
	f.StringVar(&in.Keep, "keep", "", "what stays")
	f.BoolVar(&in.DryRun, "dry-run", false, "say what would go, and remove nothing")
	f.BoolVar(&yes, "yes", false, "do not ask")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		if in.Keep != "" || f.Changed("keep") {
			if _, err := kept.ParseKeep(in.Keep); err != nil {
				return wrongUse("backup prune", "--keep %q: %w", in.Keep, err)
			}
		}
		if in.Keep == "" && !in.DryRun && !yes {
			if err := a.hasRule(ctx); err != nil {
				return err
			}
		}
		if !in.DryRun {
			if err := a.confirm(yes, "Remove the backups that are not to be kept?"); err != nil {
				return err
			}
		}
		return a.backupPrune(ctx, in)
	})
	return cmd
}

var errNoRule = wrongUse("backup prune", "say what stays with --keep, such as 24h,7d,4w; there is no schedule with a rule")

// hasRule refuses to ask a person about a rule that is not there.
func (a *app) hasRule(ctx context.Context) error {
	answer, err := a.askLong(ctx, backupsPath+"/prune", pruning{DryRun: true}, "looking at backups")
	if err != nil {
		return err
	}
	var p pruning
	if err := json.Unmarshal(answer, &p); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if p.Keep == "" {
		return errNoRule
	}
	return nil
}

func (a *app) backupPrune(ctx context.Context, in pruning) error {
	answer, err := a.askLong(ctx, backupsPath+"/prune", in, "pruning backups")
	if err != nil {
		return err
	}
	var p struct {
		DryRun  bool
		Keep    string
		Kept    int64
		Bytes   int64
		Removed []backup
	}
	if err := json.Unmarshal(answer, &p); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if p.Keep == "" { // then none was removed
		return errNoRule
	}
	if a.json {
		return writeJSON(a.stdout, answer)
	}
	t := table{heads: []string{"ID", "STREAMER", "CREATED", "BYTES", "FILE"}}
	for _, b := range p.Removed {
		t.add(fmt.Sprint(*b.ID), b.name(), minute(b.CreatedAt), b.Bytes, b.File)
	}
	if err := a.print(t); err != nil {
		return err
	}
	verb := "Removed"
	if p.DryRun {
		verb = "Dry run: would remove"
	}
	fmt.Fprintf(a.stderr, "%s %s (%s) by %s; %s left.\n", verb, counted(int64(len(p.Removed)), "backup"), counted(p.Bytes, "byte"), p.Keep, counted(p.Kept, "backup"))
	return nil
}
