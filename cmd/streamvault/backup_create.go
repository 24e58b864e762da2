package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// newBackup says how backups are made.
type newBackup struct {
	Compress bool `json:"compress,omitempty"`
	Encrypt  bool `json:"encrypt,omitempty"`
	Workers  int  `json:"workers,omitempty"`
}

func (a *app) backupCreateCommand() *cobra.Command {
	var (
		in  newBackup
		all bool
	)
	cmd := &cobra.Command{
		Use: "create NAME | --all", Short: "Back a streamer up, or all of them, while they are served", Args: cobra.MaximumNArgs(1),
		Long: `Back a streamer up, or all of them, while they are served. A backup is one database file and a
manifest beside it, below backups/ in the data directory. Each copy is checked before it counts.
An encrypted backup opens with the streamer's key only, which a purge destroys. With --all, a
streamer who fails does not stop the others; then the exit code is 3.`,
		Example: "  streamvault backup create alice\n  streamvault backup create --all --compress --workers 4",
	}
	f := cmd.Flags()
	f.BoolVar(&all, "all", false, "every streamer who is not in the trash")
	f.BoolVar(&in.Compress, "compress", false, "pack with zstd")
	f.BoolVar(&in.Encrypt, "encrypt", false, "encrypt under the streamer's own key")
	f.IntVar(&in.Workers, "workers", 0, "with --all: how many at a time, 1 to 16 (default 2)")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		switch {
		case all == (len(args) == 1):
			return wrongUse("backup create", "name a streamer, or say --all")
		case all:
			return a.backupAll(ctx, in)
		case in.Workers != 0:
			return wrongUse("backup create", "--workers goes with --all")
		}
		return a.backupOne(ctx, args[0], in)
	})
	return cmd
}

func (a *app) backupOne(ctx context.Context, name string, in newBackup) error {
	path, err := streamerPath(name)
	if err != nil {
		return err
	}
	answer, err := a.askLong(ctx, path+"/backups", in, "backing "+name+" up")
	if err != nil {
		return err
	}
	var b backup
	if err := json.Unmarshal(answer, &b); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return a.answer(answer, fmt.Sprintf("Backup %d of %s: %s bytes in %s", *b.ID, b.Streamer, thousands(b.Bytes), b.File))
}

// askLong posts something that takes its time, and says so on a terminal.
func (a *app) askLong(ctx context.Context, path string, in any, what string) (answer json.RawMessage, err error) {
	bar := newProgress(a.stderr, time.Now)
	bar.begin(what)
	err = a.ask(ctx, func(c *client) error { return c.call(ctx, http.MethodPost, path, in, &answer) })
	bar.end()
	return answer, err
}

func (a *app) backupAll(ctx context.Context, in newBackup) error {
	var (
		j      job
		answer json.RawMessage
		failed []json.RawMessage
	)
	err := a.ask(ctx, func(c *client) error {
		if err := c.call(ctx, http.MethodPost, backupsPath, in, &j); err != nil {
			return err
		}
		id := j.ID
		var err error
		if j, answer, err = a.followJob(ctx, c, id, "backing all up"); err != nil {
			return err
		}
		failed, err = c.items(ctx, fmt.Sprintf("%s/%d/items", jobsPath, id), map[string][]string{"state": {"failed"}})
		return err
	})
	if err != nil {
		return err
	}
	if err := rows(failed, func(f failedItem) {
		fmt.Fprintf(a.stderr, "%s: %s\n", plain(orDash(f.Streamer)), plain(f.Detail.Error))
	}); err != nil {
		return err
	}
	if j.Failed > 0 || j.State != "done" {
		return a.failed(answer, &refusal{Code: "partly_failed", Detail: fmt.Sprintf("%d of %d streamers were not backed up (job %d is %s)",
			j.Total-j.Done, j.Total, j.ID, j.State)})
	}
	return a.answer(answer, fmt.Sprintf("Backed %s streamers up (job %d).", thousands(j.Done), j.ID))
}

// failedItem is a streamer who failed in a job.
type failedItem struct {
	Streamer *string
	Detail   struct{ Error string }
}
