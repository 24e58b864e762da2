package registry

import (
	"context"
	"fmt"
)

// RecordExport notes that a streamer's data was handed out.
func (r *Registry) RecordExport(ctx context.Context, s *Streamer, format, actor string) error {
	err := r.write(ctx, func(tx *Tx) error {
		return tx.audit(Entry{Actor: actor, Action: "streamer.export", Streamer: s, Detail: map[string]any{"format": format}})
	})
	if err != nil {
		return fmt.Errorf("record export of %s: %w", s.Username, err)
	}
	return nil
}
