package shard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"streamvault/migrations"
	"streamvault/migrations/legacy"
	"streamvault/registry"
	"streamvault/shard/tenant"
)

// ImportRequest asks that an old single-tenant database become a streamer.
type ImportRequest struct {
	From                  string // path of the old database, whose -wal lies beside it, or of a directory of JSON files
	Streamer, DisplayName string // of the streamer to be made
	DryRun                bool   // do everything but the adoption, and leave nothing
	Actor                 string // who asks, for the audit log
}

// ImportConflictError says that a streamer of the wanted name exists, or why nobody gets it.
type ImportConflictError struct {
	Streamer string
	Why      *registry.TakenError // nil when he exists
}

func (e *ImportConflictError) Error() string {
	if e.Why != nil && (e.Why.Until != nil || e.Why.Trashed) {
		return fmt.Sprintf("%v: choose another name with --streamer", e.Why)
	}
	return fmt.Sprintf("streamer %s exists, and an old database becomes a new one: choose another name with --streamer", e.Streamer)
}

// Unwrap makes errors.Is(err, registry.ErrTaken) hold.
func (e *ImportConflictError) Unwrap() error { return registry.ErrTaken }

// ImportLegacy makes a streamer of an old database, or says in the report that this very
// source is one already. The owner's key is returned this once, and only when a streamer
// was made. The file is built and verified beside the others and a sealed copy of the
// source is kept, before one transaction makes the streamer: a failure or a crash anywhere
// leaves no streamer. The error is a legacy.RefusedError when the source is at fault and an
// ImportConflictError when the name is taken. progress may be nil.
func (s *Store) ImportLegacy(ctx context.Context, r ImportRequest, progress func(legacy.Progress)) (_ legacy.Report, ownerKey string, err error) {
	name, err := registry.Channel(r.Streamer)
	if err != nil {
		return legacy.Report{}, "", err
	}
	r.Streamer = name
	done, err := s.takeTurn(ctx)
	if err != nil {
		return legacy.Report{}, "", fmt.Errorf("import %s: %w", r.From, err)
	}
	defer done()
	i := &legacyImport{s: s, r: r, progress: progress, began: s.o.Now().UnixMilli()}
	if i.dir, err = s.importRoom(); err != nil {
		return legacy.Report{}, "", fmt.Errorf("import %s: %w", r.From, err)
	}
	// The room holds the old tokens in clear.
	defer func() { err = errors.Join(err, os.RemoveAll(i.dir)) }()
	if err := s.sweepSources(ctx); err != nil {
		return legacy.Report{}, "", fmt.Errorf("import %s: %w", r.From, err)
	}
	report, ownerKey, err := i.run(ctx)
	if err != nil {
		return legacy.Report{}, "", err
	}
	return report, ownerKey, nil
}

// takeTurn waits until no other import is under way: a second one of the same source finds
// the first, and memory is used once.
func (s *Store) takeTurn(ctx context.Context) (done func(), err error) {
	select {
	case s.gated <- struct{}{}:
		return func() { <-s.gated }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// checkOutside refuses a source that is one of our own files, or a directory of them, before
// anything of it is opened: closing a live one again would drop the locks that SQLite holds.
func (s *Store) checkOutside(from string) error {
	if _, err := filepath.EvalSymlinks(from); err == nil && liveIn(s.Dir(), from) {
		return &legacy.RefusedError{From: from, Why: "belongs to this installation, not to the old app"}
	}
	return nil
}

// importRoom is a directory for one import.
func (s *Store) importRoom() (string, error) { return s.tmpRoom("legacy-") }

// legacyImport is one run.
type legacyImport struct {
	s        *Store
	r        ImportRequest
	progress func(legacy.Progress)
	dir      string
	began    int64
}

func (i *legacyImport) run(ctx context.Context) (legacy.Report, string, error) {
	if err := i.s.checkOutside(i.r.From); err != nil {
		return legacy.Report{}, "", err
	}
	copied, err := legacy.Take(ctx, i.r.From, i.dir)
	if err != nil {
		return legacy.Report{}, "", err
	}
	if report, done, err := i.already(ctx, copied.SHA256); done || err != nil {
		return report, "", err
	}
	if err := i.checkName(ctx); err != nil {
		return legacy.Report{}, "", err
	}
	if i.r.DryRun {
		report, err := i.rehearse(ctx, copied)
		return report, "", err
	}
	return i.adopt(ctx, copied)
}

// already answers the report of the run that has imported this very source.
func (i *legacyImport) already(ctx context.Context, sha256 string) (legacy.Report, bool, error) {
	var report legacy.Report
	found, err := i.s.ImportByHash(ctx, sha256)
	if errors.Is(err, registry.ErrNotFound) {
		return report, false, nil
	}
	if err == nil {
		err = json.Unmarshal(found.Report, &report)
	}
	if err != nil {
		return report, false, fmt.Errorf("look up import of %s: %w", i.r.From, err)
	}
	report.Status = legacy.AlreadyImported
	return report, true, nil
}

func (i *legacyImport) checkName(ctx context.Context) error {
	switch there, err := i.s.StreamerByName(ctx, i.r.Streamer); {
	case err == nil:
		return &ImportConflictError{i.r.Streamer, &registry.TakenError{What: "channel", Value: there.Username, Trashed: there.State == registry.Trashed}}
	case errors.Is(err, registry.ErrNotFound):
		return nil
	default:
		return err
	}
}

// rehearsal is the identity of a file that is thrown away.
var rehearsal = migrations.Identity{Streamer: 1 << 20, UUID: "00000000-0000-4000-8000-000000000000", Generation: 1}

// rehearse builds and verifies the file where it will be removed. The registry does not
// even spend an id.
func (i *legacyImport) rehearse(ctx context.Context, copied *legacy.Copy) (legacy.Report, error) {
	report, err := i.build(ctx, copied, legacy.Target{
		Path: filepath.Join(i.dir, "new.db"), Identity: rehearsal, Version: i.s.FleetTarget(), Now: i.s.o.Now(),
		Seal: func(string, string, []byte) ([]byte, error) { return []byte("sealed"), nil }, // and thrown away
	})
	report.StreamerID = 0
	return i.sign(report, legacy.DryRun), err
}

// adopt reserves the streamer, builds its file, keeps the source and makes the streamer.
func (i *legacyImport) adopt(ctx context.Context, copied *legacy.Copy) (report legacy.Report, ownerKey string, err error) {
	streamer, err := i.s.Reserve(ctx, registry.NewStreamer{Username: i.r.Streamer, DisplayName: i.r.DisplayName, Actor: i.r.Actor})
	var taken *registry.TakenError
	if errors.As(err, &taken) {
		return report, "", &ImportConflictError{i.r.Streamer, taken}
	}
	if err != nil {
		return report, "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, i.s.Abandon(context.WithoutCancel(ctx), streamer))
		}
	}()
	backup := i.backupFor(copied, streamer)
	defer func() {
		if err != nil {
			err = errors.Join(err, backup.remove())
		}
	}()
	kept := make(chan error, 1)
	go func() { kept <- i.keep(ctx, copied, streamer, backup) }()
	report, err = i.build(ctx, copied, legacy.Target{
		Path: i.s.BuildPath(streamer), Identity: i.s.Identity(streamer), Version: streamer.SchemaVersion, Now: i.s.o.Now(),
		Seal: func(provider, column string, secret []byte) ([]byte, error) {
			return vault{i.s.Registry, streamer.ID}.Seal(ctx, tenant.TokenPurpose(provider, column), secret)
		},
	})
	if err = errors.Join(err, <-kept); err != nil {
		return report, "", err
	}
	if err := i.s.checkBuilt(ctx, i.s.BuildPath(streamer), i.s.Identity(streamer)); err != nil {
		return report, "", err
	}
	report.Run, report.Backup = backup.run, backup.name
	report = i.sign(report, legacy.Imported)
	ownerKey, err = i.record(ctx, streamer, copied.SHA256, report)
	return report, ownerKey, err
}

// sign completes a report with what only this package knows.
func (i *legacyImport) sign(report legacy.Report, status legacy.Status) legacy.Report {
	report.Status, report.Streamer = status, i.r.Streamer
	report.DurationMs = i.s.o.Now().UnixMilli() - i.began
	return report
}

// record makes the streamer, with the account of the run in the registry and the audit log.
func (i *legacyImport) record(ctx context.Context, streamer *registry.Streamer, sha256 string, report legacy.Report) (string, error) {
	body, err := json.Marshal(report)
	if err != nil {
		return "", err
	}
	return i.s.Adopt(ctx, streamer, registry.Entry{Actor: i.r.Actor, Action: "legacy.import", Detail: body}, func(tx *registry.Tx) error {
		return i.s.RecordImport(tx, registry.Import{Run: report.Run, Streamer: streamer.ID, SourceSHA256: sha256, Report: body})
	})
}
