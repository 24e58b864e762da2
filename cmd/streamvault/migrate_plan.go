package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) migratePlanCommand() *cobra.Command {
	in := newMigration{Action: "plan"}
	cmd := &cobra.Command{
		Use: "plan", Short: "Rehearse a migration on a copy of every shard", Args: takes(),
		Long: `Rehearse a migration on a copy of every shard, one after the other. No shard changes. The report names
the shards that would fail, with the reason, and those whose schema is not what it should be, as a
diff: - is missing, + is there and should not be. The exit code is 3 when some would fail.`,
	}
	f := cmd.Flags()
	f.IntVar(&in.To, "to", 0, "schema version (default the newest)")
	f.IntVar(&in.Workers, "workers", 0, "shards rehearsed at once, 1 to 64 (default 8; with a running server half its processors)")
	f.StringVar(&in.Only, "only", "", "only this streamer")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.migratePlan(ctx, in) })
	return cmd
}

// plan is a rehearsal that has ended.
type plan struct {
	job      job
	answer   json.RawMessage // the job as the API shows it
	Moves    int64           `json:"moves"` // shards that would be moved
	Failures []shardRow      `json:"failures"`
	Drift    []shardRow      `json:"drift"`
}

func (a *app) migratePlan(ctx context.Context, in newMigration) error {
	var p plan
	err := a.ask(ctx, func(c *client) error {
		v, err := c.versions(ctx)
		if err != nil {
			return err
		}
		if checkVersions(v, in.To) != nil {
			p, err = a.planHere(ctx, c, in)
			return err
		}
		p, err = a.planThere(ctx, c, in)
		return err
	})
	if err != nil {
		return err
	}
	return a.printPlan(p)
}

// planThere has the owner of the directory rehearse.
func (a *app) planThere(ctx context.Context, c *client, in newMigration) (p plan, err error) {
	if p.job, p.answer, err = a.startAndFollow(ctx, c, migrationsPath, in, "beginning"); err != nil {
		return p, err
	}
	items, err := c.items(ctx, fmt.Sprintf("%s/%d/shards", migrationsPath, p.job.ID), nil)
	if err != nil {
		return p, begun(err)
	}
	return p, rows(items, p.add)
}

func (p *plan) add(r shardRow) {
	switch r.State {
	case "failed":
		p.Failures = append(p.Failures, r)
	case "done":
		p.Moves++
	}
	if len(r.Drift) > 0 {
		p.Drift = append(p.Drift, r)
	}
}

// document is the job with what the rehearsal found.
func (p plan) document() (map[string]any, error) {
	d := map[string]any{}
	if p.answer != nil {
		if err := json.Unmarshal(p.answer, &d); err != nil {
			return nil, fmt.Errorf("read the server's answer: %w", err)
		}
	}
	d["moves"], d["failures"], d["drift"] = p.Moves, orEmpty(p.Failures), orEmpty(p.Drift)
	return d, nil
}

func orEmpty(all []shardRow) []shardRow {
	if all == nil {
		return []shardRow{}
	}
	return all
}

func (a *app) printPlan(p plan) error {
	d, err := p.document()
	if err != nil {
		return err
	}
	lines := []string{fmt.Sprintf("Rehearsed on a copy of %s: %s would be moved, %s would fail, %s with a schema that is not what it should be. Nothing was changed.",
		counted(p.job.Total, "shard"), thousands(p.Moves), thousands(int64(len(p.Failures))), thousands(int64(len(p.Drift))))}
	for _, r := range p.Failures {
		lines = append(lines, plain(r.name()+" would fail: "+orDash(r.Error)))
	}
	for _, r := range p.Drift {
		lines = append(lines, plain(r.name()+" has drifted:"))
		for _, line := range r.Drift {
			lines = append(lines, "  "+plain(line))
		}
	}
	return errors.Join(a.answer(d, lines...), p.job.end())
}
