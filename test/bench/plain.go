package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// plainMaker makes streamers as one does first: a new file, its whole schema in one
// transaction, a row in a central database.
type plainMaker struct {
	dir      string
	schema   []string
	registry *sql.DB
	made     []*sql.DB
}

const durable = "?_foreign_keys=1&_synchronous=FULL&_journal_mode=WAL&_txlock=immediate"

func newPlainMaker(ctx context.Context, b *bench, h *house) (*plainMaker, error) {
	dir, err := b.place()
	if err != nil {
		return nil, err
	}
	m := &plainMaker{dir: dir}
	like, err := sql.Open("sqlite3", "file:"+h.ShardPath(h.streamers[0])+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer like.Close()
	rows, err := like.QueryContext(ctx, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		m.schema = append(m.schema, text)
	}
	if m.registry, err = sql.Open("sqlite3", "file:"+filepath.Join(dir, "registry.db")+durable); err != nil {
		return nil, err
	}
	_, err = m.registry.ExecContext(ctx, `CREATE TABLE streamers (id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL)`)
	return m, cmp.Or(err, rows.Err())
}

func (m *plainMaker) make(ctx context.Context) error {
	id, now := len(m.made)+1, time.Now().UnixMilli()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(m.dir, fmt.Sprint(id))+".db"+durable)
	if err != nil {
		return err
	}
	m.made = append(m.made, db)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, text := range m.schema {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO streamers (id) VALUES (?1)`, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO shard_identity (streamer_id, shard_uuid, generation, created_at)
		VALUES (?1, '00000000-0000-4000-8000-000000000001', 1, ?2)`, id, now); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := syncDirectory(m.dir); err != nil {
		return err
	}
	_, err = m.registry.ExecContext(ctx, `INSERT INTO streamers VALUES (?1, ?2, ?3)`, id, fmt.Sprint("new", id), now)
	return err
}

func syncDirectory(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func (m *plainMaker) close() {
	for _, db := range append(m.made, m.registry) {
		_ = db.Close()
	}
}
