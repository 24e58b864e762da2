package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

func (a *app) migrateUpCommand() *cobra.Command {
	var (
		in          = newMigration{Action: "up"}
		maxFailures int64
		yes         bool
	)
	cmd := &cobra.Command{
		Use: "up", Short: "Move all shards to the newest schema version, or to another", Args: takes(),
		Long: `Move all shards to the newest schema version, or to another. A few go first, then batches that double.
A shard that fails stays whole at the version it had, and is served if that is new enough. When more
than --max-failures have failed, the migration halts. The exit code is 3 when some failed.

With a running server it works while that serves: callers of the shard that is being moved wait for
that moment. Interrupting the command leaves a job in a server running; streamvault migrate halt
stops it. Without a server the job halts, to be resumed.`,
		Example: "  streamvault migrate plan && streamvault migrate up --canary 5 --max-failures 3",
	}
	f := cmd.Flags()
	f.IntVar(&in.To, "to", 0, "schema version (default the newest)")
	f.IntVar(&in.Workers, "workers", 0, "shards moved at once, 1 to 64 (default 8; with a running server half its processors)")
	f.IntVar(&in.Canary, "canary", 0, "shards that go first (default one in a hundred, at most 10)")
	f.Int64Var(&maxFailures, "max-failures", 10, "halt when more than so many have failed")
	f.StringVar(&in.Only, "only", "", "move this streamer only, and leave the target")
	f.BoolVar(&yes, "yes", false, "do not ask before a version below the target")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		in.MaxFailures = &maxFailures
		return a.migrateUp(ctx, in, yes)
	})
	return cmd
}

func (a *app) migrateUp(ctx context.Context, in newMigration, yes bool) error {
	var (
		j      job
		answer json.RawMessage
		failed []shardRow
	)
	err := a.ask(ctx, func(c *client) error {
		v, err := c.versions(ctx)
		if err == nil {
			err = checkVersions(v, in.To)
		}
		if err == nil && in.To != 0 && in.To < v.Target && in.Only == "" {
			in.Down = true
			err = a.confirm(yes, fmt.Sprintf("Move all shards back from version %d to %d?", v.Target, in.To))
		}
		if err != nil {
			return err
		}
		if j, answer, err = a.startAndFollow(ctx, c, migrationsPath, in, "beginning"); err != nil {
			return err
		}
		failed, err = c.failures(ctx, j)
		return err
	})
	if err != nil {
		return err
	}
	if j.ID == 0 {
		return a.answer(answer, "Nothing to do: every shard is there.")
	}
	return a.endedJob(j, answer, failed, j.summary("moved"))
}

// failures are the shards that a job could not do.
func (c *client) failures(ctx context.Context, j job) (failed []shardRow, err error) {
	if j.Failed == 0 {
		return nil, nil
	}
	items, err := c.items(ctx, fmt.Sprintf("%s/%d/shards", migrationsPath, j.ID), url.Values{"state": {"failed"}})
	if errors.Is(err, errNobody) {
		return nil, nil // it stopped, and with it the job, whose end is known
	}
	if err != nil {
		return nil, err
	}
	return failed, rows(items, func(r shardRow) { failed = append(failed, r) })
}

// summary tells a person how a job of the fleet ended.
func (j job) summary(what string) string {
	text := fmt.Sprintf("Job %d is %s: %s of %s %s, %s failed", j.ID, j.State, thousands(j.Done), counted(j.Total, "shard"), what, thousands(j.Failed))
	moved, lost, back := j.back()
	if back && j.Kind == "plan" && j.State == "done" {
		return j.wouldGoBack(moved, lost)
	}
	if back {
		text = fmt.Sprintf("Job %d is %s: %s %s, %s failed", j.ID, j.State, counted(moved, "shard"), what, thousands(j.Failed))
	}
	if left := j.Total - j.Done - j.Failed; left > 0 {
		text += fmt.Sprintf(", %s not begun", thousands(left))
	}
	if lost > 0 {
		text += fmt.Sprintf(", %s lost", counted(lost, "commit"))
	}
	return text + j.whyHalted()
}

// whyHalted says why a job has stopped before its end, and what takes it up again. Of a
// migration in which some failed, its end says the latter.
func (j job) whyHalted() string {
	if j.State != "halted" {
		return "."
	}
	var orders struct {
		MaxFailures int64
		Reason      string
	}
	_ = json.Unmarshal(j.Detail, &orders) // what was halted by a command gives no reason
	text := "."
	switch {
	case orders.Reason == "":
	case j.Failed > orders.MaxFailures:
		text = fmt.Sprintf(". It halted by itself: --max-failures allows %d to fail. What waits is as it was.", orders.MaxFailures)
	default:
		text = ". It halted by itself: " + orders.Reason + ". What waits is as it was."
	}
	if j.Kind == "migrate" && j.Failed > 0 {
		return text
	}
	return text + fmt.Sprintf(" To go on: streamvault migrate resume %d", j.ID)
}

func (a *app) migrateResumeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "resume JOB", Short: "Take a halted or failed migration up again", Args: takes("JOB"),
		Long: `Take a migration, plan or rollback up again that was halted, by a command, its budget, or a crash, or
in which something failed: what waits in it and what failed.`,
		RunE: a.does(func(ctx context.Context, args []string) error {
			path, err := jobPath(migrationsPath, args[0], "/resume")
			if err != nil {
				return err
			}
			return a.migrateAgain(ctx, path, nil, "done")
		}),
	}
}

// migrateAgain begins something with a job and follows it to its end.
func (a *app) migrateAgain(ctx context.Context, path string, in any, what string) error {
	var (
		j      job
		answer json.RawMessage
		failed []shardRow
	)
	err := a.ask(ctx, func(c *client) (err error) {
		if j, answer, err = a.startAndFollow(ctx, c, path, in, "beginning"); err != nil {
			return err
		}
		failed, err = c.failures(ctx, j)
		return err
	})
	if err != nil {
		return err
	}
	return a.endedJob(j, answer, failed, j.summary(what))
}
