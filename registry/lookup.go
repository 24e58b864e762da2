package registry

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"streamvault/shard/scope"
)

// Streamer finds a streamer by id, or returns ErrNotFound.
func (r *Registry) Streamer(ctx context.Context, id scope.StreamerID) (*Streamer, error) {
	return r.lookup(ctx, cacheKey{id: id}, `SELECT `+streamerColumns+` FROM streamers WHERE id = ?1`, int64(id))
}

// StreamerByName finds a streamer by its channel in any case, or returns ErrNotFound, which is
// a RenamedError for a name that leads to a streamer who is called otherwise now.
func (r *Registry) StreamerByName(ctx context.Context, name string) (*Streamer, error) {
	if known, ok := r.cache.get(cacheKey{name: name}); ok {
		return r.remembered(known)
	}
	lowered, err := Channel(name)
	if err != nil {
		return nil, ErrNotFound
	}
	s, err := r.lookup(ctx, cacheKey{name: lowered}, `SELECT `+streamerColumns+` FROM streamers WHERE username = ?1`, lowered)
	var renamed *RenamedError
	if isNotFound(err) && !errors.As(err, &renamed) {
		return nil, r.formerly(ctx, lowered)
	}
	return s, err
}

// remembered is an answer of the cache.
func (r *Registry) remembered(known any) (*Streamer, error) {
	if renamed, ok := known.(*RenamedError); ok {
		if r.o.Now().Before(renamed.Until) {
			return nil, renamed
		}
		return nil, ErrNotFound
	}
	return known.(*Streamer), nil
}

// StreamerByKickID finds a streamer by the id that Kick gave him, or returns ErrNotFound.
func (r *Registry) StreamerByKickID(ctx context.Context, kickID string) (*Streamer, error) {
	return r.lookup(ctx, cacheKey{kick: kickID}, `SELECT `+streamerColumns+` FROM streamers WHERE kick_user_id = ?1`, kickID)
}

func (r *Registry) lookup(ctx context.Context, key cacheKey, sql string, arg driver.Value) (*Streamer, error) {
	if known, ok := r.cache.get(key); ok {
		return r.remembered(known)
	}
	epoch := r.cache.begin()
	row, err := r.one(ctx, sql, arg)
	if err != nil {
		return nil, fmt.Errorf("streamer: %w", err)
	}
	s := scanStreamer(row)
	r.cache.put(epoch, key, s)
	return s, nil
}

// Streamers lists streamers by id, those above after whose channel begins with prefix;
// limit is 1 to 1000.
func (r *Registry) Streamers(ctx context.Context, after scope.StreamerID, limit int, prefix string) ([]*Streamer, error) {
	return r.list(ctx, `
		SELECT `+streamerColumns+`
		FROM streamers
		WHERE id > ?1
		  AND username >= ?2
		  AND username < ?2 || '~'
		ORDER BY id
		LIMIT ?3`, int64(after), prefix, int64(min(max(limit, 1), 1000)))
}

// StreamersIn is Streamers of those in one state.
func (r *Registry) StreamersIn(ctx context.Context, state State, after scope.StreamerID, limit int, prefix string) ([]*Streamer, error) {
	return r.list(ctx, `
		SELECT `+streamerColumns+`
		FROM streamers
		WHERE state = ?4
		  AND id > ?1
		  AND username >= ?2
		  AND username < ?2 || '~'
		ORDER BY id
		LIMIT ?3`, int64(after), prefix, int64(min(max(limit, 1), 1000)), string(state))
}

func (r *Registry) list(ctx context.Context, sql string, args ...driver.Value) ([]*Streamer, error) {
	all := []*Streamer{}
	err := r.each(ctx, sql, func(row []driver.Value) error { all = append(all, scanStreamer(row)); return nil }, args...)
	if err != nil {
		return nil, fmt.Errorf("list streamers: %w", err)
	}
	return all, nil
}
