package shard

import (
	"context"
	"errors"
	"os"

	"streamvault/migrations"
	"streamvault/registry"
)

// asAnother makes a new streamer of the file.
func (x *restoring) asAnother(ctx context.Context) (RestoreResult, error) {
	if x.r.DryRun {
		o, err := x.build(ctx, x.another(rehearsal, x.r.As))
		return RestoreResult{Streamer: &registry.Streamer{Username: x.r.As}, DryRun: true,
			From: o.Facts, Becomes: o.Built.Content}, err
	}
	var o fileOutcome
	n := registry.NewStreamer{Username: x.r.As, DisplayName: x.r.As, Actor: x.r.Actor}
	made, key, err := x.s.settle(ctx, n, func(who migrations.Identity, channel string) (newFile, error) {
		w := x.another(who, channel)
		var err error
		o, err = x.build(ctx, w)
		return newFile{w.Path, o.Built.Version, x.entry(o)}, err
	})
	return RestoreResult{Streamer: made, OwnerKey: key, From: o.Facts, Becomes: o.Built.Content}, err
}

// newFile is a file for a new streamer: a path in tmp, closed and checked.
type newFile struct {
	path    string
	version int // of its schema
	entry   registry.Entry
}

// settle makes a streamer whose file build makes, of the identity that it is given. A failure or a crash anywhere leaves no streamer.
func (s *Store) settle(ctx context.Context, n registry.NewStreamer,
	build func(migrations.Identity, string) (newFile, error)) (made *registry.Streamer, ownerKey string, err error) {
	reserved, err := s.Reserve(ctx, n)
	if err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Abandon(context.WithoutCancel(ctx), reserved))
		}
	}()
	built, err := build(s.Identity(reserved), reserved.Username)
	if err != nil {
		return nil, "", err
	}
	err = s.steps(step{"adopt a file", func() error { return os.Rename(built.path, s.BuildPath(reserved)) }})
	if err != nil {
		return nil, "", err
	}
	built.entry.Streamer = reserved
	ownerKey, err = s.Adopt(ctx, reserved, built.entry, func(tx *registry.Tx) error { return tx.BornAt(reserved.ID, built.version) })
	if err != nil {
		return nil, "", err
	}
	made, err = s.Streamer(ctx, reserved.ID)
	return made, ownerKey, err
}
