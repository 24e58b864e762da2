package registry

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"
)

// AdminSession keeps an operator signed in on the console. It is never more than the admin key
// that it was begun with: it ends when that is withdrawn, given a new secret, or expires.
type AdminSession struct {
	Key                  int64
	CreatedAt, ExpiresAt time.Time
}

// CreateAdminSession signs an operator in with an admin key for ttl and returns the token, this
// once, or ErrNotFound when the key is no living admin key. Sessions that have expired are
// removed on the way.
func (r *Registry) CreateAdminSession(ctx context.Context, key int64, ttl time.Duration) (token string, s AdminSession, err error) {
	token, hash := newSecret("console")
	err = r.write(ctx, func(tx *Tx) error {
		s = AdminSession{Key: key, CreatedAt: tx.now.Truncate(time.Millisecond).UTC()}
		s.ExpiresAt = s.CreatedAt.Add(ttl)
		now := tx.now.UnixMilli()
		if err := tx.run(`DELETE FROM admin_sessions WHERE expires_at <= ?1`, now); err != nil {
			return err
		}
		_, err := tx.row(`
			INSERT INTO admin_sessions (key_id, hash, created_at, expires_at)
			SELECT id, ?2, ?3, ?4
			FROM keys
			WHERE id = ?1
			  AND role = 'admin'
			  AND revoked_at IS NULL
			  AND coalesce(expires_at > ?5, 1)
			RETURNING id`, key, hash[:], s.CreatedAt.UnixMilli(), s.ExpiresAt.UnixMilli(), now)
		return err
	})
	if err != nil {
		return "", AdminSession{}, fmt.Errorf("create admin session: %w", err)
	}
	return token, s, nil
}

// AdminSession finds a session that has not ended by its token, or returns ErrNotFound.
func (r *Registry) AdminSession(ctx context.Context, token string) (AdminSession, error) {
	if !isSecret(token, "console") {
		return AdminSession{}, ErrNotFound
	}
	hash := sha256.Sum256([]byte(token))
	row, err := r.one(ctx, `
		SELECT s.key_id, s.created_at, s.expires_at
		FROM admin_sessions AS s
		JOIN keys AS k ON k.id = s.key_id
		WHERE s.hash = ?1
		  AND s.expires_at > ?2
		  AND k.role = 'admin'
		  AND k.revoked_at IS NULL
		  AND coalesce(k.expires_at > ?2, 1)`, hash[:], r.o.Now().UnixMilli())
	if err != nil {
		return AdminSession{}, fmt.Errorf("admin session: %w", err)
	}
	return AdminSession{row[0].(int64), moment(row[1]), moment(row[2])}, nil
}

// DeleteAdminSession signs out. A token that is none is no error.
func (r *Registry) DeleteAdminSession(ctx context.Context, token string) error {
	hash := sha256.Sum256([]byte(token))
	err := r.write(ctx, func(tx *Tx) error {
		return tx.run(`DELETE FROM admin_sessions WHERE hash = ?1`, hash[:])
	})
	if err != nil {
		return fmt.Errorf("delete admin session: %w", err)
	}
	return nil
}
