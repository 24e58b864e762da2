package tenant

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"streamvault/shard/scope"
)

// DropID names a drop.
type DropID int64

// Drop is one round of the drop game.
type Drop struct {
	Score   int64 // points won, 0 to MaxPoints
	Perfect bool  // landed in the middle
	Powerup *string
	// IdempotencyKey, when not empty, makes the drop count once however often it is
	// told: 1 to 255 characters. Drops of all viewers share their keys.
	IdempotencyKey string
}

// Dropped is what a drop led to.
type Dropped struct {
	ID       DropID `json:"id"`
	Total    int64  `json:"total"` // drop points afterwards
	Replayed bool   `json:"-"`     // an earlier request with this key did it
}

// PastDrop is a drop in the history.
type PastDrop struct {
	ID        DropID
	User      UserID
	Username  string
	Score     int64
	Perfect   bool
	Powerup   *string // used in it
	CreatedAt time.Time
}

// DropStats adds one viewer's history up.
type DropStats struct {
	Drops, Perfect int64 // counts
	Best, Sum      int64 // points
}

// DropStore keeps what viewers win in the drop game.
type DropStore interface {
	RecordDrop(ctx context.Context, username string, d Drop) (Dropped, error)
	Drops(ctx context.Context, before DropID, limit int) ([]PastDrop, error)
	UserDrops(ctx context.Context, user UserID, after Place, limit int) ([]PastDrop, error)
	DropStats(ctx context.Context, user UserID) (DropStats, error)
}

var addDrop = scope.SQL(`
	UPDATE user_points
	SET drop_points = drop_points + ?3, total_drops = total_drops + 1, updated_at = ?4
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND drop_points + ?3 <= 1000000000000
	  AND total_drops < 1000000000000
	RETURNING drop_points`)

var insertDrop = scope.SQL(`
	INSERT INTO drop_history (streamer_id, user_id, score, is_perfect, powerup_used, created_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6)
	RETURNING id`)

var dropsBefore = scope.SQL(`
	SELECT d.id, d.user_id, u.username, d.score, d.is_perfect, d.powerup_used, d.created_at
	FROM drop_history d
	JOIN users u ON u.streamer_id = d.streamer_id AND u.id = d.user_id
	WHERE d.streamer_id = ?1
	  AND d.id < ?2
	ORDER BY d.id DESC
	LIMIT ?3`)

var dropsOfUser = scope.SQL(`
	SELECT d.id, d.user_id, u.username, d.score, d.is_perfect, d.powerup_used, d.created_at
	FROM drop_history d
	JOIN users u ON u.streamer_id = d.streamer_id AND u.id = d.user_id
	WHERE d.streamer_id = ?1
	  AND d.user_id = ?2
	  AND d.created_at <= ?3
	  AND (d.created_at < ?3 OR d.id > ?4)
	ORDER BY d.created_at DESC, d.id
	LIMIT ?5`)

var dropStats = scope.SQL(`
	SELECT count(*), coalesce(sum(is_perfect), 0), coalesce(max(score), 0), coalesce(sum(score), 0)
	FROM drop_history
	WHERE streamer_id = ?1
	  AND user_id = ?2`)

func scanDrop(r scope.Row) PastDrop {
	return PastDrop{DropID(r.Int(0)), UserID(r.Int(1)), r.Text(2), r.Int(3), r.Bool(4), r.TextOrNil(5), r.Time(6)}
}

// RecordDrop adds a score to a viewer's drop points and counts the drop: balance, ledger
// and history change together. An unknown viewer is created. It returns an InvalidError,
// or ErrOutOfRange when the balance would pass MaxPoints.
func (s *Store) RecordDrop(ctx context.Context, username string, d Drop) (Dropped, error) {
	if err := d.check(); err != nil {
		return Dropped{}, err
	}
	var done Dropped
	err := s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		now := s.now()
		done.Replayed, err = once(ctx, tx, "drop", d.IdempotencyKey, now, requestHash("drop", username, d), &done,
			func() (Dropped, error) { return record(ctx, tx, username, d, now) })
		return err
	})
	if err != nil {
		return Dropped{}, fmt.Errorf("record a drop of %q: %w", username, err)
	}
	return done, nil
}

func record(ctx context.Context, tx *scope.Tx, username string, d Drop, now time.Time) (done Dropped, err error) {
	u, err := ensureUser(ctx, tx, username, now)
	if err != nil {
		return done, err
	}
	done.Total, err = scope.One(ctx, tx, addDrop, scanID, u.ID, d.Score, now)
	if errors.Is(err, scope.ErrNotFound) {
		return done, fmt.Errorf("%w: drop points or drops would pass %d", scope.ErrOutOfRange, int64(MaxPoints))
	}
	if err != nil {
		return done, err
	}
	if d.Score != 0 {
		if _, err = writeLedger(ctx, tx, u.ID, DropPoints, d.Score, "drop", "", now); err != nil {
			return done, err
		}
	}
	id, err := scope.One(ctx, tx, insertDrop, scanID, u.ID, d.Score, d.Perfect, d.Powerup, now)
	done.ID = DropID(id)
	return done, err
}

// LastDrop is where a listing of all drops begins.
const LastDrop = DropID(1) << 62

// Drops lists everybody's drops with an id below before, newest first; limit is 1 to 1000.
func (s *Store) Drops(ctx context.Context, before DropID, limit int) ([]PastDrop, error) {
	all, err := scope.All(ctx, s.db, dropsBefore, scanDrop, before, page(limit))
	if err != nil {
		return nil, fmt.Errorf("list drops: %w", err)
	}
	return all, nil
}

// UserDrops lists one viewer's drops, newest first, from the place after; limit is 1 to
// 1000. An unknown viewer has none.
func (s *Store) UserDrops(ctx context.Context, user UserID, after Place, limit int) ([]PastDrop, error) {
	all, err := scope.All(ctx, s.db, dropsOfUser, scanDrop, user, after.time(), after.ID, page(limit))
	if err != nil {
		return nil, fmt.Errorf("drops of user %d: %w", user, err)
	}
	return all, nil
}

// DropStats adds up the history of one viewer. An unknown viewer has zeros.
func (s *Store) DropStats(ctx context.Context, user UserID) (DropStats, error) {
	stats, err := scope.One(ctx, s.db, dropStats, func(r scope.Row) DropStats {
		return DropStats{Drops: r.Int(0), Perfect: r.Int(1), Best: r.Int(2), Sum: r.Int(3)}
	}, user)
	if err != nil {
		return DropStats{}, fmt.Errorf("drop stats of user %d: %w", user, err)
	}
	return stats, nil
}

func (d Drop) check() error {
	if utf8.RuneCountInString(d.IdempotencyKey) > 255 {
		return &InvalidError{"Idempotency-Key", "must be 1 to 255 characters"}
	}
	return errors.Join(checkAmount("score", d.Score), checkText("powerup", d.Powerup, 40))
}
