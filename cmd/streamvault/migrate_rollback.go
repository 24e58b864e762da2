package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

// takeBack is the body of the route.
type takeBack struct {
	FromSnapshot bool `json:"fromSnapshot"`
	Workers      int  `json:"workers,omitempty"`
	DryRun       bool `json:"dryRun,omitempty"`
}

// wouldLose asks how many commits going back to the copies loses.
func (a *app) wouldLose(ctx context.Context, path string) (lost int64, err error) {
	err = a.ask(ctx, func(c *client) error {
		j, _, err := a.startAndFollow(ctx, c, path, takeBack{FromSnapshot: true, DryRun: true}, "looking")
		_, lost, _ = j.back()
		return err
	})
	return lost, err
}

// back is what a rollback says of itself: how many shards it moved, and commits it lost.
func (j job) back() (moved, lost int64, ok bool) {
	var detail struct{ Of, Moved, Lost int64 }
	_ = json.Unmarshal(j.Detail, &detail) // what is no rollback says nothing
	return detail.Moved, detail.Lost, detail.Of != 0
}

// wouldGoBack says what the rehearsal of a rollback has found.
func (j job) wouldGoBack(moved, lost int64) string {
	text := fmt.Sprintf("Dry run (job %d): %s would be rolled back, %s would fail", j.ID, counted(moved, "shard"), thousands(j.Failed))
	if lost > 0 {
		text += fmt.Sprintf(", and %s made since would be lost", counted(lost, "commit"))
	} else {
		text += ", nothing that was written since would be lost"
	}
	return text + ". Nothing was changed."
}

func (a *app) migrateRollbackCommand() *cobra.Command {
	var (
		in  takeBack
		yes bool
	)
	cmd := &cobra.Command{
		Use: "rollback JOB", Short: "Take a migration back for the shards that it moved", Args: takes("JOB"),
		Long: `Take a migration back: the target, and the shards that it moved. Each goes the way back that its
migrations carry, so nothing that was written since is lost. With --from-snapshot each becomes the
copy that was kept from before instead, and what was written since is lost: for shards that are
damaged. --dry-run says how many commits that would be.`,
	}
	f := cmd.Flags()
	f.BoolVar(&in.FromSnapshot, "from-snapshot", false, "go back to the copies from before; loses what was written since")
	f.IntVar(&in.Workers, "workers", 0, "shards moved at once, 1 to 64 (default 8; with a running server half its processors)")
	f.BoolVar(&in.DryRun, "dry-run", false, "say what would be done, and do nothing")
	f.BoolVar(&yes, "yes", false, "do not ask before something is lost")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		path, err := jobPath(migrationsPath, args[0], "/rollback")
		if err != nil {
			return err
		}
		if in.FromSnapshot && !in.DryRun && !yes {
			lost, err := a.wouldLose(ctx, path)
			if err != nil {
				return err
			}
			if err := a.confirm(false, fmt.Sprintf("Go back to the copies from before job %s, and lose %s made since?", args[0], counted(lost, "commit"))); err != nil {
				return err
			}
		}
		return a.migrateAgain(ctx, path, in, "rolled back")
	})
	return cmd
}
