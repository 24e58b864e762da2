package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"streamvault/migrations"
	"streamvault/shard"
	"streamvault/shard/tenant"
)

var writeGoals = []goal{
	{id: "M3", what: "64 writers on one streamer, durable, against one after another", measure: writesAgainstMutex,
		parts: []part{atLeast(15, "rate / behind a mutex")}},
	{id: "M4", what: "64 writers on one streamer, durable, against commits without fsync", measure: writesAgainstNormal,
		parts: []part{atLeast(1, "rate / behind a mutex at synchronous=NORMAL")}},
	{id: "M5", what: "64 writers on one streamer, the slowest percent, against a pool of connections", measure: writesAgainstPool,
		parts: []part{atMost(0.02, "p99 / p99 of a database/sql pool")}},
	{id: "M15", what: "reads beside 8 durable writers, the slowest percent, against one connection for all", measure: readsBesideWriters,
		parts: []part{atLeast(20, "p99 of one connection / p99")}},
}

const writers = 64

// progress is the smallest write there is: a goal moves by one. What it costs is nearly all
// commit, which is what M3 to M5 are about.
func (h *house) progress(ctx context.Context) (func(int, int) error, error) {
	t := h.Tenant(h.streamers[0].ID)
	if _, err := t.SetGoal(ctx, tenant.Goal{ID: "bench", Label: "Bench", Target: 1, Enabled: true}); err != nil {
		return nil, err
	}
	return func(int, int) error {
		_, err := t.AddToGoal(ctx, "bench", 1)
		return err
	}, nil
}

// award is the write that a chat bot makes all day: a viewer found by name, his balance,
// a row in the ledger.
func (h *house) award(ctx context.Context) func(int, int) error {
	t := h.Tenant(h.streamers[0].ID)
	return func(_, i int) error {
		_, err := t.AddPoints(ctx, viewer(i*7919%crowd), tenant.Award{Amount: 1, Source: "chat"})
		return err
	}
}

// inTurn makes op wait for others of its kind.
func inTurn(op func(int, int) error) func(int, int) error {
	var turn sync.Mutex
	return func(g, i int) error {
		turn.Lock()
		defer turn.Unlock()
		return op(g, i)
	}
}

// against compares writers who share commits at FULL with writers who take turns. The ratio
// is that of the smallest write; that of an award, with its own work, is noted.
func (b *bench) against(ctx context.Context, other migrations.Synchronous) ([]float64, error) {
	ours, err := b.full(ctx, shard.Options{}, crowd)
	if err != nil {
		return nil, err
	}
	defer ours.Close(ctx)
	theirs, err := b.full(ctx, shard.Options{Synchronous: other}, crowd)
	if err != nil {
		return nil, err
	}
	defer theirs.Close(ctx)
	small, err := ours.progress(ctx)
	if err != nil {
		return nil, err
	}
	theirSmall, err := theirs.progress(ctx)
	if err != nil {
		return nil, err
	}
	n := b.pick(2_000, 5_000)
	took, err := b.turns(ctx,
		variant{"small writes together, µs", rate(16*n, small)},
		variant{"small writes, one after another, µs", rate(n, inTurn(theirSmall))},
		variant{"awards together, µs", rate(4*n, ours.award(ctx))},
		variant{"awards, one after another, µs", rate(n, inTurn(theirs.award(ctx)))})
	if err != nil {
		return nil, err
	}
	b.note("awards: %.3g times the rate", ratio(took[3], took[2]))
	return []float64{ratio(took[1], took[0])}, nil
}

func rate(n int, op func(int, int) error) func(context.Context) (float64, error) {
	return func(context.Context) (float64, error) { return perOperation(writers, n, op) }
}

func writesAgainstMutex(ctx context.Context, b *bench) ([]float64, error) {
	return b.against(ctx, migrations.Full)
}

func writesAgainstNormal(ctx context.Context, b *bench) ([]float64, error) {
	return b.against(ctx, migrations.Normal)
}

func writesAgainstPool(ctx context.Context, b *bench) ([]float64, error) {
	ours, err := b.full(ctx, shard.Options{}, crowd)
	if err != nil {
		return nil, err
	}
	defer ours.Close(ctx)
	db, owner, err := b.pool(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	small, err := ours.progress(ctx)
	if err != nil {
		return nil, err
	}
	const n = 50 * writers // as many of each writer: who waits the longest counts, too
	took, err := b.turns(ctx,
		variant{"group commit, p99 µs", p99(n, small)},
		variant{"pool, p99 µs", p99(n, func(int, int) error { return sqlProgress(ctx, db, owner) })})
	if err != nil {
		return nil, err
	}
	return []float64{ratio(took[0], took[1])}, nil
}

func p99(n int, op func(int, int) error) func(context.Context) (float64, error) {
	return func(context.Context) (float64, error) {
		latencies, err := together(writers, n, op)
		if err != nil {
			return 0, err
		}
		return slowest(latencies), nil
	}
}

// pool opens a crowd's file as one sets database/sql up for writing; size 0 is unbounded.
func (b *bench) pool(ctx context.Context, size int) (_ *sql.DB, owner int64, err error) {
	h, err := b.full(ctx, shard.Options{}, crowd)
	if err != nil {
		return nil, 0, err
	}
	if _, err := h.progress(ctx); err != nil {
		return nil, 0, err
	}
	path, owner := h.ShardPath(h.streamers[0]), int64(h.streamers[0].ID)
	if err := h.Close(ctx); err != nil {
		return nil, 0, err
	}
	db, err := sql.Open("sqlite3", "file:"+path+"?_foreign_keys=1&_synchronous=FULL&_txlock=immediate&_busy_timeout=60000")
	if err != nil {
		return nil, 0, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(writers)
	return db, owner, nil
}

// sqlAward is an award as one writes it with database/sql.
func sqlAward(ctx context.Context, db *sql.DB, owner int64, name string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	var id int64
	if err := tx.QueryRowContext(ctx, `SELECT id FROM users WHERE streamer_id = ?1 AND username_key = ?2`, owner, name).Scan(&id); err != nil {
		return fmt.Errorf("find %s: %w", name, err)
	}
	now := time.Now().UnixMilli()
	if _, err := tx.ExecContext(ctx, `UPDATE user_points SET channel_points = channel_points + 1, updated_at = ?3
		WHERE streamer_id = ?1 AND user_id = ?2`, owner, id, now); err != nil {
		return fmt.Errorf("add points: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO point_transactions
		(streamer_id, user_id, kind, amount, source, description, created_at)
		VALUES (?1, ?2, 'channel', 1, 'chat', '', ?3)`, owner, id, now); err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	return tx.Commit()
}

// sqlProgress is a goal's progress as one writes it with database/sql.
func sqlProgress(ctx context.Context, db *sql.DB, owner int64) error {
	var progress int64
	return db.QueryRowContext(ctx, `UPDATE goals SET current_value = current_value + 1, updated_at = ?2
		WHERE streamer_id = ?1 AND id = 'bench' RETURNING current_value`, owner, time.Now().UnixMilli()).Scan(&progress)
}

// readsBesideWriters reads from 4 goroutines while 8 write.
func readsBesideWriters(ctx context.Context, b *bench) ([]float64, error) {
	ours, err := b.full(ctx, shard.Options{}, crowd)
	if err != nil {
		return nil, err
	}
	defer ours.Close(ctx)
	db, owner, err := b.pool(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	reads := b.pick(2_000, 4_000)
	names := anyViewers(reads, crowd)
	took, err := b.turns(ctx,
		variant{"one writer and readers, p99 µs", func(ctx context.Context) (float64, error) {
			return beside(ours.award(ctx), 10*reads, func(_, i int) error {
				_, err := ours.Tenant(ours.streamers[0].ID).UserByName(ctx, names[i%reads])
				return err
			})
		}},
		variant{"one connection, p99 µs", func(ctx context.Context) (float64, error) {
			award := func(_, i int) error { return sqlAward(ctx, db, owner, viewer(i*7919%crowd)) }
			return beside(award, reads, func(_, i int) error {
				_, err := sqlReads(ctx, db, owner, names[i:i+1])
				return err
			})
		}})
	if err != nil {
		return nil, err
	}
	return []float64{ratio(took[1], took[0])}, nil
}

// beside is the slowest percent of n reads from 4 goroutines while 8 write without a pause.
func beside(write func(int, int) error, n int, read func(int, int) error) (float64, error) {
	var done atomic.Bool
	failed := make(chan error, 1)
	go func() {
		_, err := together(8, math.MaxInt, func(g, i int) error {
			if done.Load() {
				return errStopped
			}
			return write(g, i)
		})
		failed <- err
	}()
	latencies, err := together(4, n, read)
	done.Store(true)
	if werr := <-failed; !errors.Is(werr, errStopped) {
		err = cmp.Or(err, werr)
	}
	if err != nil {
		return 0, err
	}
	return slowest(latencies), nil
}

var errStopped = errors.New("stopped")
