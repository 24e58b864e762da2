package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"

	"streamvault/migrations"
	"streamvault/test/fixtures"
)

var moveGoals = []goal{
	{id: "M18", what: "an old database moves in (200,000 viewers, 2 million ledger rows, 1 million drops), with all its checks, against INSERT ... SELECT of the same rows",
		parts: []part{atMost(4, "time / into our tables"), atMost(4, "time / into tables as the old ones"),
			atMost(256, "MiB, the larger of the two processes")},
		measure: measureMove},
}

// oldRows fills the old schema; %d is the number of viewers.
const oldRows = `
	BEGIN;
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %[1]d)
	INSERT INTO users SELECT i, 'viewer_' || i || '_' || substr(hex(i * 7919), 1, i %% 9), NULL, NULL, iif(i %% 5, NULL, 'US'),
		datetime(1735689600 + i * 100, 'unixepoch'), datetime(1735689600 + i * 101, 'unixepoch') FROM n;
	INSERT INTO user_points SELECT id, id, id * 7919 %% 50000, id * 31 %% 900, id %% 12, updated_at FROM users;
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %[1]d * 10)
	INSERT INTO point_transactions SELECT i, 1 + i * 2654435761 %% %[1]d, 25, iif(i %% 7, 'chat', 'watch'), 'Chat message',
		datetime(1735689600 + i * 15, 'unixepoch') FROM n;
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %[1]d * 5)
	INSERT INTO drop_history SELECT i, 1 + i * 40503 %% %[1]d, i %% 100, i %% 10 = 0, iif(i %% 20, NULL, 'tnt'),
		datetime(1735689600 + i * 30, 'unixepoch') FROM n;
	COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`

// copies of the rows: into our tables with ids and times made ours, and as they are. The
// WHERE keeps SQLite from copying whole trees without a look at a row, as it does between
// tables that are declared alike.
const (
	copyToOurs = `
		INSERT INTO users (id, streamer_id, username, username_key, voice_id, drop_image, country, created_at, updated_at)
			SELECT ?1 + id, 1, username, lower(username), voice_id, drop_image, country, unixepoch(created_at) * 1000, unixepoch(updated_at) * 1000 FROM old.users;
		INSERT INTO user_points (streamer_id, user_id, channel_points, drop_points, total_drops, updated_at)
			SELECT 1, ?1 + user_id, channel_points, drop_points, total_drops, unixepoch(last_updated) * 1000 FROM old.user_points;
		INSERT INTO point_transactions (id, streamer_id, user_id, kind, amount, source, description, created_at)
			SELECT ?1 + id, 1, ?1 + user_id, 'channel', amount, source, description, unixepoch(created_at) * 1000 FROM old.point_transactions;
		INSERT INTO drop_history (id, streamer_id, user_id, score, is_perfect, powerup_used, created_at)
			SELECT ?1 + id, 1, ?1 + user_id, score, is_perfect, powerup_used, unixepoch(created_at) * 1000 FROM old.drop_history`
	copyToOld = `
		INSERT INTO users SELECT * FROM old.users WHERE id > 0;
		INSERT INTO user_points SELECT * FROM old.user_points WHERE id > 0;
		INSERT INTO point_transactions SELECT * FROM old.point_transactions WHERE id > 0;
		INSERT INTO drop_history SELECT * FROM old.drop_history WHERE id > 0`
)

// measureMove runs the program as an owner does; a child of it does most of the work, and
// the system tells the larger of the two.
func measureMove(ctx context.Context, b *bench) ([]float64, error) {
	dir, err := b.place()
	if err != nil {
		return nil, err
	}
	old, binary := filepath.Join(dir, "old.db"), filepath.Join(dir, "streamvault")
	if err := errors.Join(b.makeOld(old), build(ctx, ".", "./cmd/streamvault", binary)); err != nil {
		return nil, err
	}
	memory := 0.0
	took, err := b.turns(ctx,
		variant{"legacy import, seconds", func(ctx context.Context) (float64, error) {
			at, err := b.place()
			if err != nil {
				return 0, err
			}
			defer os.RemoveAll(at)
			cmd := exec.CommandContext(ctx, binary, "legacy", "import", "--data", filepath.Join(at, "data"), "--from", old, "--json")
			began := time.Now()
			if out, err := cmd.Output(); err != nil {
				return 0, fmt.Errorf("legacy import: %w: %s", err, out)
			}
			seconds := time.Since(began).Seconds()
			memory = max(memory, float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024)
			return seconds, nil
		}},
		b.copying(old, "INSERT ... SELECT into our tables, seconds", "", copyToOurs),
		b.copying(old, "INSERT ... SELECT as they were, seconds", fixtures.OldSchema, copyToOld))
	if err != nil {
		return nil, err
	}
	b.note("%-44s %12.4g", "MiB", memory)
	return []float64{ratio(took[0], took[1]), ratio(took[0], took[2]), memory}, nil
}

func (b *bench) makeOld(path string) error {
	c, err := openPlain(path)
	if err != nil {
		return err
	}
	return errors.Join(c.Run(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; `+fixtures.OldSchema),
		c.Run(fmt.Sprintf(oldRows, b.pick(20_000, 200_000))), c.Close())
}

// copying is a copy into a new file in WAL mode, in one transaction: of the given schema, or
// of ours.
func (b *bench) copying(old, name, schema, sql string) variant {
	return variant{name, func(context.Context) (float64, error) {
		dir, err := b.place()
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "new.db")
		if schema == "" {
			image, err := migrations.Tenant().Image(&migrations.Identity{Streamer: 1, UUID: "00000000-0000-4000-8000-000000000001", Generation: 1}, 0, time.Now(), nil)
			if err != nil {
				return 0, err
			}
			if err := os.WriteFile(path, image, 0o600); err != nil {
				return 0, err
			}
		}
		c, err := openPlain(path)
		if err != nil {
			return 0, err
		}
		began := time.Now()
		err = errors.Join(c.Run(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; `+schema), c.Run(`ATTACH DATABASE ?1 AS old`, old), c.Run(`BEGIN`))
		for statement := range strings.SplitSeq(sql, ";") {
			if err == nil && strings.Contains(statement, "?1") {
				err = c.Run(statement, int64(1)<<32)
			} else if err == nil {
				err = c.Run(statement)
			}
		}
		err = errors.Join(err, c.Run(`COMMIT`), c.Run(`PRAGMA wal_checkpoint(TRUNCATE)`), c.Close())
		return time.Since(began).Seconds(), err
	}}
}

func openPlain(path string) (*migrations.Conn, error) {
	d, err := (&sqlite3.SQLiteDriver{}).Open("file:" + path)
	if err != nil {
		return nil, err
	}
	return &migrations.Conn{SQLiteConn: d.(*sqlite3.SQLiteConn)}, nil
}
