package registry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"streamvault/shard/scope"
)

// Role is what a key allows.
type Role string

// The roles. An admin key belongs to the installation, the others to one streamer.
const (
	RoleAdmin   Role = "admin"
	RoleOwner   Role = "owner"   // everything of one streamer
	RoleOverlay Role = "overlay" // reads what an overlay shows
)

// Key is an access key without its secret.
type Key struct {
	ID        int64
	Role      Role
	Streamer  scope.StreamerID // 0 for an admin key
	Name      string
	CreatedAt time.Time
	ExpiresAt *time.Time
	RevokedAt *time.Time
}

// ofSomebody leaves out what belongs to a streamer who is gone: it works again if he comes back.
const ofSomebody = `coalesce(streamer_id, 0) NOT IN (SELECT id FROM streamers WHERE state IN ` + gone + `)`

const keyColumns = `id, role, coalesce(streamer_id, 0), name, created_at, expires_at, revoked_at`

func scanKey(row []driver.Value) Key {
	return Key{ID: row[0].(int64), Role: Role(text(row[1])), Streamer: scope.StreamerID(row[2].(int64)),
		Name: text(row[3]), CreatedAt: moment(row[4]), ExpiresAt: momentOrNil(row[5]), RevokedAt: momentOrNil(row[6])}
}

// newSecret is 32 random bytes as text, behind a prefix that says what it is.
func newSecret(kind string) (secret string, hash [32]byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	secret = "sv_" + kind + "_" + base64.RawURLEncoding.EncodeToString(b[:])
	return secret, sha256.Sum256([]byte(secret))
}

// isSecret tells what could be a secret of ours from junk, before anything is looked up.
func isSecret(s string, kinds ...string) bool {
	for _, kind := range kinds {
		if rest, ok := strings.CutPrefix(s, "sv_"+kind+"_"); ok && len(rest) == base64.RawURLEncoding.EncodedLen(32) {
			return true
		}
	}
	return false
}

// CreateKey makes a key and returns its secret, this once. The streamer is 0 for an admin
// key; name is at most 100 characters.
func (r *Registry) CreateKey(ctx context.Context, role Role, streamer scope.StreamerID, name, actor string) (k Key, secret string, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		s := &Streamer{}
		if role != RoleAdmin {
			if s, err = tx.streamer(streamer); err != nil {
				return err
			}
			if s.Gone() {
				return wrongState(s)
			}
		}
		if err := tx.keysFit(streamer); err != nil {
			return err
		}
		if k, secret, err = r.insertKey(tx, role, streamer, name); err != nil {
			return err
		}
		return tx.audit(Entry{Actor: actor, Action: "key.create", Streamer: s, Detail: map[string]any{"key": k.ID, "role": role}})
	})
	if err != nil {
		return Key{}, "", fmt.Errorf("create key: %w", err)
	}
	return k, secret, nil
}

// MaxKeys is how many keys of a streamer, or of the installation, may be alive at once.
const MaxKeys = 2000

// keysFit says whether there may be one more.
func (t *Tx) keysFit(streamer scope.StreamerID) error {
	n, err := t.c.Int(`
		SELECT count(*)
		FROM keys
		WHERE streamer_id IS nullif(?1, 0)
		  AND revoked_at IS NULL
		  AND coalesce(expires_at > ?2, 1)`, int64(streamer), t.now.UnixMilli())
	if err == nil && n >= MaxKeys {
		err = &InvalidError{"key", fmt.Sprintf("would be one too many: %d are alive, revoke one first", n)}
	}
	return err
}

func (r *Registry) insertKey(tx *Tx, role Role, streamer scope.StreamerID, name string) (Key, string, error) {
	known := role == RoleAdmin || role == RoleOwner || role == RoleOverlay
	if !known || (role == RoleAdmin) != (streamer == 0) {
		return Key{}, "", &InvalidError{"role", "must be admin without a streamer, or owner or overlay with one"}
	}
	if utf8.RuneCountInString(name) > 100 || !utf8.ValidString(name) {
		return Key{}, "", &InvalidError{"name", "must be at most 100 characters"}
	}
	secret, hash := newSecret(string(role))
	row, err := tx.row(`
		INSERT INTO keys (role, streamer_id, name, hash, created_at)
		VALUES (?1, nullif(?2, 0), ?3, ?4, ?5)
		RETURNING `+keyColumns, string(role), int64(streamer), name, hash[:], tx.now.UnixMilli())
	if err != nil {
		return Key{}, "", err
	}
	return scanKey(row), secret, nil
}

// RotateKey gives a key a new secret. The old one is dead when this returns, and so is who has
// signed in on the console with it.
func (r *Registry) RotateKey(ctx context.Context, id int64, actor string) (k Key, secret string, err error) {
	err = r.editKey(ctx, id, "key.rotate", actor, func(tx *Tx, old Key) error {
		var hash [32]byte
		secret, hash = newSecret(string(old.Role))
		k = old
		if err := tx.endSignIns(id); err != nil {
			return err
		}
		return tx.run(`UPDATE keys SET hash = ?2 WHERE id = ?1`, id, hash[:])
	})
	return k, secret, err
}

// RevokeKey ends a key. It is dead when this returns; a key that was dead before stays so.
func (r *Registry) RevokeKey(ctx context.Context, id int64, actor string) error {
	if k, err := r.KeyByID(ctx, id); err == nil && k.RevokedAt != nil {
		return nil
	}
	return r.editKey(ctx, id, "key.revoke", actor, func(tx *Tx, _ Key) error {
		if err := tx.endSignIns(id); err != nil {
			return err
		}
		return tx.run(`UPDATE keys SET revoked_at = ?2 WHERE id = ?1`, id, tx.now.UnixMilli())
	})
}

// endSignIns ends what a key has let in.
func (t *Tx) endSignIns(key int64) error {
	return errors.Join(t.run(`DELETE FROM admin_sessions WHERE key_id = ?1`, key),
		t.run(`DELETE FROM streamer_sessions WHERE key_id = ?1`, key))
}

// editKey changes a key that is not revoked, or returns ErrNotFound.
func (r *Registry) editKey(ctx context.Context, id int64, action, actor string, edit func(*Tx, Key) error) error {
	err := r.write(ctx, func(tx *Tx) error {
		row, err := tx.row(`SELECT `+keyColumns+` FROM keys WHERE id = ?1 AND revoked_at IS NULL`, id)
		if err != nil {
			return err
		}
		k, s := scanKey(row), &Streamer{}
		if k.Streamer != 0 {
			if s, err = tx.streamer(k.Streamer); err != nil {
				return err
			}
		}
		if err := edit(tx, k); err != nil {
			return err
		}
		return tx.audit(Entry{Actor: actor, Action: action, Streamer: s, Detail: map[string]any{"key": id, "role": k.Role}})
	})
	if err != nil {
		return fmt.Errorf("%s %d: %w", action, id, err)
	}
	return nil
}

// Keys lists a streamer's keys by id, the revoked ones too; streamer 0 lists the admin
// keys. limit is 1 to 1000.
func (r *Registry) Keys(ctx context.Context, streamer scope.StreamerID, after int64, limit int) ([]Key, error) {
	all := []Key{}
	err := r.each(ctx, `
		SELECT `+keyColumns+`
		FROM keys
		WHERE streamer_id IS nullif(?1, 0)
		  AND id > ?2
		ORDER BY id
		LIMIT ?3`,
		func(row []driver.Value) error { all = append(all, scanKey(row)); return nil },
		int64(streamer), after, int64(min(max(limit, 1), 1000)))
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return all, nil
}

// KeyByID finds a key, revoked or not, or returns ErrNotFound.
func (r *Registry) KeyByID(ctx context.Context, id int64) (Key, error) {
	row, err := r.one(ctx, `SELECT `+keyColumns+` FROM keys WHERE id = ?1`, id)
	if err != nil {
		return Key{}, fmt.Errorf("key %d: %w", id, err)
	}
	return scanKey(row), nil
}

// Authenticate answers whose key a secret is, from memory when it was asked before, or
// returns ErrUnknownKey.
func (r *Registry) Authenticate(ctx context.Context, secret string) (Key, error) {
	if !isSecret(secret, string(RoleAdmin), string(RoleOwner), string(RoleOverlay)) {
		return Key{}, ErrUnknownKey
	}
	hash := cacheKey{hash: sha256.Sum256([]byte(secret))}
	if k, ok := r.cache.get(hash); ok {
		return r.alive(k.(*Key))
	}
	epoch := r.cache.begin()
	row, err := r.one(ctx, `SELECT `+keyColumns+` FROM keys WHERE hash = ?1 AND `+ofSomebody, hash.hash[:])
	if isNotFound(err) {
		return Key{}, ErrUnknownKey
	}
	if err != nil {
		return Key{}, fmt.Errorf("authenticate: %w", err)
	}
	k := scanKey(row)
	r.cache.put(epoch, hash, &k)
	return r.alive(&k)
}

func (r *Registry) alive(k *Key) (Key, error) {
	if k.RevokedAt != nil || k.ExpiresAt != nil && !r.o.Now().Before(*k.ExpiresAt) {
		return Key{}, ErrUnknownKey
	}
	return *k, nil
}
