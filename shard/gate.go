package shard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"streamvault/migrations"
	"streamvault/migrations/legacy"
	"streamvault/shard/gate"
)

// Gate does the work of a child that looks at files which nobody vouches for, and ends the
// process, when this process was started as one. A program that moves old databases in
// calls it first in main.
func Gate() {
	gate.Serve(map[string]gate.Task{"legacy.build": buildLegacy, "legacy.compare": compareLegacy,
		"file.look": lookAtFile, "file.copy": copyFile})
}

// legacyWork is what a child is asked to build.
type legacyWork struct {
	Source *legacy.Copy
	Target legacy.Target
	Now    string // for a comparison: a copy of the streamer's file
}

// secretToSeal is what a child asks: the key stays with the parent.
type secretToSeal struct {
	Provider, Column string
	Secret           []byte
}

// gateMemory is what a child may use, and SQLite in it.
const (
	gateMemory   = 512 << 20
	sqliteMemory = 160 << 20
)

// legacyOutcome is what a child answers.
type legacyOutcome struct {
	legacy.Outcome
	Comparison legacy.Comparison
}

// buildLegacy is the task of a child.
func buildLegacy(ctx context.Context, request json.RawMessage, parent *gate.Parent) (any, error) {
	var w legacyWork
	if err := json.Unmarshal(request, &w); err != nil {
		return nil, err
	}
	return buildIn(ctx, w, parent)
}

// buildIn builds inside the child.
func buildIn(ctx context.Context, w legacyWork, parent *gate.Parent) (o legacyOutcome, err error) {
	if err := legacy.Confine(sqliteMemory); err != nil {
		return o, err
	}
	w.Target.Seal = func(provider, column string, secret []byte) (sealed []byte, err error) {
		return sealed, parent.Ask(secretToSeal{provider, column, secret}, &sealed)
	}
	source, err := w.Source.Open(ctx)
	if err != nil {
		o.Outcome, err = legacy.NewOutcome(legacy.Report{}, err)
		return o, err
	}
	report, err := source.Build(ctx, w.Target, func(p legacy.Progress) { _ = parent.Tell(p) })
	o.Outcome, err = legacy.NewOutcome(report, errors.Join(err, source.Close()))
	return o, err
}

// inChild has a child do a task with a source and shows its progress, which may be nil. A
// child that crashes or reaches a limit makes the source a refused one.
func inChild(ctx context.Context, task, scratch string, w legacyWork, progress func(legacy.Progress)) (legacyOutcome, error) {
	const mib = 1 << 20
	size := w.Source.Bytes
	cpu := time.Minute + time.Duration(size/mib)*time.Second
	var outcome legacyOutcome
	err := gate.Run(ctx, gate.Work{
		Task: task, Scratch: scratch, Request: w,
		Limits: gate.Limits{CPU: cpu, Memory: gateMemory, FileBytes: 1<<30 + 16*size, Deadline: 4 * cpu},
		Told: func(line json.RawMessage) {
			var p legacy.Progress
			if progress != nil && json.Unmarshal(line, &p) == nil {
				progress(p)
			}
		},
		Asked: func(question json.RawMessage) (any, error) {
			var s secretToSeal
			if err := json.Unmarshal(question, &s); err != nil {
				return nil, err
			}
			return w.Target.Seal(s.Provider, s.Column, s.Secret)
		},
	}, &outcome)
	if errors.Is(err, gate.ErrStopped) {
		err = &legacy.RefusedError{From: w.Source.From(), Why: "cannot be read, its reader was " + err.Error(), Err: err}
	}
	return outcome, err
}

// build has a child make a tenant file of the source.
func (i *legacyImport) build(ctx context.Context, source *legacy.Copy, target legacy.Target) (legacy.Report, error) {
	outcome, err := inChild(ctx, "legacy.build", i.dir, legacyWork{Source: source, Target: target}, i.progress)
	if err != nil {
		return legacy.Report{}, err
	}
	return outcome.Unpack()
}

// checkBuilt looks at what a child has made before it is adopted: it is who it should be, and
// has the schema that our own migrations make and nothing else.
func (s *Store) checkBuilt(ctx context.Context, path string, who migrations.Identity) error {
	file, err := migrations.Open(ctx, path, migrations.Tenant(), &who, migrations.Options{Refuse: true})
	if err != nil {
		return fmt.Errorf("check the file that was built: %w", err)
	}
	c := file.Writer()
	if err := errors.Join(migrations.Tenant().CheckSchema(c, file.Version), c.Close()); err != nil {
		return fmt.Errorf("check the file that was built: %w", err)
	}
	return nil
}
