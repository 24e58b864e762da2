package shard

import (
	"context"

	"streamvault/shard/fleet"
	"streamvault/shard/scope"
)

// Fleet moves the schema of all streamers' files.
func (s *Store) Fleet() *fleet.Fleet { return s.fleet }

// yard is where the fleet finds the files.
type yard struct{ s *Store }

func (y yard) Drain(ctx context.Context, id scope.StreamerID, do func(context.Context) error) error {
	return y.s.pool.Drain(ctx, id, do)
}

func (y yard) CopyOpen(ctx context.Context, id scope.StreamerID, path string) (bool, error) {
	lease, open := y.s.pool.Lend(id)
	if !open {
		return false, nil
	}
	defer lease.Release()
	return true, lease.Handle().CopyTo(ctx, path)
}
