package main

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

var neighbourGoals = []goal{
	{id: "M13", what: "a streamer's writes, the slowest percent, while a neighbour is busy, against one file for both", measure: busyNeighbour,
		parts: []part{atLeast(4, "a long transaction: p99 shared / p99"), atLeast(5, "VACUUM: p99 shared / p99"), atLeast(10, "a table built anew: p99 shared / p99")}},
	{id: "M14", what: "writes of 100 streamers in all, against one file for all", measure: allTogether,
		parts: []part{atLeast(1, "rate / shared, synchronous=NORMAL"), atLeast(0.4, "rate / shared, synchronous=FULL")}},
}

// lent is an open file that is lent to everybody: the DataStore's own code without its pool.
type lent struct{ *scope.File }

func (l lent) Borrow(context.Context, scope.StreamerID) (scope.Loan, error) { return l, nil }
func (l lent) Handle() *scope.File                                          { return l.File }
func (l lent) Release()                                                     {}

var bulkRow = scope.SQL(`
	INSERT INTO point_transactions (streamer_id, user_id, kind, amount, source, description, created_at)
	VALUES (?1, ?2, 'channel', 1, 'chat', 'a row of many', ?3)`)

// place is a streamer's file in the hands of the benchmark.
type place struct {
	path     string
	identity migrations.Identity
	file     *scope.File
	db       scope.DB
	store    *tenant.Store
}

func (b *bench) places(ctx context.Context, n, viewers int, sync migrations.Synchronous) (_ []*place, err error) {
	h, err := b.house(ctx, shard.Options{})
	if err != nil {
		return nil, err
	}
	if err := h.settle(ctx, n); err != nil {
		return nil, err
	}
	var all []*place
	for _, s := range h.streamers {
		if err := h.fill(ctx, s.ID, viewers); err != nil {
			return nil, err
		}
		all = append(all, h.place(s))
	}
	if err := h.Close(ctx); err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.file, err = scope.Open(ctx, p.path, p.identity, scope.Options{Options: migrations.Options{Synchronous: sync}}); err != nil {
			return nil, err
		}
		id := scope.StreamerID(p.identity.Streamer)
		p.db = scope.Bind(lent{p.file}, id)
		p.store = tenant.New(p.db, time.Now, nil)
	}
	return all, nil
}

func (h *house) place(s *registry.Streamer) *place {
	return &place{path: h.ShardPath(s), identity: h.Identity(s)}
}

func closeAll(all ...*place) error {
	var errs []error
	for _, p := range all {
		errs = append(errs, p.file.Close())
	}
	return errors.Join(errs...)
}

// What a neighbour does. The first is a transaction of the program's own; the others are
// what somebody does to a database from outside.
var loud = []struct {
	name string
	run  func(context.Context, *place) error
}{
	{"a long transaction", func(ctx context.Context, p *place) error {
		u, err := p.store.UserByName(ctx, viewer(0))
		if err != nil {
			return err
		}
		return p.db.Write(ctx, func(tx *scope.Tx) error {
			for range 50_000 {
				if _, err := tx.Exec(ctx, bulkRow, u.ID, time.Now()); err != nil {
					return err
				}
			}
			return nil
		})
	}},
	{"VACUUM", outside(`VACUUM`)},
	{"a table built anew", outside(`
		PRAGMA foreign_keys = OFF;
		BEGIN IMMEDIATE;
		DROP TABLE IF EXISTS built_anew;
		CREATE TABLE built_anew AS SELECT * FROM point_transactions;
		CREATE INDEX built_anew_by_time ON built_anew (streamer_id, created_at, amount);
		COMMIT`)},
}

func outside(script string) func(context.Context, *place) error {
	return func(ctx context.Context, p *place) error {
		db, err := sql.Open("sqlite3", "file:"+p.path+"?_synchronous=FULL&_busy_timeout=60000")
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, script)
		return errors.Join(err, db.Close())
	}
}

func busyNeighbour(ctx context.Context, b *bench) ([]float64, error) {
	viewers := b.pick(100_000, 200_000)
	ours, err := b.places(ctx, 2, viewers, migrations.Full)
	if err != nil {
		return nil, err
	}
	shared, err := b.places(ctx, 1, 2*viewers, migrations.Full)
	if err != nil {
		return nil, err
	}
	var ratios []float64
	for _, l := range loud {
		during := func(quiet, busy *place) func(context.Context) (float64, error) {
			return func(ctx context.Context) (float64, error) {
				return whileBusy(ctx, quiet, func() error { return l.run(ctx, busy) })
			}
		}
		took, err := b.turns(ctx,
			variant{l.name + ", p99 µs", during(ours[0], ours[1])},
			variant{l.name + " in the same file, p99 µs", during(shared[0], shared[0])})
		if err != nil {
			return nil, err
		}
		ratios = append(ratios, ratio(took[1], took[0]))
	}
	return ratios, closeAll(append(ours, shared...)...)
}

// whileBusy makes a write each millisecond from when a neighbour begins until he is done, and
// returns the slowest percent. A write that is late because of the one before counts
// from when it was due, as a viewer would.
func whileBusy(ctx context.Context, quiet *place, neighbour func() error) (float64, error) {
	const every = time.Millisecond
	var done atomic.Bool
	failed := make(chan error, 1)
	go func() {
		err := neighbour()
		done.Store(true)
		failed <- err
	}()
	start := time.Now()
	var latencies []time.Duration
	for i := 0; !done.Load() || i < 100; i++ {
		due := start.Add(time.Duration(i) * every)
		time.Sleep(time.Until(due))
		_, err := quiet.store.AddPoints(ctx, viewer(i%1000), tenant.Award{Amount: 1, Source: "chat"})
		if err != nil {
			return 0, errors.Join(err, <-failed)
		}
		latencies = append(latencies, time.Since(due))
	}
	return slowest(latencies), <-failed
}

func allTogether(ctx context.Context, b *bench) ([]float64, error) {
	const streamers, viewers = 100, 200
	n := b.pick(10_000, 30_000)
	var ratios []float64
	for _, sync := range []migrations.Synchronous{migrations.Normal, migrations.Full} {
		each, err := b.places(ctx, streamers, viewers, sync)
		if err != nil {
			return nil, err
		}
		all, err := b.places(ctx, 1, streamers*viewers, sync)
		if err != nil {
			return nil, err
		}
		name := map[migrations.Synchronous]string{migrations.Normal: "NORMAL", migrations.Full: "FULL"}[sync]
		took, err := b.turns(ctx,
			variant{"a file each, µs a write, " + name, rate(n, func(_, i int) error {
				_, err := each[i%streamers].store.AddPoints(ctx, viewer(i/streamers*7919%viewers), tenant.Award{Amount: 1, Source: "chat"})
				return err
			})},
			variant{"one file, µs a write, " + name, rate(n, func(_, i int) error {
				_, err := all[0].store.AddPoints(ctx, viewer(i*7919%(streamers*viewers)), tenant.Award{Amount: 1, Source: "chat"})
				return err
			})})
		if err != nil {
			return nil, err
		}
		ratios = append(ratios, ratio(took[1], took[0]))
		if err := closeAll(append(each, all...)...); err != nil {
			return nil, err
		}
	}
	return ratios, nil
}
