package registry

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// Import is an old database that has moved in, and perhaps out again.
type Import struct {
	Run          string
	Streamer     scope.StreamerID
	Username     string // of the streamer, now or when he was rolled back
	SourceSHA256 string // of everything that was read
	Report       json.RawMessage
	At           time.Time
	// RolledBack is when it was taken back; Kept is then the copy of a changed file, below
	// the data directory, or "".
	RolledBack *time.Time
	Kept       string
}

const imports = `
	SELECT i.run, i.streamer_id, s.username, i.source_sha256, i.report, i.created_at, NULL AS rolled_back_at, NULL AS kept
	FROM legacy_imports i JOIN streamers s ON s.id = i.streamer_id`

const allImports = imports + `
	UNION ALL
	SELECT run, streamer_id, streamer, source_sha256, report, imported_at, rolled_back_at, kept FROM legacy_rollbacks`

func scanImport(row []driver.Value) Import {
	return Import{text(row[0]), scope.StreamerID(row[1].(int64)), text(row[2]), text(row[3]),
		json.RawMessage(text(row[4])), moment(row[5]), momentOrNil(row[6]), text(row[7])}
}

// ImportByHash finds the import of a source by its content, or returns ErrNotFound. One that
// was rolled back does not count.
func (r *Registry) ImportByHash(ctx context.Context, sha256 string) (Import, error) {
	row, err := r.one(ctx, imports+` WHERE i.source_sha256 = ?1`, sha256)
	if err != nil {
		return Import{}, fmt.Errorf("import: %w", err)
	}
	return scanImport(row), nil
}

// ImportByRun finds an import, also one that was rolled back, or returns ErrNotFound.
func (r *Registry) ImportByRun(ctx context.Context, run string) (Import, error) {
	row, err := r.one(ctx, `SELECT * FROM (`+allImports+`) WHERE run = ?1`, run)
	if err != nil {
		return Import{}, fmt.Errorf("import %s: %w", run, err)
	}
	return scanImport(row), nil
}

// Imports lists all imports, oldest first.
func (r *Registry) Imports(ctx context.Context) (all []Import, err error) {
	err = r.each(ctx, allImports+` ORDER BY 6, 1`, func(row []driver.Value) error {
		all = append(all, scanImport(row))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("imports: %w", err)
	}
	return all, nil
}

// RecordImport keeps an import's report, in the transaction that adopts its file.
func (r *Registry) RecordImport(tx *Tx, i Import) error {
	return tx.run(`
		INSERT INTO legacy_imports (run, streamer_id, source_sha256, report, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5)`, i.Run, int64(i.Streamer), i.SourceSHA256, string(i.Report), tx.now.UnixMilli())
}

// RollBackImport takes the import's streamer away with his keys and sessions, in one
// transaction, and then his file. What a crash leaves of the file is moved to trash at the
// next start. Nobody may have the file open. kept is where a copy of it is, or "".
func (r *Registry) RollBackImport(ctx context.Context, i Import, kept, actor string) error {
	var s *Streamer
	err := r.write(ctx, func(tx *Tx) (err error) {
		if s, err = tx.streamer(i.Streamer); err != nil {
			return err
		}
		err = tx.run(`
			INSERT INTO legacy_rollbacks (run, streamer_id, streamer, source_sha256, report, imported_at, rolled_back_at, data_key, kept)
			SELECT i.run, s.id, s.username, i.source_sha256, i.report, i.created_at, ?2, s.data_key, nullif(?3, '')
			FROM legacy_imports i JOIN streamers s ON s.id = i.streamer_id
			WHERE i.run = ?1`, i.Run, tx.now.UnixMilli(), kept)
		if err != nil {
			return err
		}
		if err := tx.run(`DELETE FROM streamers WHERE id = ?1`, int64(s.ID)); err != nil {
			return err
		}
		return tx.audit(Entry{Actor: actor, Action: "legacy.rollback", Streamer: s, Detail: map[string]any{"run": i.Run, "kept": kept}})
	})
	if err != nil {
		return fmt.Errorf("roll back import %s: %w", i.Run, err)
	}
	name := shardName(s.ID, s.Generation)
	return firstError(
		func() error { return r.dir.remove(name + "-wal") },
		func() error { return r.dir.remove(name + "-shm") },
		func() error { return r.dir.remove(name) })
}

// SourceKey is the key that an import's source was sealed under.
func (r *Registry) SourceKey(ctx context.Context, i Import) ([]byte, error) {
	if i.RolledBack == nil {
		return r.DataKey(ctx, i.Streamer)
	}
	row, err := r.one(ctx, `SELECT data_key FROM legacy_rollbacks WHERE run = ?1 AND data_key IS NOT NULL`, i.Run)
	if err != nil {
		return nil, fmt.Errorf("key of import %s: %w", i.Run, err)
	}
	return r.master.unwrap(row[0].([]byte), i.Streamer)
}
