package registry

import (
	"context"
	"errors"
	"fmt"

	"streamvault/shard/scope"
)

// Rebuilt is a streamer who got a row of his own again, or a file that nobody could be made of.
type Rebuilt struct {
	Stray
	// Streamer is nil when Err says why there is none.
	Streamer *Streamer
	// Again says that he had a row, which named a file that is missing.
	Again bool
}

// Rebuild gives every streamer whose file lies in shards a row, from what the file says of
// itself: id, identity, schema and how far its history went. names says what a streamer was
// called, or ""; then, or when that is taken, he is recovered-ID. His data key is new: what was
// sealed under the old one, tokens of providers and encrypted backups, stays closed. He has no
// access keys. A row whose file is missing is led to the newest one there is. Nobody may be
// served meanwhile.
func (r *Registry) Rebuild(ctx context.Context, names func(scope.StreamerID) string, actor string) (all []Rebuilt, err error) {
	return r.rebuild(ctx, "", names, actor)
}

// TakeIn is Rebuild for one file; it returns ErrNotFound when that is no stray.
func (r *Registry) TakeIn(ctx context.Context, file string, names func(scope.StreamerID) string, actor string) (*Streamer, error) {
	all, err := r.rebuild(ctx, file, names, actor)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err == nil {
		err = all[0].Err
	}
	if err != nil {
		return nil, fmt.Errorf("take %s in: %w", file, err)
	}
	return all[0].Streamer, nil
}

// Anew says that this Open has made the registry where streamers' files lay already: that of
// an installation that had lost its own.
func (r *Registry) Anew() bool { return r.anew }

func (r *Registry) rebuild(ctx context.Context, only string, names func(scope.StreamerID) string, actor string) (all []Rebuilt, err error) {
	strays, err := r.Strays(ctx)
	if err != nil {
		return nil, fmt.Errorf("rebuild registry: %w", err)
	}
	for i, s := range strays {
		if only != "" && s.File != only {
			continue
		}
		b := Rebuilt{Stray: s}
		switch {
		case s.Err != nil:
		case newerOf(strays[i+1:], s.ID):
			b.Err = errors.New("a newer generation of the same streamer lies there")
		default:
			b.Streamer, b.Again, b.Err = r.takeIn(ctx, s, names, actor)
		}
		if err := ctx.Err(); err != nil {
			return all, err
		}
		all = append(all, b)
	}
	return all, nil
}

// newerOf says that there is a usable later generation of a streamer among files.
func newerOf(files []Stray, id scope.StreamerID) bool {
	for _, s := range files {
		if s.ID == id && s.Err == nil {
			return true
		}
	}
	return false
}

func (r *Registry) takeIn(ctx context.Context, x Stray, names func(scope.StreamerID) string, actor string) (s *Streamer, again bool, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		s, err = tx.streamer(x.ID)
		action := "streamer.recover"
		switch {
		case err == nil:
			again, action = true, "streamer.relink"
			err = r.relink(tx, x, s)
		case isNotFound(err):
			err = r.insertStray(tx, x, names(x.ID))
		}
		if err != nil {
			return err
		}
		if s, err = tx.streamer(x.ID); err != nil {
			return err
		}
		return tx.audit(Entry{Actor: actor, Action: action, Streamer: s, Detail: map[string]any{
			"file": x.File, "uuid": x.UUID, "generation": x.Generation, "commits": x.CommitSeq, "dataKey": map[bool]string{true: "kept", false: "new"}[again]}})
	})
	return s, again, err
}

// relink leads a row whose file is missing to another generation of the same streamer.
func (r *Registry) relink(tx *Tx, x Stray, s *Streamer) error {
	if _, err := r.dir.root.Lstat(shardName(s.ID, s.Generation)); err == nil {
		return fmt.Errorf("%w: his own file, generation %d, is in its place", ErrWrongState, s.Generation)
	}
	if s.ShardUUID != x.UUID || s.State == Trashed || s.State == Deleting {
		return wrongState(s)
	}
	return tx.run(`
		UPDATE streamers
		SET generation = ?2, schema_version = ?3, commit_mark = ?4, updated_at = ?5
		WHERE id = ?1`, int64(s.ID), x.Generation, int64(x.SchemaVersion), x.CommitSeq, tx.now.UnixMilli())
}

func (r *Registry) insertStray(tx *Tx, x Stray, name string) error {
	username, err := r.freeName(tx, x.ID, name)
	if err != nil {
		return err
	}
	wrapped, err := r.master.newDataKey(x.ID)
	if err != nil {
		return err
	}
	return tx.run(`
		INSERT INTO streamers (id, username, display_name, state, generation, shard_uuid, schema_version, commit_mark,
		                       data_key, created_at, updated_at, state_since)
		VALUES (?1, ?2, ?2, 'active', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)`,
		int64(x.ID), username, x.Generation, x.UUID, int64(x.SchemaVersion), x.CommitSeq, wrapped, x.CreatedAt.UnixMilli(), tx.now.UnixMilli())
}

// freeName is the name that a streamer gets.
func (r *Registry) freeName(tx *Tx, id scope.StreamerID, name string) (string, error) {
	if lowered, err := Channel(name); err == nil {
		err := tx.free(id, &lowered, nil)
		if err == nil || !errors.Is(err, ErrTaken) {
			return lowered, err
		}
	}
	name = fmt.Sprintf("recovered-%d", id)
	return name, tx.free(id, &name, nil)
}
