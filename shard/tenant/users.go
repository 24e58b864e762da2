package tenant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// UserID names a viewer. Its upper half is the streamer's id, so it resolves in one
// streamer's file only; it stays below 2^53.
type UserID int64

// User is a viewer with the balances of both kinds.
type User struct {
	ID        UserID
	Username  string // as first seen
	VoiceID   *string
	DropImage *string // URL
	Country   *string
	Points    Points
	CreatedAt time.Time
	UpdatedAt time.Time
}

// UserStore finds viewers.
type UserStore interface {
	User(ctx context.Context, id UserID) (User, error)
	UserByName(ctx context.Context, name string) (User, error)
	Users(ctx context.Context, after UserID, limit int) ([]User, error)
	UsersByPoints(ctx context.Context, after User, limit int) ([]User, error)
	SearchUsers(ctx context.Context, prefix, afterKey string, limit int) ([]User, error)
}

var userByID = scope.SQL(`
	SELECT u.id, u.username, u.voice_id, u.drop_image, u.country, u.created_at, u.updated_at,
	       p.channel_points, p.drop_points, p.total_drops
	FROM users u
	JOIN user_points p ON p.streamer_id = u.streamer_id AND p.user_id = u.id
	WHERE u.streamer_id = ?1
	  AND u.id = ?2`)

var userByKey = scope.SQL(`
	SELECT u.id, u.username, u.voice_id, u.drop_image, u.country, u.created_at, u.updated_at,
	       p.channel_points, p.drop_points, p.total_drops
	FROM users u
	JOIN user_points p ON p.streamer_id = u.streamer_id AND p.user_id = u.id
	WHERE u.streamer_id = ?1
	  AND u.username_key = ?2`)

var twinByName = scope.SQL(`
	SELECT u.id, u.username, u.voice_id, u.drop_image, u.country, u.created_at, u.updated_at,
	       p.channel_points, p.drop_points, p.total_drops
	FROM users u
	JOIN user_points p ON p.streamer_id = u.streamer_id AND p.user_id = u.id
	WHERE u.streamer_id = ?1
	  AND u.username = ?2
	  AND u.twin > 0
	ORDER BY u.username_key
	LIMIT 1`)

var usersAfter = scope.SQL(`
	SELECT u.id, u.username, u.voice_id, u.drop_image, u.country, u.created_at, u.updated_at,
	       p.channel_points, p.drop_points, p.total_drops
	FROM users u
	JOIN user_points p ON p.streamer_id = u.streamer_id AND p.user_id = u.id
	WHERE u.streamer_id = ?1
	  AND u.id > ?2
	ORDER BY u.id
	LIMIT ?3`)

var usersByPoints = scope.SQL(`
	SELECT u.id, u.username, u.voice_id, u.drop_image, u.country, u.created_at, u.updated_at,
	       p.channel_points, p.drop_points, p.total_drops
	FROM user_points p
	JOIN users u ON u.streamer_id = p.streamer_id AND u.id = p.user_id
	WHERE p.streamer_id = ?1
	  AND p.total_points <= ?2
	  AND (p.total_points < ?2 OR p.user_id > ?3)
	ORDER BY p.total_points DESC, p.user_id
	LIMIT ?4`)

var usersByPrefix = scope.SQL(`
	SELECT u.id, u.username, u.voice_id, u.drop_image, u.country, u.created_at, u.updated_at,
	       p.channel_points, p.drop_points, p.total_drops
	FROM users u
	JOIN user_points p ON p.streamer_id = u.streamer_id AND p.user_id = u.id
	WHERE u.streamer_id = ?1
	  AND u.username_key >= ?2
	  AND u.username_key > ?3
	  AND u.username_key < ?4
	ORDER BY u.username_key
	LIMIT ?5`)

func scanUser(r scope.Row) User {
	return User{
		ID: UserID(r.Int(0)), Username: r.Text(1),
		VoiceID: r.TextOrNil(2), DropImage: r.TextOrNil(3), Country: r.TextOrNil(4),
		CreatedAt: r.Time(5), UpdatedAt: r.Time(6),
		Points: Points{Channel: r.Int(7), Drop: r.Int(8), Drops: r.Int(9)},
	}
}

// User finds a viewer by id, or returns ErrNotFound.
func (s *Store) User(ctx context.Context, id UserID) (User, error) {
	u, err := scope.One(ctx, s.db, userByID, scanUser, id)
	if err != nil {
		return User{}, fmt.Errorf("user %d: %w", id, err)
	}
	return u, nil
}

// UserByName finds a viewer whatever the case of A to Z in name, or returns ErrNotFound.
// Of two viewers of an old database whose names differ by case only, each is found by
// its own spelling.
func (s *Store) UserByName(ctx context.Context, name string) (User, error) {
	return findUser(ctx, s.db, name)
}

// findUser finds a viewer by name, whatever its case from A to Z. A twin is found by its
// exact spelling, which goes before that.
func findUser(ctx context.Context, q scope.Querier, name string) (User, error) {
	u, err := scope.One(ctx, q, userByKey, scanUser, nameKey(name))
	if err == nil && u.Username != name || errors.Is(err, scope.ErrNotFound) {
		twin, twinErr := scope.One(ctx, q, twinByName, scanUser, name)
		if !errors.Is(twinErr, scope.ErrNotFound) {
			u, err = twin, twinErr
		}
	}
	if err != nil {
		return User{}, fmt.Errorf("user %q: %w", name, err)
	}
	return u, nil
}

// Users lists viewers by id, those above after; limit is 1 to 1000.
func (s *Store) Users(ctx context.Context, after UserID, limit int) ([]User, error) {
	us, err := scope.All(ctx, s.db, usersAfter, scanUser, after, page(limit))
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return us, nil
}

// UsersByPoints lists viewers by both balances together, highest first, those behind after,
// or from the first for the zero User; limit is 1 to 1000.
func (s *Store) UsersByPoints(ctx context.Context, after User, limit int) ([]User, error) {
	most := int64(2 * MaxPoints)
	if after.ID != 0 {
		most = after.Points.Total()
	}
	us, err := scope.All(ctx, s.db, usersByPoints, scanUser, most, after.ID, page(limit))
	if err != nil {
		return nil, fmt.Errorf("list users by points: %w", err)
	}
	return us, nil
}

// SearchUsers lists viewers whose name begins with prefix (A to Z in any case), in the
// order of their keys, those after afterKey; limit is 1 to 1000.
func (s *Store) SearchUsers(ctx context.Context, prefix, afterKey string, limit int) ([]User, error) {
	key := nameKey(prefix)
	us, err := scope.All(ctx, s.db, usersByPrefix, scanUser, key, nameKey(afterKey), key+"\U0010FFFF", page(limit))
	if err != nil {
		return nil, fmt.Errorf("search users: %w", err)
	}
	return us, nil
}

// MaxPage is the most rows that one call of a listing returns.
const MaxPage = 1000

// page keeps a limit within 1 to MaxPage.
func page(limit int) int { return min(max(limit, 1), MaxPage) }
