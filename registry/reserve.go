package registry

import (
	"context"
	"fmt"

	"streamvault/shard/scope"
)

// Reserve gives a streamer its id and name while its file is still to be built, which may
// take long: at BuildPath, with the identity that Identity says. Adopt or Abandon ends it;
// what a crash leaves reserved is removed at the next start.
func (r *Registry) Reserve(ctx context.Context, n NewStreamer) (s *Streamer, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		s, err = r.insert(tx, n, Creating)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reserve streamer %q: %w", n.Username, err)
	}
	return s, nil
}

// Adopt takes the closed file at BuildPath for the reserved streamer's own and makes it
// active, in one transaction with what adopt adds. The caller has verified the file.
func (r *Registry) Adopt(ctx context.Context, s *Streamer, e Entry, adopt func(*Tx) error) (ownerKey string, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		name := shardName(s.ID, s.Generation)
		if err := r.dir.install(buildName(s), name); err != nil {
			return err
		}
		if err := tx.setState(s.ID, []State{Creating}, Active, ""); err != nil {
			return err
		}
		if err := adopt(tx); err != nil {
			return err
		}
		k, secret, err := r.insertKey(tx, RoleOwner, s.ID, "owner")
		if err != nil {
			return err
		}
		ownerKey, e.Streamer = secret, s
		if err := tx.audit(Entry{Actor: e.Actor, Action: "streamer.create", Streamer: s, Detail: map[string]any{"ownerKey": k.ID}}); err != nil {
			return err
		}
		return tx.audit(e)
	})
	if err != nil {
		return "", fmt.Errorf("adopt the file of %s: %w", s.Username, err)
	}
	return ownerKey, nil
}

// BornAt notes the schema version of a file that is adopted: one that was made of a newer one is
// ahead of the fleet.
func (t *Tx) BornAt(id scope.StreamerID, version int) error {
	return t.run(`UPDATE streamers SET schema_version = ?2 WHERE id = ?1`, int64(id), int64(version))
}

// Abandon removes a reserved streamer and what was built for it, or returns ErrWrongState
// when it has been adopted.
func (r *Registry) Abandon(ctx context.Context, s *Streamer) error {
	err := r.write(ctx, func(tx *Tx) error {
		if err := tx.setState(s.ID, []State{Creating}, Deleting, ""); err != nil {
			return err
		}
		for _, name := range []string{buildName(s), buildName(s) + "-wal", buildName(s) + "-shm", shardName(s.ID, s.Generation)} {
			if err := r.dir.remove(name); err != nil {
				return err
			}
		}
		return tx.run(`DELETE FROM streamers WHERE id = ?1`, int64(s.ID))
	})
	if err != nil {
		return fmt.Errorf("abandon %s: %w", s.Username, err)
	}
	return nil
}

// sweep removes what a crash has left: half-built files, reserved streamers, and files
// that no streamer has; see sweepShards.
func (r *Registry) sweep(ctx context.Context) error {
	if err := r.dir.emptyRoom("tmp"); err != nil {
		return err
	}
	if err := r.sweepReserved(ctx); err != nil {
		return err
	}
	return r.sweepShards(ctx)
}

// sweepReserved removes who was reserved and never adopted. His file may be in its place
// already, and is nobody's data: of an import, a clone or a restore there is the original.
func (r *Registry) sweepReserved(ctx context.Context) error {
	reserved, err := r.list(ctx, `SELECT `+streamerColumns+` FROM streamers WHERE state = 'creating'`)
	if err != nil || len(reserved) == 0 {
		return err
	}
	var files []string
	for _, s := range reserved {
		name := shardName(s.ID, s.Generation)
		files = append(files, name+"-wal", name+"-shm", name)
	}
	if err := r.dir.removeAll(files); err != nil {
		return err
	}
	return r.write(ctx, func(tx *Tx) error { return tx.run(`DELETE FROM streamers WHERE state = 'creating'`) })
}
