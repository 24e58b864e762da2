package registry

import (
	"context"
	"database/sql/driver"
	"fmt"

	"streamvault/shard/scope"
)

// Streamer finds a streamer by id, or returns ErrNotFound.
func (r *Registry) Streamer(ctx context.Context, id scope.StreamerID) (*Streamer, error) {
	return r.lookup(ctx, cacheKey{id: id}, `SELECT `+streamerColumns+` FROM streamers WHERE id = ?1`, int64(id))
}

// StreamerByName finds a streamer by its channel in any case, or returns ErrNotFound.
func (r *Registry) StreamerByName(ctx context.Context, name string) (*Streamer, error) {
	if s, ok := r.cache.get(cacheKey{name: name}); ok {
		return s.(*Streamer), nil
	}
	lowered, err := Channel(name)
	if err != nil {
		return nil, ErrNotFound
	}
	return r.lookup(ctx, cacheKey{name: lowered}, `SELECT `+streamerColumns+` FROM streamers WHERE username = ?1`, lowered)
}

// StreamerByKickID finds a streamer by the id that Kick gave him, or returns ErrNotFound.
func (r *Registry) StreamerByKickID(ctx context.Context, kickID string) (*Streamer, error) {
	return r.lookup(ctx, cacheKey{kick: kickID}, `SELECT `+streamerColumns+` FROM streamers WHERE kick_user_id = ?1`, kickID)
}

func (r *Registry) lookup(ctx context.Context, key cacheKey, sql string, arg driver.Value) (*Streamer, error) {
	if s, ok := r.cache.get(key); ok {
		return s.(*Streamer), nil
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
	all := []*Streamer{}
	err := r.each(ctx, `
		SELECT `+streamerColumns+`
		FROM streamers
		WHERE id > ?1
		  AND username >= ?2
		  AND username < ?2 || '~'
		ORDER BY id
		LIMIT ?3`,
		func(row []driver.Value) error { all = append(all, scanStreamer(row)); return nil },
		int64(after), prefix, int64(min(max(limit, 1), 1000)))
	if err != nil {
		return nil, fmt.Errorf("list streamers: %w", err)
	}
	return all, nil
}
