package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver of the baselines

	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

var readGoals = []goal{
	{id: "M1", what: "a viewer read through the DataStore, against SQLite in C", measure: readAgainstC,
		parts: []part{atMost(1.6, "time / C, prepared, autocommit")}},
	{id: "M2", what: "a viewer read, against database/sql, not prepared, with the request's context", measure: readAgainstSQL,
		parts: []part{atLeast(3, "rate / database/sql")}},
	{id: "M17", what: "the leaderboard of 200,000 viewers, against one of 200", measure: leaderboards,
		parts: []part{atLeast(0.5, "rate / rate at 200 viewers")}},
}

const crowd = 20_000

// ourReads reads viewers one after another and returns the time of one, in µs.
func (h *house) ourReads(names []string) func(context.Context) (float64, error) {
	s, id := h.Store, h.streamers[0].ID
	return func(ctx context.Context) (float64, error) {
		start := time.Now()
		for _, name := range names {
			if _, err := s.Tenant(id).UserByName(ctx, name); err != nil {
				return 0, err
			}
		}
		return micros(time.Since(start)) / float64(len(names)), nil
	}
}

func readAgainstC(ctx context.Context, b *bench) ([]float64, error) {
	h, err := b.full(ctx, shard.Options{}, crowd)
	if err != nil {
		return nil, err
	}
	defer h.Close(ctx)
	names := anyViewers(b.pick(20_000, 50_000), crowd)
	path, owner := h.ShardPath(h.streamers[0]), int64(h.streamers[0].ID)
	took, err := b.turns(ctx, variant{"DataStore, µs a read", h.ourReads(names)}, variant{"C, µs a read", func(context.Context) (float64, error) {
		d, err := plainReads(path, owner, names)
		return micros(d) / float64(len(names)), err
	}})
	if err != nil {
		return nil, err
	}
	return []float64{ratio(took[0], took[1])}, nil
}

func readAgainstSQL(ctx context.Context, b *bench) ([]float64, error) {
	h, err := b.full(ctx, shard.Options{}, crowd)
	if err != nil {
		return nil, err
	}
	defer h.Close(ctx)
	db, err := sql.Open("sqlite3", "file:"+h.ShardPath(h.streamers[0])+"?_foreign_keys=1&_synchronous=FULL")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	names := anyViewers(b.pick(10_000, 20_000), crowd)
	took, err := b.turns(ctx, variant{"DataStore, µs a read", h.ourReads(names)},
		variant{"database/sql, µs a read", func(ctx context.Context) (float64, error) {
			return sqlReads(ctx, db, int64(h.streamers[0].ID), names)
		}})
	if err != nil {
		return nil, err
	}
	return []float64{ratio(took[1], took[0])}, nil
}

// sqlReads is how a handler reads that was written without further thought.
func sqlReads(ctx context.Context, db *sql.DB, owner int64, names []string) (float64, error) {
	start := time.Now()
	for _, name := range names {
		var u tenant.User
		var created, updated int64
		request, done := context.WithCancel(ctx)
		err := db.QueryRowContext(request, viewerSQL, owner, name).Scan(&u.ID, &u.Username, &u.VoiceID, &u.DropImage,
			&u.Country, &created, &updated, &u.Points.Channel, &u.Points.Drop, &u.Points.Drops)
		done()
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return micros(time.Since(start)) / float64(len(names)), nil
}

func leaderboards(ctx context.Context, b *bench) ([]float64, error) {
	h, err := b.house(ctx, shard.Options{})
	if err != nil {
		return nil, err
	}
	defer h.Close(ctx)
	if err := h.settle(ctx, 2); err != nil {
		return nil, err
	}
	small, large := h.streamers[0].ID, h.streamers[1].ID
	if err := h.fill(ctx, small, 200); err != nil {
		return nil, err
	}
	if err := h.fill(ctx, large, 200_000); err != nil {
		return nil, err
	}
	if err := h.rest(ctx); err != nil {
		return nil, err
	}
	top := func(id scope.StreamerID) func(context.Context) (float64, error) {
		return func(ctx context.Context) (float64, error) {
			return perOperation(1, 1000, func(int, int) error {
				ranks, err := h.Tenant(id).Leaderboard(ctx, 50)
				if err == nil && len(ranks) != 50 {
					err = fmt.Errorf("%d ranks", len(ranks))
				}
				return err
			})
		}
	}
	took, err := b.turns(ctx, variant{"200 viewers, µs", top(small)}, variant{"200,000 viewers, µs", top(large)})
	if err != nil {
		return nil, err
	}
	return []float64{ratio(took[0], took[1])}, nil
}
