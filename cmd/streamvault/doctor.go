package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/doctor"
)

// treatment is the body of the route.
type treatment struct {
	Deep         bool   `json:"deep"`
	Fix          bool   `json:"fix"`
	MaxBackupAge string `json:"maxBackupAge,omitempty"`
}

func (a *app) doctorCommand() *cobra.Command {
	var t treatment
	var age time.Duration
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look over the whole installation and say what is wrong with it", Args: takes(),
		Long: `Look over the whole installation, while it serves or while it does not, and say what is wrong
with it and what to do. Nothing is changed without --fix, and --fix loses nothing: files that it
takes away go to the trash, and each fix is in the audit log. Exit code 1 when a problem is left.
Notes are good to know and are no problems.`,
		Example: "  streamvault doctor\n  streamvault doctor --deep --json\n  streamvault doctor --fix --max-backup-age 36h",
	}
	f := cmd.Flags()
	f.BoolVar(&t.Deep, "deep", false, "read every row of everybody too: integrity, foreign keys, rows of others, balances against their ledger")
	f.BoolVar(&t.Fix, "fix", false, "mend what loses nothing")
	f.DurationVar(&age, "max-backup-age", 0, "a streamer who has changed since his newest backup, which is older than this, is a problem; such as 36h (default from the schedule of the server, if it has one)")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		switch {
		case age < 0:
			return wrongUse("doctor", "--max-backup-age must not be negative")
		case age > 0:
			t.MaxBackupAge = age.String()
		}
		return a.doctor(ctx, t)
	})
	return cmd
}

func (a *app) doctor(ctx context.Context, t treatment) error {
	var answer json.RawMessage
	err := a.askWith(ctx, shard.Options{Examined: true, Recover: t.Fix}, func(c *client) (err error) {
		answer, err = a.follow(ctx, c, http.MethodPost, "/api/doctor", t, "looking at the installation")
		return err
	})
	var r doctor.Report
	switch {
	case err == nil:
		if err := json.Unmarshal(answer, &r); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
	case a.closed(ctx, err):
		r = doctor.Unopened(err)
	default:
		return err
	}
	return a.showReport(r)
}

// closed says that the installation cannot be opened at all, which is a finding too.
func (a *app) closed(ctx context.Context, err error) bool {
	var refused *refusal
	var usage *usageError
	if errors.Is(err, registry.ErrLostRegistry) {
		return true
	}
	return ctx.Err() == nil && !errors.As(err, &refused) && !errors.As(err, &usage) &&
		!errors.Is(err, registry.ErrForeignDirectory) && registry.Founded(a.data)
}

func (a *app) showReport(r doctor.Report) error {
	if !a.json {
		if err := a.answer(nil, reportLines(r)...); err != nil {
			return err
		}
	}
	if r.OK {
		return a.answer(r, fmt.Sprintf("All is well: %s looked at.", counted(int64(r.Shards), "streamer")))
	}
	return a.failed(r, &refusal{Code: "problems", Detail: fmt.Sprintf("%s, %s looked at",
		counted(int64(len(r.Problems)), "problem"), counted(int64(r.Shards), "streamer"))})
}

// reportLines are the findings for people: two lines each.
func reportLines(r doctor.Report) (lines []string) {
	for _, kind := range []struct {
		name  string
		found []doctor.Problem
	}{{"fixed", r.Fixed}, {"note", r.Notes}, {"problem", r.Problems}} {
		for _, p := range kind.found {
			of := ""
			if p.Streamer != nil {
				of = " of " + *p.Streamer
			}
			lines = append(lines, plain(fmt.Sprintf("%-8s%s%s: %s", kind.name, p.Code, of, p.Detail)))
			if kind.name != "fixed" {
				lines = append(lines, "        "+p.Advice)
			}
		}
	}
	return lines
}
