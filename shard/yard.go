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

func (y yard) Commits(ctx context.Context, id scope.StreamerID) (int64, error) {
	if lease, open := y.s.pool.Lend(id); open {
		defer lease.Release()
		return lease.Handle().CommitSeq(), nil
	}
	streamer, err := y.s.Streamer(ctx, id)
	if err != nil {
		return 0, err
	}
	return max(streamer.CommitMark, y.s.marks.last(id)), nil
}

func (y yard) Room() error { return y.s.disk.room() }

func (y yard) RestoreFrom(ctx context.Context, id scope.StreamerID, path, actor string) error {
	_, err := y.s.Restore(ctx, RestoreRequest{From: Source{File: path}, Streamer: id, Actor: actor})
	return err
}
