package tenant

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// maxRejects is the most rejects that one call returns: a row may hold megabytes.
const maxRejects = 100

// LegacyReject is a row of an old database that could not be carried as it was.
type LegacyReject struct {
	ID          int64           `json:"id"`
	SourceTable string          `json:"sourceTable"`
	SourceRow   json.RawMessage `json:"sourceRow"` // value and storage class by column, secrets redacted
	Kind        string          `json:"kind"`      // rejected, or repaired: a valid form of it was carried
	Reason      string          `json:"reason"`
	CreatedAt   time.Time       `json:"createdAt"`
}

// RejectStore shows what an import could not carry as it was.
type RejectStore interface {
	LegacyRejects(ctx context.Context, after int64, limit int) ([]LegacyReject, error)
}

var rejectsAfter = scope.SQL(`
	SELECT id, source_table, source_row, kind, reason, created_at
	FROM legacy_rejects
	WHERE streamer_id = ?1
	  AND id > ?2
	ORDER BY id
	LIMIT ?3`)

var deleteReject = scope.SQL(`
	DELETE FROM legacy_rejects
	WHERE streamer_id = ?1
	  AND id = ?2`)

func scanReject(r scope.Row) LegacyReject {
	return LegacyReject{ID: r.Int(0), SourceTable: r.Text(1), SourceRow: json.RawMessage(r.Text(2)),
		Kind: r.Text(3), Reason: r.Text(4), CreatedAt: r.Time(5)}
}

// LegacyRejects lists rejects by id, those above after; limit is 1 to 100.
func (s *Store) LegacyRejects(ctx context.Context, after int64, limit int) ([]LegacyReject, error) {
	all, err := scope.All(ctx, s.db, rejectsAfter, scanReject, after, min(page(limit), maxRejects))
	if err != nil {
		return nil, fmt.Errorf("legacy rejects: %w", err)
	}
	return all, nil
}
