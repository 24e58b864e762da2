package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/spf13/cobra"
)

const legacyImportsPath = "/api/legacy/imports"

// legacyImport is the body of the route. From is a path on the server's machine.
type legacyImport struct {
	From        string `json:"from"`
	Streamer    string `json:"streamer"`
	DisplayName string `json:"displayName"`
	DryRun      bool   `json:"dryRun"`
}

func (a *app) legacyImportCommand() *cobra.Command {
	var in legacyImport
	cmd := &cobra.Command{
		Use: "import --from FILE-or-DIR", Short: "Make a streamer of an old database", Args: takes(),
		Long: `Make a streamer of an old database. The source and its -wal are copied first and stay as they
are. Every row is accounted for, and sums are compared before the streamer goes live. The same
source again is known and changes nothing.`,
		Example: "  streamvault legacy import --from kick-overlay.db --dry-run",
	}
	f := cmd.Flags()
	f.StringVar(&in.From, "from", "", "the old database (its -wal beside it), or an old JSON directory")
	f.StringVar(&in.Streamer, "streamer", "codingbutter", "name of the streamer to make")
	f.StringVar(&in.DisplayName, "display-name", "Butters", "name as shown")
	f.BoolVar(&in.DryRun, "dry-run", false, "do everything but the last step, and report")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.legacyImport(ctx, in) })
	return cmd
}

func (a *app) legacyImport(ctx context.Context, in legacyImport) error {
	if in.From == "" {
		return wrongUse("legacy import", "--from is missing")
	}
	from, err := filepath.Abs(in.From)
	if err != nil {
		return fmt.Errorf("find %s: %w", in.From, err)
	}
	in.From = from
	var answer json.RawMessage
	err = a.ask(ctx, func(c *client) (err error) {
		answer, err = a.follow(ctx, c, http.MethodPost, legacyImportsPath, in, "copying "+in.From)
		return err
	})
	if err != nil {
		return err
	}
	if a.json {
		return writeJSON(a.stdout, answer)
	}
	var done imported
	if err := json.Unmarshal(answer, &done); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return a.printImport(done)
}
