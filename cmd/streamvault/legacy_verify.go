package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"streamvault/migrations/legacy"
	"streamvault/shard"
)

type legacyVerify struct {
	From string `json:"from"`
}

func (a *app) legacyVerifyCommand() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use: "verify [RUN] [--from FILE-or-DIR]", Short: "Compare what moved in with its streamer of today", Args: cobra.MaximumNArgs(1),
		Long: `Compare what moved in with its streamer of today: one run, or all. The kept source is imported
once more beside everything, and each row of it is looked for. Differences are listed with what
explains them; exit code 1 when nothing does. The streamer is served meanwhile.`,
		Example: "  streamvault legacy verify",
	}
	cmd.Flags().StringVar(&from, "from", "", "the source itself, where the kept one is lost")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		runs := args
		switch {
		case from != "" && len(args) == 0:
			return wrongUse("legacy verify", "--from needs the RUN that it belongs to")
		case len(args) == 0:
			items, err := a.legacyImports(ctx)
			if err != nil {
				return err
			}
			for _, i := range items {
				if i.RolledBackAt == nil {
					runs = append(runs, i.Run)
				}
			}
		}
		return a.legacyVerify(ctx, runs, from)
	})
	return cmd
}

func (a *app) legacyVerify(ctx context.Context, runs []string, from string) (err error) {
	if from != "" {
		if from, err = filepath.Abs(from); err != nil {
			return fmt.Errorf("find %s: %w", from, err)
		}
	}
	all := []shard.Verification{}
	for _, run := range runs {
		var v shard.Verification
		err := a.ask(ctx, func(c *client) error {
			answer, err := a.follow(ctx, c, http.MethodPost, legacyRunPath(run, "verify"), legacyVerify{from}, "opening the kept source of "+run)
			if err != nil {
				return err
			}
			return json.Unmarshal(answer, &v)
		})
		if err != nil {
			return err
		}
		all = append(all, v)
	}
	if err := a.printVerifications(all); err != nil {
		return err
	}
	if bad := slices.IndexFunc(all, func(v shard.Verification) bool { return !v.OK }); bad >= 0 {
		return reported{&refusal{Code: "differs", Detail: fmt.Sprintf("%s has differences that no use explains; "+
			"restore it from a backup, or look at the source with `streamvault legacy source %s --out DIR`", all[bad].Streamer, all[bad].Run)}}
	}
	return nil
}

func legacyRunPath(run, verb string) string {
	return legacyImportsPath + "/" + url.PathEscape(run) + "/" + verb
}

func (a *app) printVerifications(all []shard.Verification) error {
	if a.json {
		return writeJSON(a.stdout, map[string]any{"items": all, "next": nil})
	}
	if len(all) == 0 {
		return a.answer(nil, "No old database has moved in.")
	}
	for _, v := range all {
		word := "all is as it was, or changed by use"
		if !v.OK {
			word = "there are differences that no use explains"
		}
		if err := a.answer(nil, fmt.Sprintf("%s (run %s): %s.", v.Streamer, v.Run, word)); err != nil {
			return err
		}
		for _, t := range []table{comparedTable(v.Comparison), differenceTable(v.Comparison)} {
			if len(t.rows) == 0 {
				continue
			}
			if err := a.print(t); err != nil {
				return err
			}
			if err := a.answer(nil, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func comparedTable(c legacy.Comparison) table {
	t := table{heads: []string{"TABLE", "IMPORTED", "SAME", "CHANGED", "REMOVED", "ADDED"}}
	names := make([]string, 0, len(c.Tables))
	for name := range c.Tables {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		n := c.Tables[name]
		t.add(name, n.Imported, n.Same, n.Changed, n.Removed, n.Added)
	}
	return t
}

func differenceTable(c legacy.Comparison) table {
	t := table{heads: []string{"DIFFERENCE", "TABLE", "ROWS", "FOR EXAMPLE", "EXPLAINED"}}
	for _, d := range c.Differences {
		explained := "by use"
		if !d.Expected {
			explained = "NO"
		}
		t.add(d.Code, d.Table, d.Count, d.Example, explained)
	}
	return t
}
