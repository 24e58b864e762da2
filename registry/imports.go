package registry

import (
	"context"
	"encoding/json"
	"fmt"

	"streamvault/shard/scope"
)

// Import is an old database that has moved in.
type Import struct {
	Run          string
	Streamer     scope.StreamerID
	SourceSHA256 string // of everything that was read
	Report       json.RawMessage
}

// ImportByHash finds the import of a source by its content, or returns ErrNotFound.
func (r *Registry) ImportByHash(ctx context.Context, sha256 string) (Import, error) {
	row, err := r.one(ctx, `
		SELECT run, streamer_id, source_sha256, report
		FROM legacy_imports
		WHERE source_sha256 = ?1`, sha256)
	if err != nil {
		return Import{}, fmt.Errorf("import: %w", err)
	}
	return Import{text(row[0]), scope.StreamerID(row[1].(int64)), text(row[2]), json.RawMessage(text(row[3]))}, nil
}

// RecordImport keeps an import's report, in the transaction that adopts its file.
func (r *Registry) RecordImport(tx *Tx, i Import) error {
	return tx.run(`
		INSERT INTO legacy_imports (run, streamer_id, source_sha256, report, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5)`, i.Run, int64(i.Streamer), i.SourceSHA256, string(i.Report), tx.now.UnixMilli())
}
