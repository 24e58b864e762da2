package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

// drilling is the body of the route.
type drilling struct {
	Sample  int `json:"sample,omitempty"`
	Workers int `json:"workers,omitempty"`
}

func (a *app) backupDrillCommand() *cobra.Command {
	var in drilling
	cmd := &cobra.Command{
		Use: "drill", Short: "Restore some backups into scratch space, to see that they can be", Args: takes(),
		Long: `Restore the newest backup of some streamers, drawn at random, the registry's among them, into
scratch space: through the whole gate of a restore, all but its last step, and compare every row. What comes
back as it was is noted as proven; see the PROVEN column of backup list. Exit code 3 when one does not.`,
		Example: "  streamvault backup drill --sample 25",
	}
	cmd.Flags().IntVar(&in.Sample, "sample", 10, "how many streamers")
	cmd.Flags().IntVar(&in.Workers, "workers", 1, "how many at a time, 1 to 16")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		if in.Sample < 1 || in.Workers < 1 || in.Workers > 16 {
			return wrongUse("backup drill", "--sample must be 1 or more, --workers 1 to 16")
		}
		return a.backupDrill(ctx, in)
	})
	return cmd
}

func (a *app) backupDrill(ctx context.Context, in drilling) error {
	j, answer, err := a.askJob(ctx, backupsPath+"/drill", in, "restoring backups into scratch space")
	if err != nil {
		return err
	}
	if j.Failed > 0 || j.State != "done" {
		return a.failed(answer, &refusal{Code: "partly_failed", Detail: fmt.Sprintf("%s of %s did not come back as it was (job %d is %s)",
			thousands(j.Failed), counted(j.Total, "backup"), j.ID, j.State)})
	}
	return a.answer(answer, fmt.Sprintf("Proved %s restorable (job %d).", counted(j.Done, "backup"), j.ID))
}

// askJob begins a job, follows it to its end, and tells of each item that failed.
func (a *app) askJob(ctx context.Context, path string, in any, first string) (j job, answer json.RawMessage, err error) {
	var failed []json.RawMessage
	err = a.ask(ctx, func(c *client) error {
		if err := c.call(ctx, http.MethodPost, path, in, &j); err != nil {
			return err
		}
		id := j.ID
		var err error
		if j, answer, err = a.followJob(ctx, c, id, first); err != nil {
			return err
		}
		failed, err = c.items(ctx, fmt.Sprintf("%s/%d/items", jobsPath, id), map[string][]string{"state": {"failed"}})
		return err
	})
	if err != nil {
		return j, answer, err
	}
	return j, answer, rows(failed, func(f failedItem) {
		fmt.Fprintf(a.stderr, "%s: %s\n", plain(f.name()), plain(f.Detail.Error))
	})
}

// name is whose item it is.
func (f failedItem) name() string {
	if f.Streamer == nil && f.ID == 0 {
		return "(registry)"
	}
	return orDash(f.Streamer)
}
