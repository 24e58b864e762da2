package main

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

// auditEntry is what the table shows of the API's audit rows.
type auditEntry struct {
	At       time.Time
	Actor    string
	Action   string
	Streamer *string
	Detail   json.RawMessage
}

func (a *app) auditCommand() *cobra.Command {
	var streamer, since string
	cmd := &cobra.Command{
		Use: "audit", Short: "Show who did what, oldest first", Args: takes(),
		Example: "  streamvault audit --since 24h\n  streamvault audit --streamer alice --since 2026-01-31\n  streamvault audit verify",
	}
	cmd.AddCommand(a.auditVerifyCommand())
	cmd.Flags().StringVar(&streamer, "streamer", "", "only what concerns this streamer")
	cmd.Flags().StringVar(&since, "since", "", "only what is newer: a duration (24h), a day (2026-01-31) or a time (RFC 3339)")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.audit(ctx, streamer, since) })
	return cmd
}

func (a *app) audit(ctx context.Context, streamer, since string) error {
	query := url.Values{}
	if streamer != "" {
		query.Set("streamer", streamer)
	}
	if since != "" {
		from, err := parseSince(since, time.Now())
		if err != nil {
			return err
		}
		query.Set("since", from.UTC().Format(time.RFC3339Nano))
	}
	var items []json.RawMessage
	err := a.ask(ctx, func(c *client) (err error) {
		items, err = c.items(ctx, "/api/audit", query)
		return err
	})
	if err != nil {
		return err
	}
	t := table{heads: []string{"TIME", "WHO", "WHAT", "STREAMER", "DETAIL"}}
	if err := rows(items, func(e auditEntry) {
		t.add(e.At.UTC().Format(time.DateTime), e.Actor, e.Action, orDash(e.Streamer), string(e.Detail))
	}); err != nil {
		return err
	}
	return a.list(items, t)
}

// parseSince reads a moment, or how long ago it was.
func parseSince(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, wrongUse("audit", "--since must be a duration (24h), a day (2026-01-31) or a time (2026-01-31T12:00:00Z)")
}
