package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"streamvault/migrations"
)

const migrationsPath = "/api/migrations"

func (a *app) migrateCommand() *cobra.Command {
	return group("migrate", "Move the schema of all streamers' files, while they are served",
		a.migrateStatusCommand(), a.migratePlanCommand(), a.migrateUpCommand(), a.migrateResumeCommand(),
		a.migrateRollbackCommand(), a.migrateHaltCommand(), a.migrateJobsCommand())
}

// newMigration is the body of the route; what is not given is left out.
type newMigration struct {
	Action      string `json:"action"`
	To          int    `json:"to,omitempty"`
	Workers     int    `json:"workers,omitempty"`
	Canary      int    `json:"canary,omitempty"`
	MaxFailures *int64 `json:"maxFailures,omitempty"`
	Only        string `json:"only,omitempty"`
	Down        bool   `json:"down,omitempty"`
}

// fleetVersions are what a server knows of schemas.
type fleetVersions struct {
	Target, Required, Newest int
	Schema                   string // fingerprint of the newest
}

// versions asks the owner of the directory which schemas he knows.
func (c *client) versions(ctx context.Context) (v fleetVersions, err error) {
	return v, c.call(ctx, http.MethodGet, migrationsPath+"/status", nil, &v)
}

// checkVersions refuses what the owner of the directory cannot do: this program may be newer
// than a server that runs. to is the version that was asked for, or 0.
func checkVersions(v fleetVersions, to int) error {
	mine := migrations.Tenant().Newest()
	if mine <= v.Newest || to != 0 && to <= v.Newest {
		return nil
	}
	return &refusal{Code: "version_mismatch", Detail: fmt.Sprintf(
		"the server that runs knows schema versions up to %d, this program up to %d: start the server anew with this program, then migrate", v.Newest, mine)}
}

// startAndFollow begins a job of the fleet, shows its progress and returns it as it ended. One
// that had nothing to do has id 0.
func (a *app) startAndFollow(ctx context.Context, c *client, path string, in any, first string) (j job, answer json.RawMessage, err error) {
	if err := c.call(ctx, http.MethodPost, path, in, &answer); err != nil {
		return j, nil, err
	}
	if err := json.Unmarshal(answer, &j); err != nil || j.ID == 0 {
		return j, answer, err
	}
	j, answer, err = a.followAt(ctx, c, fmt.Sprintf("%s/%d", migrationsPath, j.ID), j.ID, first)
	return j, answer, err
}

// shardRow is what commands show of a shard in a migration.
type shardRow struct {
	ID       int64    `json:"id"`
	Streamer *string  `json:"streamer"`
	State    string   `json:"state"`
	From     int      `json:"from"`
	To       int      `json:"to"`
	Error    *string  `json:"error"`
	Drift    []string `json:"drift"`
	Lost     int64    `json:"lost"`
}

func (r shardRow) name() string {
	if r.Streamer == nil {
		return fmt.Sprintf("streamer %d", r.ID)
	}
	return *r.Streamer
}

// endedJob prints a job of the fleet that has ended, and makes its end the command's.
func (a *app) endedJob(j job, answer json.RawMessage, failed []shardRow, done string) error {
	lines := []string{done}
	for _, r := range failed {
		lines = append(lines, fmt.Sprintf("%s: %s", r.name(), orDash(r.Error)))
	}
	if j.Failed > 0 && j.Kind == "migrate" {
		lines = append(lines, fmt.Sprintf("When what failed is mended: streamvault migrate resume %d. To take it back: streamvault migrate rollback %d", j.ID, j.ID))
	}
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	return errors.Join(a.answer(answer, lines...), j.end())
}

// end is the error that a job's end is for its command; it has been told already.
func (j job) end() error {
	switch {
	case j.Failed > 0:
		return &ended{exitPartly}
	case j.State != "done":
		return &ended{exitFailed}
	}
	return nil
}

// ended is the end of a command whose answer says everything.
type ended struct{ exit int }

func (*ended) Error() string { return "not everything was done" }
