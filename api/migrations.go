package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/fleet"
	"streamvault/shard/scope"
)

// FleetStore moves the schema of all streamers' files.
type FleetStore interface {
	JobStore
	shard.StreamerFinder
	Fleet() *fleet.Fleet
}

func migrationRoutes() []Route {
	const path = "/api/migrations"
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: path, Who: Admin,
			Summary: "Migrations, plans and rollbacks, newest first"}, listMigrations),
		onInstallation(Route{Method: http.MethodPost, Path: path, Who: Admin, Status: http.StatusAccepted,
			Summary: "Begins a plan, which changes nothing, or a migration; a migration with nothing to do is done at once and has id 0"}, startMigration),
		onInstallation(Route{Method: http.MethodGet, Path: path + "/status", Who: Admin,
			Summary: "Where the fleet is: target, versions, failures"}, fleetStatus),
		followRoute(Route{Method: http.MethodGet, Path: path + "/{id}", Who: Admin,
			Summary: "A migration's progress line by line, until it ends; it goes on when nobody reads"}, "shards"),
		onInstallation(Route{Method: http.MethodGet, Path: path + "/{id}/shards", Who: Admin,
			Summary: "What became of each shard in a migration: all, or those in a state"}, listShards),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{id}/resume", Who: Admin, Status: http.StatusAccepted,
			Summary: "Takes a halted or failed migration up again: what waits in it and what failed"}, resumeMigration),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{id}/halt", Who: Admin,
			Summary: "Halts a migration once the shards under way are whole"}, haltMigration),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{id}/rollback", Who: Admin, Status: http.StatusAccepted, Bare: true,
			Summary: "Begins to take a migration back, for the shards that it moved"}, rollBackMigration),
	}
}

func listMigrations(ctx context.Context, d desk[FleetStore], in *paging) (Page[Job], error) {
	return jobsOf(ctx, d.store, *in, fleet.Kinds...)
}

func fleetStatus(ctx context.Context, d desk[FleetStore], _ *None) (fleet.Status, error) {
	return d.store.Fleet().Status(ctx)
}

type newMigration struct {
	Body struct {
		Action      string `json:"action" is:"one:plan,up"`        // plan or up
		To          int    `json:"to,omitempty" is:"version"`      // schema version; 0 is the newest
		Workers     int    `json:"workers,omitempty" is:"0..64"`   // shards at once, 1 to 64; 0 is the default
		Canary      int    `json:"canary,omitempty" is:"0.."`      // shards that go first; 0 is one in a hundred, at most 10
		MaxFailures *int64 `json:"maxFailures,omitempty" is:"0.."` // the migration halts when more have failed; null is 10
		Only        string `json:"only,omitempty"`                 // a streamer, who alone is moved
		Down        bool   `json:"down,omitempty"`                 // confirms a version below the fleet's target
	}
}

func startMigration(ctx context.Context, d desk[FleetStore], in *newMigration) (Job, error) {
	b := in.Body
	if b.Only != "" {
		if _, err := streamerNamed(ctx, d.store, b.Only); err != nil {
			return Job{}, err
		}
	}
	r := fleet.Request{To: b.To, Only: b.Only, Workers: b.Workers, Canary: b.Canary, MaxFailures: b.MaxFailures,
		Down: b.Down, Actor: d.caller.Actor}
	var (
		j   registry.Job
		err error
	)
	switch b.Action {
	case "plan":
		j, err = d.store.Fleet().Plan(ctx, r)
	case "up":
		j, err = d.store.Fleet().Up(ctx, r)
	default:
		err = &registry.InvalidError{What: "action", Problem: "must be plan or up"}
	}
	return ShowJob(j), fleetProblem(0, err)
}

func resumeMigration(ctx context.Context, d desk[FleetStore], in *jobID) (Job, error) {
	j, err := d.store.Fleet().Resume(ctx, in.ID, d.caller.Actor)
	return ShowJob(j), fleetProblem(in.ID, orOtherKind(ctx, d.store, in.ID, "resume", err))
}

func haltMigration(ctx context.Context, d desk[FleetStore], in *jobID) (Job, error) {
	j, err := d.store.Fleet().Halt(ctx, in.ID, d.caller.Actor)
	return ShowJob(j), fleetProblem(in.ID, orOtherKind(ctx, d.store, in.ID, "cancel", err))
}

type rollback struct {
	jobID
	Body struct {
		FromSnapshot bool `json:"fromSnapshot,omitempty"`       // back to the copies from before, losing what was written since
		DryRun       bool `json:"dryRun,omitempty"`             // a plan instead: who would be taken back, and what it would lose
		Workers      int  `json:"workers,omitempty" is:"0..64"` // shards at once; 0 is the default
	}
}

func rollBackMigration(ctx context.Context, d desk[FleetStore], in *rollback) (Job, error) {
	j, err := d.store.Fleet().RollBack(ctx, fleet.BackRequest{Job: in.ID, FromSnapshot: in.Body.FromSnapshot, DryRun: in.Body.DryRun,
		Workers: in.Body.Workers, Actor: d.caller.Actor})
	return ShowJob(j), fleetProblem(in.ID, orOtherKind(ctx, d.store, in.ID, "show", err))
}

// orOtherKind tells a job that is not of the fleet from one that is not there, and names the
// command of such jobs.
func orOtherKind(ctx context.Context, store JobStore, id int64, verb string, err error) error {
	if !errors.Is(err, registry.ErrNotFound) {
		return err
	}
	j, looked := store.Job(ctx, id)
	if looked != nil || slices.Contains(fleet.Kinds, j.Kind) {
		return err
	}
	return NewProblem(http.StatusNotFound, "job_not_found", fmt.Sprintf(
		"Job %d is no migration, but a %s: streamvault job %s %d.", id, j.Kind, verb, id))
}

// fleetProblem tells an operator why the fleet does not move.
func fleetProblem(id int64, err error) error {
	var (
		version *fleet.VersionError
		back    *fleet.BackError
	)
	switch {
	case errors.Is(err, fleet.ErrBusy):
		return NewProblem(http.StatusConflict, "migration_running", err.Error()+".")
	case errors.As(err, &version):
		return NewProblem(http.StatusConflict, "version_mismatch", version.Error()+".")
	case errors.As(err, &back):
		return NewProblem(http.StatusConflict, "conflict", back.Error()+".")
	}
	return orNoJob(id, err)
}

// shardRow is a shard in a migration.
type shardRow struct {
	ID       scope.StreamerID   `json:"id"`       // the streamer's
	Streamer *string            `json:"streamer"` // username; null when he is gone
	State    registry.ItemState `json:"state"`    // waiting, running, done, failed, skipped, rolled-back
	From     int                `json:"from"`     // schema version before; 0 while nobody has looked
	To       int                `json:"to"`       // and after
	Ms       float64            `json:"ms"`
	Error    *string            `json:"error"`
	Drift    []string           `json:"drift"` // of its schema from what it should be, as a diff
	// Fingerprint is the SHA-256 of its schema, Snapshot the copy from before, below the data
	// directory.
	Fingerprint string `json:"fingerprint"`
	Snapshot    string `json:"snapshot"`
	Lost        int64  `json:"lost"` // commits that going back to the copy has lost
}

func listShards(ctx context.Context, d desk[FleetStore], in *jobItemListing) (Page[shardRow], error) {
	return itemsOf(ctx, d.store, in, func(i registry.JobItem) shardRow {
		a := fleet.AccountOf(i)
		row := shardRow{i.Streamer, nameOrNil(i.Username), i.State, a.From, a.To, a.Ms, nil, a.Drift, a.Fingerprint, a.Snapshot, a.Lost}
		if a.Error != "" {
			row.Error = &a.Error
		}
		if row.Drift == nil {
			row.Drift = []string{}
		}
		return row
	})
}
