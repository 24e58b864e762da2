package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

const backupsPath = "/api/backups"

// backup is what commands show of the API's backup.
type backup struct {
	ID         *int64
	Streamer   string
	StreamerID int64
	File       string
	Target     string
	CreatedAt  time.Time
	Bytes      int64
	SHA256     string
	CommitSeq  int64
	VerifiedAt *time.Time
	ProvenAt   *time.Time
}

func (a *app) backupListCommand() *cobra.Command {
	var streamer string
	cmd := &cobra.Command{Use: "list", Short: "List backups, newest first", Args: takes()}
	cmd.Flags().StringVar(&streamer, "streamer", "", "only this streamer's")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		query := url.Values{}
		if streamer != "" {
			query.Set("streamer", streamer)
		}
		return a.backupList(ctx, query)
	})
	return cmd
}

func (a *app) backupList(ctx context.Context, query url.Values) error {
	var items []json.RawMessage
	err := a.ask(ctx, func(c *client) (err error) {
		items, err = c.items(ctx, backupsPath, query)
		return err
	})
	if err != nil {
		return err
	}
	t := table{heads: []string{"ID", "STREAMER", "CREATED", "BYTES", "VERIFIED", "PROVEN", "FILE"}}
	if err := rows(items, func(b backup) {
		t.add(fmt.Sprint(*b.ID), b.name(), minute(b.CreatedAt), b.Bytes, minuteOrDash(b.VerifiedAt), minuteOrDash(b.ProvenAt), b.File)
	}); err != nil {
		return err
	}
	return a.list(items, t)
}

// name is whose backup it is.
func (b backup) name() string {
	switch {
	case b.Streamer != "":
		return b.Streamer
	case b.StreamerID == 0:
		return "(registry)"
	}
	return fmt.Sprint(b.StreamerID)
}

// whose says in a sentence whose the rows of a backup are.
func (b backup) whose() string {
	switch {
	case b.StreamerID == 0:
		return "the registry"
	case b.Streamer != "":
		return "streamer " + b.Streamer
	}
	return fmt.Sprintf("the streamer with id %d", b.StreamerID)
}

func minuteOrDash(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return minute(*t)
}
