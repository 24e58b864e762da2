package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"streamvault/registry"
)

type limitFlags struct {
	mib, requests int64
	rows          []string
	clear         bool
}

func (a *app) streamerLimitCommand() *cobra.Command {
	var o limitFlags
	cmd := &cobra.Command{
		Use: "limit NAME", Short: "Show or change what one streamer may use", Args: takes("NAME"),
		Long: `Show or change what one streamer may use. Without flags the limits are shown. 0 ends a limit.
Whoever would exceed a limit of size or rows gets 507 quota_exceeded, deleting goes on; one of requests,
429 rate_limited.`,
		Example: "  streamvault streamer limit alice --mib 500 --rows users=100000 --requests 50\n  streamvault streamer limit alice --clear",
	}
	f := cmd.Flags()
	f.Int64Var(&o.mib, "mib", 0, "MiB that his data may take")
	f.StringArrayVar(&o.rows, "rows", nil, "TABLE=N, the most rows of a table, of "+strings.Join(registry.LimitedTables, ", ")+"; may be given again")
	f.Int64Var(&o.requests, "requests", 0, "requests a second to his channel, of all callers together")
	f.BoolVar(&o.clear, "clear", false, "end all his limits first")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		change, err := o.change(f.Changed)
		if err != nil {
			return err
		}
		if len(change) == 0 {
			return a.streamerShow(ctx, args[0])
		}
		answer, s, err := a.streamerPatch(ctx, args[0], change)
		if err != nil {
			return err
		}
		return a.answer(answer, fmt.Sprintf("Limits of %s: %s.", s.Username, s.limits()))
	})
	return cmd
}

// change is the body of the route.
func (o limitFlags) change(given func(string) bool) (map[string]any, error) {
	change, limits, rows := map[string]any{}, map[string]any{}, map[string]any{}
	if o.clear {
		change["quotaBytes"], limits["requestsPerSecond"] = 0, 0
		for _, table := range registry.LimitedTables {
			rows[table] = 0
		}
	}
	if given("mib") {
		change["quotaBytes"] = o.mib << 20
	}
	if given("requests") {
		limits["requestsPerSecond"] = o.requests
	}
	for _, r := range o.rows {
		table, number, _ := strings.Cut(r, "=")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n < 0 || !slices.Contains(registry.LimitedTables, table) {
			return nil, wrongUse("streamer limit", "--rows must be TABLE=N, the table one of %s", strings.Join(registry.LimitedTables, ", "))
		}
		rows[table] = n
	}
	if o.mib < 0 || o.mib > mostMiB || o.requests < 0 {
		return nil, wrongUse("streamer limit", "a limit cannot be less than 0, and --mib not more than %d", mostMiB)
	}
	if len(rows) > 0 {
		limits["rows"] = rows
	}
	if len(limits) > 0 {
		change["limits"] = limits
	}
	return change, nil
}

// limits is one line of what a streamer may use.
func (s streamer) limits() string {
	var all []string
	if s.QuotaBytes != nil {
		all = append(all, fmt.Sprintf("%d MiB", *s.QuotaBytes>>20))
	}
	for _, table := range slices.Sorted(maps.Keys(s.Limits.Rows)) {
		all = append(all, counted(s.Limits.Rows[table], "row")+" of "+table)
	}
	if n := s.Limits.RequestsPerSecond; n != nil {
		all = append(all, counted(*n, "request")+" a second")
	}
	if len(all) == 0 {
		return "none of his own"
	}
	return strings.Join(all, ", ")
}
