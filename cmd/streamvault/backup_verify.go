package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"
)

// verifiedBackup is what a check says.
type verifiedBackup struct {
	backup
	Rows     int64
	Digest   string
	Manifest bool
}

func (a *app) backupVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify FILE-or-ID", Short: "Read a backup back and hold every row of it against its manifest", Args: takes("FILE-or-ID"),
		Long: `Read a backup back, by its id or its file, and hold every byte and every row of it against its
manifest, in a process of its own, as a restore would. A file without a manifest beside it, such
as an export, is held against what every file of streamvault's is.`,
		Example: "  streamvault backup verify 12\n  streamvault backup verify /mnt/usb/20260304T050607Z-1a2b3c4d.db",
		RunE:    a.does(func(ctx context.Context, args []string) error { return a.backupVerify(ctx, args[0]) }),
	}
}

// numbered says whether a FILE-or-ID is an id. A file of that name is meant by ./12.
func numbered(arg string) (id int64, ok bool) {
	id, err := strconv.ParseInt(arg, 10, 64)
	return id, err == nil && id > 0
}

// sourceName is a FILE-or-ID for people: a number alone says nothing.
func sourceName(arg string) string {
	if _, ok := numbered(arg); ok {
		return "backup " + arg
	}
	return arg
}

func (a *app) backupVerify(ctx context.Context, arg string) error {
	path, in := backupsPath+"/verify", map[string]any{}
	if id, ok := numbered(arg); ok {
		path, in = fmt.Sprintf("%s/%d/verify", backupsPath, id), nil
	} else {
		full, err := filepath.Abs(arg)
		if err != nil {
			return fmt.Errorf("find %s: %w", arg, err)
		}
		in["file"] = full
	}
	answer, err := a.askLong(ctx, path, orNone(in), "reading "+arg)
	if err != nil {
		return err
	}
	var v verifiedBackup
	if err := json.Unmarshal(answer, &v); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	vouched := "every row is as its manifest says"
	if !v.Manifest {
		vouched = "no manifest lies beside it"
	}
	return a.answer(answer, fmt.Sprintf("%s is sound: %s of %s as of commit %d, %s.", arg, counted(v.Rows, "row"), v.whose(), v.CommitSeq, vouched))
}

// orNone sends no body where there is nothing to say.
func orNone(in map[string]any) any {
	if in == nil {
		return nil
	}
	return in
}
