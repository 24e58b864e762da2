package registry

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// Session keeps a streamer signed in on the dashboard.
type Session struct {
	Streamer             scope.StreamerID
	CreatedAt, ExpiresAt time.Time
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

// CreateSession signs a streamer in for ttl and returns the token, this once. Sessions
// that have expired are removed on the way.
func (r *Registry) CreateSession(ctx context.Context, id scope.StreamerID, ttl time.Duration) (token string, s Session, err error) {
	token, hash := newSecret("session")
	err = r.write(ctx, func(tx *Tx) error {
		s = Session{Streamer: id, CreatedAt: tx.now.Truncate(time.Millisecond).UTC()}
		s.ExpiresAt = s.CreatedAt.Add(ttl)
		if _, err := tx.streamer(id); err != nil {
			return err
		}
		if err := tx.run(`DELETE FROM streamer_sessions WHERE expires_at <= ?1`, tx.now.UnixMilli()); err != nil {
			return err
		}
		return tx.run(`
			INSERT INTO streamer_sessions (streamer_id, hash, created_at, expires_at)
			VALUES (?1, ?2, ?3, ?4)`, int64(id), hash[:], s.CreatedAt.UnixMilli(), s.ExpiresAt.UnixMilli())
	})
	if err != nil {
		return "", Session{}, fmt.Errorf("create session: %w", err)
	}
	return token, s, nil
}

// Session finds an unexpired session by its token, or returns ErrNotFound.
func (r *Registry) Session(ctx context.Context, token string) (Session, error) {
	if !isSecret(token, "session") {
		return Session{}, ErrNotFound
	}
	hash := sha256.Sum256([]byte(token))
	row, err := r.one(ctx, `
		SELECT streamer_id, created_at, expires_at
		FROM streamer_sessions
		WHERE hash = ?1
		  AND expires_at > ?2
		  AND `+ofSomebody, hash[:], r.o.Now().UnixMilli())
	if err != nil {
		return Session{}, fmt.Errorf("session: %w", err)
	}
	return Session{scope.StreamerID(row[0].(int64)), moment(row[1]), moment(row[2])}, nil
}

// DeleteSession signs out. A token that is none is no error.
func (r *Registry) DeleteSession(ctx context.Context, token string) error {
	hash := sha256.Sum256([]byte(token))
	err := r.write(ctx, func(tx *Tx) error {
		return tx.run(`DELETE FROM streamer_sessions WHERE hash = ?1`, hash[:])
	})
	if err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}
