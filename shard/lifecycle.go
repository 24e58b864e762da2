package shard

import (
	"context"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// Suspend stops a streamer's writes until Resume; reads go on. Reason is 1 to 500
// characters and is shown to whoever tries to write. It returns registry.ErrWrongState
// unless the streamer is active.
func (s *Store) Suspend(ctx context.Context, id scope.StreamerID, reason, actor string) (*registry.Streamer, error) {
	if n := len([]rune(reason)); n < 1 || n > 500 {
		return nil, &registry.InvalidError{What: "reason", Problem: "must be 1 to 500 characters"}
	}
	return s.SetState(ctx, id, []registry.State{registry.Active}, registry.Suspended, reason, actor)
}

// Resume puts a suspended or quarantined streamer back into service. A quarantined one is
// the operator's word that the cause is mended; its file is verified by the next call and
// quarantined again if it is not. It returns registry.ErrWrongState in any other state.
func (s *Store) Resume(ctx context.Context, id scope.StreamerID, actor string) (*registry.Streamer, error) {
	s.pool.Retire(id) // no handle from before serves after it
	return s.SetState(ctx, id, []registry.State{registry.Suspended, registry.Quarantined}, registry.Active, "", actor)
}
