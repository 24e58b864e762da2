package fleet

import (
	"context"
	"errors"
	"fmt"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/scope"
)

// Copy writes a streamer's file, as it is at one moment, to path, where nothing is yet, and
// says what the copy must say of itself. Calls go on meanwhile where the file is open; where
// it is not, they wait for that moment. The file is not migrated, whatever its version.
func (f *Fleet) Copy(ctx context.Context, id scope.StreamerID, path string) (migrations.Identity, error) {
	s, err := f.reg.Streamer(ctx, id)
	if err != nil {
		return migrations.Identity{}, err
	}
	identity := f.reg.Identity(s)
	switch s.State {
	case registry.Active, registry.Suspended, registry.Migrating, registry.Held:
	case registry.Quarantined:
		return identity, fmt.Errorf("quarantined: %s", s.StateReason)
	default:
		return identity, registry.ErrNotFound
	}
	if open, err := f.yard.CopyOpen(ctx, id, path); open || err != nil {
		return identity, err
	}
	return identity, f.yard.Drain(ctx, id, func(ctx context.Context) error {
		file, err := migrations.Open(ctx, f.reg.ShardPath(s), f.o.Family, &identity, migrations.Options{Leave: true, Now: f.o.Now})
		if err != nil {
			return err
		}
		c := file.Writer()
		return errors.Join(c.Snapshot(path), c.KeepLog(), c.LeaveLog(), c.Close())
	})
}
