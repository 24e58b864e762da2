package shard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"streamvault/migrations"
	"streamvault/migrations/legacy"
	"streamvault/registry"
	"streamvault/shard/gate"
)

// Gate does the work of a child that looks at files which nobody vouches for, and ends the
// process, when this process was started as one. A program that moves old databases in
// calls it first in main.
func Gate() {
	gate.Serve(map[string]gate.Task{"legacy.build": buildLegacy})
}

// legacyWork is what a child is asked to build.
type legacyWork struct {
	Source *legacy.Copy
	Target legacy.Target
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

// buildLegacy is the task of the child.
func buildLegacy(ctx context.Context, request json.RawMessage, parent *gate.Parent) (any, error) {
	var w legacyWork
	if err := json.Unmarshal(request, &w); err != nil {
		return nil, err
	}
	if err := legacy.Confine(sqliteMemory); err != nil {
		return nil, err
	}
	w.Target.Seal = func(provider, column string, secret []byte) (sealed []byte, err error) {
		return sealed, parent.Ask(secretToSeal{provider, column, secret}, &sealed)
	}
	source, err := w.Source.Open(ctx)
	if err != nil {
		return legacy.NewOutcome(legacy.Report{}, err)
	}
	report, err := source.Build(ctx, w.Target, func(p legacy.Progress) { _ = parent.Tell(p) })
	return legacy.NewOutcome(report, errors.Join(err, source.Close()))
}

// build has a child make a tenant file of the source. A child that crashes or reaches a
// limit makes the source a refused one.
func (i *legacyImport) build(ctx context.Context, source *legacy.Copy, target legacy.Target) (legacy.Report, error) {
	const mib = 1 << 20
	cpu := time.Minute + time.Duration(source.Bytes/mib)*time.Second
	w := gate.Work{
		Task: "legacy.build", Scratch: i.dir, Request: legacyWork{source, target},
		Limits: gate.Limits{CPU: cpu, Memory: gateMemory, FileBytes: 1<<30 + 16*source.Bytes, Deadline: 4 * cpu},
		Told: func(line json.RawMessage) {
			var p legacy.Progress
			if i.progress != nil && json.Unmarshal(line, &p) == nil {
				i.progress(p)
			}
		},
		Asked: func(question json.RawMessage) (any, error) {
			var s secretToSeal
			if err := json.Unmarshal(question, &s); err != nil {
				return nil, err
			}
			return target.Seal(s.Provider, s.Column, s.Secret)
		},
	}
	var outcome legacy.Outcome
	err := gate.Run(ctx, w, &outcome)
	if errors.Is(err, gate.ErrStopped) {
		return legacy.Report{}, &legacy.RefusedError{From: i.r.From, Why: "cannot be read: " + err.Error(), Err: err}
	}
	if err != nil {
		return legacy.Report{}, err
	}
	return outcome.Unpack()
}

// checkBuilt looks at what a child has made before it is adopted: it is the streamer's, and
// has the schema that our own migrations make and nothing else.
func (s *Store) checkBuilt(ctx context.Context, streamer *registry.Streamer) error {
	id := s.Identity(streamer)
	file, err := migrations.Open(ctx, s.BuildPath(streamer), migrations.Tenant(), &id, migrations.Options{Refuse: true})
	if err != nil {
		return fmt.Errorf("check the file that was built: %w", err)
	}
	c := file.Writer()
	if err := errors.Join(migrations.Tenant().CheckSchema(c, file.Version), c.Close()); err != nil {
		return fmt.Errorf("check the file that was built: %w", err)
	}
	return nil
}
