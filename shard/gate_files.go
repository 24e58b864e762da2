package shard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"streamvault/migrations/legacy"
	"streamvault/migrations/restore"
	"streamvault/shard/gate"
)

// fileWork is what a child does with a tenant file: it is looked at, and another is built of it
// where Build is set.
type fileWork struct {
	Path  string // a private copy
	Want  restore.Expected
	Build *restore.Work
}

// fileOutcome is what a child answers.
type fileOutcome struct {
	Facts    restore.Facts
	Built    restore.Built
	Refused  *restore.RefusedError `json:",omitempty"`
	Mismatch string                `json:",omitempty"`
}

func (o fileOutcome) err() error {
	switch {
	case o.Refused != nil:
		return o.Refused
	case o.Mismatch != "":
		return fmt.Errorf("%w: %s", restore.ErrMismatch, o.Mismatch)
	}
	return nil
}

// What a child that looks at a tenant file may use, and SQLite in it.
const (
	fileMemory       = 128 << 20
	fileSQLiteMemory = 64 << 20
)

// looksAtOnce bounds how many children look at files, and so their memory.
const looksAtOnce = 2

// lookAtFile is the task of a child.
func lookAtFile(ctx context.Context, request json.RawMessage, _ *gate.Parent) (any, error) {
	var w fileWork
	if err := json.Unmarshal(request, &w); err != nil {
		return nil, err
	}
	if err := legacy.Confine(fileSQLiteMemory); err != nil {
		return nil, err
	}
	return w.do(ctx)
}

func (w fileWork) do(ctx context.Context) (o fileOutcome, err error) {
	o.Facts, err = restore.Check(ctx, w.Path, w.Want)
	if err == nil && w.Build != nil {
		o.Built, err = restore.Build(ctx, *w.Build, o.Facts)
	}
	var refused *restore.RefusedError
	switch {
	case errors.As(err, &refused):
		o.Refused, err = refused, nil
	case errors.Is(err, restore.ErrMismatch):
		o.Mismatch, err = err.Error(), nil
	}
	return o, err
}

// lookInChild has a child do it. One that crashes or reaches a limit makes the file a refused
// one.
func (s *Store) lookInChild(ctx context.Context, w fileWork) (o fileOutcome, err error) {
	select {
	case s.looks <- struct{}{}:
		defer func() { <-s.looks }()
	case <-ctx.Done():
		return o, ctx.Err()
	}
	info, err := os.Stat(w.Path)
	if err != nil {
		return o, err
	}
	const mib = 1 << 20
	cpu := 20*time.Second + time.Duration(info.Size()/mib)*500*time.Millisecond
	err = gate.Run(ctx, gate.Work{Task: "file.look", Scratch: filepath.Dir(w.Path), Request: w, Limits: gate.Limits{
		CPU: cpu, Memory: fileMemory, FileBytes: 256*mib + 4*info.Size(), Deadline: 6 * cpu}}, &o)
	if errors.Is(err, gate.ErrStopped) {
		return o, &restore.RefusedError{Reason: restore.Damaged, Why: "cannot be read, its reader was " + err.Error()}
	}
	return o, errors.Join(err, o.err())
}

// copyWork is a copy of the main part of a file that is held still.
type copyWork struct {
	From, To string
	Bytes    int64
}

// copyFile is the task of a child: in the process that serves the file, closing it again
// would drop the locks of SQLite.
func copyFile(_ context.Context, request json.RawMessage, _ *gate.Parent) (any, error) {
	var w copyWork
	if err := json.Unmarshal(request, &w); err != nil {
		return nil, err
	}
	from, err := os.Open(w.From)
	if err != nil {
		return nil, err
	}
	to, err := os.OpenFile(w.To, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errors.Join(err, from.Close())
	}
	n, err := io.Copy(to, io.LimitReader(from, w.Bytes))
	if err == nil && n != w.Bytes {
		err = fmt.Errorf("the file has %d bytes of %d", n, w.Bytes)
	}
	return n, errors.Join(err, to.Close(), from.Close())
}

// copyInChild copies a file that is held still.
func copyInChild(ctx context.Context, w copyWork) error {
	err := gate.Run(ctx, gate.Work{Task: "file.copy", Scratch: filepath.Dir(w.To), Request: w, Limits: gate.Limits{
		CPU: time.Hour, Memory: 32 << 20, FileBytes: w.Bytes + 1<<20, Deadline: time.Hour}}, new(int64))
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}
