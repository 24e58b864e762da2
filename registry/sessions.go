package registry

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// Session keeps a streamer signed in on the dashboard. One that was begun with an owner key is
// never more than that: it ends when the key is withdrawn, given a new secret, or expires.
type Session struct {
	Streamer             scope.StreamerID
	Key                  int64 // 0 for one who came from Kick
	CreatedAt, ExpiresAt time.Time
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

// MaxSessions is how many sign-ins of a streamer there may be at once: one more ends the oldest.
const MaxSessions = 1000

// CreateSession signs a streamer in for ttl and returns the token, this once; key is his owner
// key that let him in, or 0, and must still be alive, or it returns ErrNotFound. Sessions that
// have expired are removed on the way.
func (r *Registry) CreateSession(ctx context.Context, id scope.StreamerID, key int64, ttl time.Duration) (token string, s Session, err error) {
	token, hash := newSecret("session")
	err = r.write(ctx, func(tx *Tx) error {
		s = Session{Streamer: id, Key: key, CreatedAt: tx.now.Truncate(time.Millisecond).UTC()}
		s.ExpiresAt = s.CreatedAt.Add(ttl)
		if _, err := tx.streamer(id); err != nil {
			return err
		}
		now := tx.now.UnixMilli()
		if err := tx.run(`
			DELETE FROM streamer_sessions
			WHERE expires_at <= ?1
			   OR id IN (SELECT id FROM streamer_sessions WHERE streamer_id = ?2 ORDER BY id DESC LIMIT -1 OFFSET ?3)`,
			now, int64(id), int64(MaxSessions-1)); err != nil {
			return err
		}
		_, err := tx.row(`
			INSERT INTO streamer_sessions (streamer_id, hash, created_at, expires_at, key_id)
			SELECT ?1, ?2, ?3, ?4, nullif(?5, 0)
			WHERE ?5 = 0
			   OR EXISTS (
			      SELECT 1 FROM keys
			      WHERE id = ?5
			        AND streamer_id = ?1
			        AND role = 'owner'
			        AND revoked_at IS NULL
			        AND coalesce(expires_at > ?6, 1))
			RETURNING id`, int64(id), hash[:], s.CreatedAt.UnixMilli(), s.ExpiresAt.UnixMilli(), key, now)
		return err
	})
	if err != nil {
		return "", Session{}, fmt.Errorf("create session: %w", err)
	}
	return token, s, nil
}

// Session finds a session that has not ended by its token, or returns ErrNotFound.
func (r *Registry) Session(ctx context.Context, token string) (Session, error) {
	if !isSecret(token, "session") {
		return Session{}, ErrNotFound
	}
	hash := sha256.Sum256([]byte(token))
	row, err := r.one(ctx, `
		SELECT streamer_id, created_at, expires_at, coalesce(key_id, 0)
		FROM streamer_sessions
		WHERE hash = ?1
		  AND expires_at > ?2
		  AND (key_id IS NULL OR EXISTS (
		      SELECT 1 FROM keys AS k
		      WHERE k.id = key_id
		        AND k.revoked_at IS NULL
		        AND coalesce(k.expires_at > ?2, 1)))
		  AND `+ofSomebody, hash[:], r.o.Now().UnixMilli())
	if err != nil {
		return Session{}, fmt.Errorf("session: %w", err)
	}
	return Session{scope.StreamerID(row[0].(int64)), row[3].(int64), moment(row[1]), moment(row[2])}, nil
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
