package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"streamvault/migrations"
	"streamvault/shard/fleet"
)

// planHere rehearses in this program, which knows schemas that the server does not: the server
// hands out copies of its shards, one after the other.
func (a *app) planHere(ctx context.Context, c *client, in newMigration) (p plan, err error) {
	if newest := migrations.Tenant().Newest(); in.To == 0 {
		in.To = newest
	} else if in.To < 1 || in.To > newest {
		return p, wrongUse("migrate plan", "--to must be at most %d", newest)
	}
	dir, err := os.MkdirTemp("", "streamvault-plan-")
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	items, err := c.items(ctx, streamersPath, nil)
	if err != nil {
		return p, err
	}
	var all []streamer
	if err := rows(items, func(s streamer) {
		if (in.Only == "" || s.Username == in.Only) && s.State != "trashed" && s.State != "deleting" {
			all = append(all, s)
		}
	}); err != nil {
		return p, err
	}
	p.job = job{Kind: "plan", State: "done", Total: int64(len(all))}
	bar := newProgress(a.stderr, time.Now)
	defer bar.end()
	for _, s := range all {
		if ctx.Err() != nil {
			return p, ctx.Err()
		}
		p.try(c.rehearse(ctx, s, filepath.Join(dir, fmt.Sprintf("%d.db", s.ID)), in.To))
		bar.show(progressLine{Step: "rehearsing", Unit: "shards", Done: p.job.Done, Failed: p.job.Failed, Total: p.job.Total})
	}
	p.answer, err = json.Marshal(map[string]any{"id": 0, "kind": "plan", "state": p.job.State,
		"total": p.job.Total, "done": p.job.Done, "failed": p.job.Failed})
	return p, err
}

// try adds a rehearsal.
func (p *plan) try(r shardRow) {
	p.add(r)
	if r.State == "failed" {
		p.job.Failed++
		p.job.State = "failed"
		return
	}
	p.job.Done++
}

// rehearse moves a copy of one shard.
func (c *client) rehearse(ctx context.Context, s streamer, path string, to int) shardRow {
	r := shardRow{ID: s.ID, Streamer: &s.Username, State: "done"}
	var copied struct{ Result copiedShard }
	err := c.call(ctx, http.MethodPost, shardCopiesPath, shardCopy{s.ID, path}, &copied)
	var account fleet.Account
	if err == nil {
		identity := migrations.Identity{Streamer: s.ID, UUID: copied.Result.UUID, Generation: copied.Result.Generation}
		account, err = fleet.Rehearse(ctx, migrations.Tenant(), path, identity, to)
		err = errors.Join(err, fleet.RemoveCopy(path))
	}
	r.From, r.To, r.Drift = account.From, account.To, account.Drift
	switch {
	case err != nil:
		text := err.Error()
		r.State, r.Error = "failed", &text
	case r.From == r.To:
		r.State = "skipped"
	}
	return r
}
