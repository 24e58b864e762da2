package registry

import (
	"context"
	"fmt"
	"slices"
	"time"

	"streamvault/shard/scope"
)

// Trash takes a streamer away from everybody until Undelete, or for good once grace is over and
// he is purged. His file stays where it is and nobody may have it open; his name and Kick
// id stay his; his keys and sessions open nothing. One who is in the trash stays there as he
// is. It returns a StateError for one who is being made, migrated or purged.
func (r *Registry) Trash(ctx context.Context, id scope.StreamerID, grace time.Duration, actor string) (s *Streamer, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		if s, err = tx.streamer(id); err != nil || s.State == Trashed {
			return err
		}
		if !slices.Contains([]State{Active, Suspended, Quarantined, Held}, s.State) {
			return wrongState(s)
		}
		before := s.State
		until := tx.now.Add(max(grace, 0))
		err := tx.run(`
			UPDATE streamers
			SET state = 'trashed', trashed_from = state, purge_after = ?2, state_since = ?3, updated_at = ?3
			WHERE id = ?1`, int64(id), until.UnixMilli(), tx.now.UnixMilli())
		if err != nil {
			return err
		}
		if s, err = tx.streamer(id); err != nil {
			return err
		}
		return tx.audit(Entry{Actor: actor, Action: "streamer.delete", Streamer: s, Detail: map[string]any{"was": before, "purgeAfter": s.PurgeAfter}})
	})
	if err != nil {
		return nil, fmt.Errorf("delete streamer %d: %w", id, err)
	}
	return s, nil
}

// Undelete has a streamer back from the trash as what he was: suspended, quarantined and held
// ones are so again, and keys and sessions open what they did. It returns a StateError for one
// who is not there.
func (r *Registry) Undelete(ctx context.Context, id scope.StreamerID, actor string) (s *Streamer, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		if s, err = tx.streamer(id); err != nil {
			return err
		}
		if s.State != Trashed {
			return wrongState(s)
		}
		err := tx.run(`
			UPDATE streamers
			SET state = coalesce(trashed_from, 'active'), trashed_from = NULL, purge_after = NULL, state_since = ?2, updated_at = ?2
			WHERE id = ?1`, int64(id), tx.now.UnixMilli())
		if err != nil {
			return err
		}
		if s, err = tx.streamer(id); err != nil {
			return err
		}
		return tx.audit(Entry{Actor: actor, Action: "streamer.undelete", Streamer: s, Detail: map[string]any{"state": s.State}})
	})
	if err != nil {
		return nil, fmt.Errorf("undelete streamer %d: %w", id, err)
	}
	return s, nil
}
