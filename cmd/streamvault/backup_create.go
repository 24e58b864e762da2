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
		in       newBackup
		all, reg bool
	)
	cmd := &cobra.Command{
		Use: "create NAME | --all | --registry", Short: "Back a streamer up, or all of them and the registry, while they are served", Args: cobra.MaximumNArgs(1),
		Long: `Back a streamer up, or all of them, while they are served. A backup is one database file and a
manifest beside it, below backups/ in the data directory. Each copy is checked before it counts.
An encrypted backup opens with the streamer's key only, which a purge destroys. With --all, a
streamer who fails does not stop the others; then the exit code is 3.`,
		Example: "  streamvault backup create alice\n  streamvault backup create --all --compress --workers 4",
	}
	f := cmd.Flags()
	f.BoolVar(&all, "all", false, "every streamer who is not in the trash, and the registry")
	f.BoolVar(&reg, "registry", false, "the registry only")
	f.BoolVar(&in.Compress, "compress", false, "pack with zstd")
	f.BoolVar(&in.Encrypt, "encrypt", false, "encrypt under the streamer's own key")
	f.IntVar(&in.Workers, "workers", 0, "with --all: how many at a time, 1 to 16 (default 2)")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		switch {
		case len(args)+number(all)+number(reg) != 1:
			return wrongUse("backup create", "name a streamer, or say --all or --registry")
		case all:
			return a.backupAll(ctx, in)
		case in.Workers != 0:
			return wrongUse("backup create", "--workers goes with --all")
		}
		if reg {
			return a.backupOne(ctx, backupsPath+"/registry", "the registry", in)
		}
		path, err := streamerPath(args[0])
		if err != nil {
			return err
		}
		return a.backupOne(ctx, path+"/backups", args[0], in)
	})
	return cmd
}

func number(said bool) int {
	if said {
		return 1
	}
	return 0
}

func (a *app) backupOne(ctx context.Context, path, name string, in newBackup) error {
	answer, err := a.askLong(ctx, path, in, "backing "+name+" up")
	if err != nil {
		return err
	}
	var b backup
	if err := json.Unmarshal(answer, &b); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return a.answer(answer, fmt.Sprintf("Backup %d of %s: %s bytes in %s", *b.ID, b.name(), thousands(b.Bytes), b.File))
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
	j, answer, err := a.askJob(ctx, backupsPath, in, "backing all up")
	if err != nil {
		return err
	}
	if j.Failed > 0 || j.State != "done" {
		return a.failed(answer, &refusal{Code: "partly_failed", Detail: fmt.Sprintf("%s of %s not made (job %d is %s)",
			thousands(j.Total-j.Done), counted(j.Total, "backup"), j.ID, j.State)})
	}
	return a.answer(answer, fmt.Sprintf("Backed %s and the registry up (job %d).", counted(j.Done-1, "streamer"), j.ID))
}

// failedItem is a streamer who failed in a job.
type failedItem struct {
	ID       int64
	Streamer *string
	Detail   struct{ Error string }
}
