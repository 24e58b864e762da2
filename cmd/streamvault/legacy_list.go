package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"streamvault/registry"
)

// importItem is an old database that moved in.
type importItem struct {
	Run          string     `json:"run"`
	Streamer     string     `json:"streamer"` // username
	StreamerID   int64      `json:"streamerId"`
	State        string     `json:"state"` // imported or rolled-back
	Generation   string     `json:"generation"`
	ImportedAt   time.Time  `json:"importedAt"`
	RolledBackAt *time.Time `json:"rolledBackAt"`
	Kept         string     `json:"kept,omitempty"` // the file of a streamer who was rolled back with changes
	Backup       string     `json:"backup"`
	SourceSHA256 string     `json:"sourceSha256"`
}

func importItems(all []registry.Import) []importItem {
	items := []importItem{}
	for _, i := range all {
		var report struct{ Generation, Backup string }
		_ = json.Unmarshal(i.Report, &report) // it is ours
		item := importItem{i.Run, i.Username, int64(i.Streamer), "imported", report.Generation, i.At, i.RolledBack, i.Kept, report.Backup, i.SourceSHA256}
		if i.RolledBack != nil {
			item.State = "rolled-back"
		}
		items = append(items, item)
	}
	return items
}

func (a *app) legacyListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the old databases that moved in, and those that were taken back", Args: takes(),
		RunE: a.does(func(ctx context.Context, _ []string) error { return a.legacyList(ctx) }),
	}
}

func (a *app) legacyList(ctx context.Context) error {
	items, err := a.legacyImports(ctx)
	if err != nil {
		return err
	}
	t := table{heads: []string{"RUN", "STREAMER", "STATE", "GENERATION", "IMPORTED"}}
	raw := make([]json.RawMessage, len(items))
	for i, item := range items {
		if raw[i], err = json.Marshal(item); err != nil {
			return err
		}
		t.add(item.Run, item.Streamer, item.State, item.Generation, item.ImportedAt.Format("2006-01-02 15:04"))
	}
	return a.list(raw, t)
}

func (a *app) legacyImports(ctx context.Context) (items []importItem, err error) {
	err = a.ask(ctx, func(c *client) error {
		answer, err := a.follow(ctx, c, http.MethodGet, legacyImportsPath, nil, "looking")
		if err != nil {
			return err
		}
		return json.Unmarshal(answer, &items)
	})
	return items, err
}
