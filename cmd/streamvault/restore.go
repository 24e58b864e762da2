package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

// restoring is the body of the route.
type restoring struct {
	Backup int64  `json:"backup,omitempty"`
	File   string `json:"file,omitempty"` // on the server's machine
	As     string `json:"as,omitempty"`
	DryRun bool   `json:"dryRun,omitempty"`
}

func (a *app) restoreCommand(use string) *cobra.Command {
	var (
		in       restoring
		streamer string
		yes      bool
		reg      bool
		keys     string
	)
	cmd := &cobra.Command{
		Use: "restore FILE-or-ID (--streamer NAME | --as NEW | --registry)", Short: "Put a backup or an export in the place of a streamer's data", Args: takes("FILE-or-ID"),
		Long: `Put a backup, by its id or file, an export or a streamer's own copy in the place of his data. The
file is looked at in a process of its own, and its rows go into a new file; it is never used
itself. Keys go on working. Who was signed in is signed out. The file from before lies in trash/
in the data directory and can be restored too. With --as, a new streamer is made of the file, who
gets neither tokens nor secret settings; it may then be anybody's.

With --registry, a backup of the registry becomes the registry, while no server runs. What was
revoked or purged since stays so, as far as the registry of now can be read; where it cannot,
--keys says what becomes of the access keys. Streamers who came since stay with their keys, or are
taken in from their files where that registry cannot be read.`,
		Example: "  streamvault " + use + " 12 --streamer alice --dry-run\n  streamvault " + use + " alice.db --streamer alice --as alice-copy",
	}
	f := cmd.Flags()
	f.StringVar(&streamer, "streamer", "", "whose file it is, and whose data it becomes")
	f.StringVar(&in.As, "as", "", "make a new streamer of this name of it")
	f.BoolVar(&in.DryRun, "dry-run", false, "do everything but the last step, and say what would be different")
	f.BoolVar(&yes, "yes", false, "do not ask")
	f.BoolVar(&reg, "registry", false, "put the registry back, from a backup of it")
	f.StringVar(&keys, "keys", "", "with --registry: keep or revoke all access keys, where nobody knows which were revoked since")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		if reg {
			if streamer != "" || in.As != "" {
				return wrongUse(use, "--registry goes without --streamer and --as")
			}
			return a.restoreRegistry(ctx, registryRestore{args[0], keys, in.DryRun, yes})
		}
		if keys != "" {
			return wrongUse(use, "--keys goes with --registry")
		}
		if streamer == "" {
			streamer = in.As
		}
		if streamer == "" {
			return wrongUse(use, "say whose data it becomes with --streamer, or name a new streamer with --as")
		}
		if in.As == "" && !in.DryRun {
			if err := a.confirmKept(yes, "Replace what "+streamer+" has now by "+sourceName(args[0])+"?"); err != nil {
				return err
			}
		}
		return a.restore(ctx, streamer, args[0], in)
	})
	return cmd
}

func (a *app) restore(ctx context.Context, streamer, arg string, in restoring) error {
	path, err := streamerPath(streamer)
	if err != nil {
		return err
	}
	if id, ok := numbered(arg); ok {
		in.Backup = id
	} else if in.File, err = filepath.Abs(arg); err != nil {
		return fmt.Errorf("find %s: %w", arg, err)
	}
	answer, err := a.askLong(ctx, path+"/restore", in, "restoring "+arg)
	if err != nil {
		return err
	}
	if a.json {
		return writeJSON(a.stdout, answer)
	}
	var r restoredData
	if err := json.Unmarshal(answer, &r); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return a.printRestored(sourceName(arg), r)
}

// restoredData is what a restore did, or would do.
type restoredData struct {
	Streamer   string
	StreamerID int64
	Generation int64
	DryRun     bool
	OwnerKey   string
	Tables     []struct {
		Table string
		Now   *int64
		Then  int64
	}
	ChannelPoints, DropPoints struct {
		Now  *int64
		Then int64
	}
	Newest struct{ Now, Then *time.Time }
}

func (a *app) printRestored(from string, r restoredData) error {
	t := table{heads: []string{"ROWS", "NOW", "THEN"}}
	for _, one := range r.Tables {
		t.add(one.Table, numberOrDash(one.Now), one.Then)
	}
	t.add("channel points", numberOrDash(r.ChannelPoints.Now), r.ChannelPoints.Then)
	t.add("drop points", numberOrDash(r.DropPoints.Now), r.DropPoints.Then)
	t.add("last entry of the ledger", minuteOrDash(r.Newest.Now), minuteOrDash(r.Newest.Then))
	if r.DryRun {
		if err := a.print(t); err != nil {
			return err
		}
		return a.answer(nil, fmt.Sprintf("Dry run: %s would become the data of %s. Nothing was changed.", from, r.Streamer))
	}
	lines := []string{fmt.Sprintf("Restored %s into streamer %s (id %d, generation %d).", from, r.Streamer, r.StreamerID, r.Generation)}
	if r.OwnerKey != "" {
		lines = append(lines, "Owner key, shown this once: "+r.OwnerKey)
	}
	return a.answer(nil, lines...)
}

func numberOrDash(n *int64) any {
	if n == nil {
		return "-"
	}
	return *n
}
