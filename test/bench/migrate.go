package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/fleet"
)

var migrateGoals = []goal{
	{id: "M9", what: "2,000 streamers' files get a column, an index and a table built anew, each with a copy kept from before and an account in the registry, against the same SQL in C, one file after the other",
		parts: []part{atLeast(1.3, "rate / C")}, measure: migrates},
}

// What a release might bring, and its way back. The last table is built anew with its rows.
const (
	benchUp = `
		ALTER TABLE users ADD COLUMN pronouns TEXT;
		CREATE INDEX users_by_country ON users (streamer_id, country, id);
		CREATE TABLE goals_new (
			streamer_id   INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
			id            TEXT    NOT NULL,
			label         TEXT    NOT NULL CHECK (length(label) > 0),
			current_value INTEGER NOT NULL DEFAULT 0,
			target_value  INTEGER NOT NULL,
			enabled       INTEGER NOT NULL DEFAULT 1,
			sort_order    INTEGER NOT NULL DEFAULT 0,
			updated_at    INTEGER NOT NULL,
			PRIMARY KEY (streamer_id, id)
		) STRICT, WITHOUT ROWID;
		INSERT INTO goals_new SELECT * FROM goals;
		DROP TABLE goals;
		ALTER TABLE goals_new RENAME TO goals;`
	benchDown = `
		DROP INDEX users_by_country;
		ALTER TABLE users DROP COLUMN pronouns;`
	// What a migration in C does around the SQL: the file's account of itself, and that no key
	// leads nowhere.
	plainMigration = `BEGIN IMMEDIATE; %s
		DELETE FROM schema_migrations WHERE version = 3;
		INSERT INTO schema_migrations SELECT id, 3, 'bench', 1 FROM streamers;
		PRAGMA foreign_key_check; PRAGMA user_version = %d; COMMIT`
)

// migrates moves all there and back, round by round: only the way there counts.
func migrates(ctx context.Context, b *bench) ([]float64, error) {
	n := b.pick(300, 2_000)
	h, err := b.settled(ctx, shard.Options{Family: migrations.Tenant().Next("bench", benchUp, benchDown, 1), FleetVersion: 2}, n)
	if err != nil {
		return nil, err
	}
	defer h.Close(ctx)
	paths, _, err := h.copies(b)
	if err != nil {
		return nil, err
	}
	took, err := b.turns(ctx,
		variant{"migrate up, µs a file", func(ctx context.Context) (float64, error) {
			d, err := h.moveUp(ctx, n)
			return micros(d) / float64(n), err
		}},
		variant{"C, µs a file", func(context.Context) (float64, error) {
			d, err := plainMigrates(paths, fmt.Sprintf(plainMigration, benchUp, 3))
			if err == nil {
				_, err = plainMigrates(paths, fmt.Sprintf(plainMigration, benchDown, 2))
			}
			return micros(d) / float64(n), err
		}})
	if err != nil {
		return nil, err
	}
	b.note("%.0f files a second, %.0f in C", 1e6/median(took[0]), 1e6/median(took[1]))
	return []float64{ratio(took[1], took[0])}, nil
}

// moveUp takes the time of a migration of the whole fleet, and rolls it back.
func (h *house) moveUp(ctx context.Context, n int) (time.Duration, error) {
	began := time.Now()
	j, err := h.Fleet().Up(ctx, fleet.Request{Workers: benchWorkers})
	if err != nil {
		return 0, err
	}
	up, err := h.FollowJob(ctx, j.ID, nil)
	took := time.Since(began)
	if err == nil && (up.State != registry.JobDone || up.Done != int64(n)) {
		err = fmt.Errorf("the migration is %s, %d of %d done", up.State, up.Done, n)
	}
	if err != nil {
		return 0, err
	}
	j, err = h.Fleet().RollBack(ctx, fleet.BackRequest{Job: up.ID, Workers: benchWorkers})
	if err != nil {
		return 0, err
	}
	back, err := h.FollowJob(ctx, j.ID, nil)
	if err == nil && back.State != registry.JobDone {
		err = errors.New("the rollback is " + string(back.State))
	}
	return took, err
}

// benchWorkers is how many files are moved at once.
const benchWorkers = 8
