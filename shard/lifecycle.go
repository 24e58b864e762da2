package shard

import (
	"context"
	"errors"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// Suspend stops a streamer's writes until Resume; reads go on. Reason is 1 to 500
// characters and is shown to whoever tries to write. One who is out of service is suspended
// when he comes back. It returns a registry.StateError when he is suspended already.
func (s *Store) Suspend(ctx context.Context, id scope.StreamerID, reason, actor string) (*registry.Streamer, error) {
	if n := len([]rune(reason)); n < 1 || n > 500 {
		return nil, &registry.InvalidError{What: "reason", Problem: "must be 1 to 500 characters"}
	}
	suspended, err := s.SetState(ctx, id, []registry.State{registry.Active}, registry.Suspended, reason, actor)
	if errors.Is(err, registry.ErrWrongState) {
		return s.SuspendLater(ctx, id, reason, actor)
	}
	return suspended, err
}

// Resume ends a suspension, a quarantine or a hold: the operator's word that its cause is
// mended. The file of a quarantined or held streamer is verified at once, and migrated if it
// is too old; when it is still wrong he stays what he was, and the error is an
// ErrQuarantined or ErrHeld with the cause. When he had been
// suspended he is so again afterwards. It returns a registry.StateError in any other state.
func (s *Store) Resume(ctx context.Context, id scope.StreamerID, actor string) (*registry.Streamer, error) {
	s.pool.Retire(id) // no handle from before serves after it
	was, err := s.Streamer(ctx, id)
	if err != nil {
		return nil, err
	}
	resumed, err := s.SetState(ctx, id, []registry.State{registry.Suspended, registry.Quarantined, registry.Held}, registry.Active, "", actor)
	if err != nil || was.State != registry.Quarantined && was.State != registry.Held {
		return resumed, err
	}
	lease, err := s.pool.Acquire(ctx, id)
	if err != nil {
		return nil, err
	}
	lease.Release()
	return s.Streamer(ctx, id)
}
