package tenant

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

const (
	sessionLife      = 7 * 24 * time.Hour
	sessionPrefix    = "sv_viewer_"
	maxSessionSecret = 512 // bytes
)

// ViewerSession keeps one viewer signed in for 7 days.
type ViewerSession struct {
	ID        int64
	User      UserID
	Username  string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// SessionStore signs viewers in and out. A token is returned once; only its SHA-256 is
// kept. Tokens that the old app issued work until they expire.
type SessionStore interface {
	StartSession(ctx context.Context, username string) (token string, s ViewerSession, err error)
	Session(ctx context.Context, token string) (ViewerSession, error)
	EndSession(ctx context.Context, token string) error
	EndSessions(ctx context.Context, user UserID) (int64, error)
}

var insertSession = scope.SQL(`
	INSERT INTO user_sessions (streamer_id, user_id, token_hash, created_at, expires_at)
	VALUES (?1, ?2, ?3, ?4, ?5)
	RETURNING id`)

var sessionByHash = scope.SQL(`
	SELECT s.id, s.user_id, u.username, s.created_at, s.expires_at
	FROM user_sessions s
	JOIN users u ON u.streamer_id = s.streamer_id AND u.id = s.user_id
	WHERE s.streamer_id = ?1
	  AND s.token_hash = ?2
	  AND s.expires_at > ?3`)

var deleteSession = scope.SQL(`
	DELETE FROM user_sessions
	WHERE streamer_id = ?1
	  AND token_hash = ?2`)

var deleteSessionsOfUser = scope.SQL(`
	DELETE FROM user_sessions
	WHERE streamer_id = ?1
	  AND user_id = ?2`)

var sweepSessions = scope.SQL(`
	DELETE FROM user_sessions
	WHERE streamer_id = ?1
	  AND expires_at <= ?2`)

func scanSession(r scope.Row) ViewerSession {
	return ViewerSession{ID: r.Int(0), User: UserID(r.Int(1)), Username: r.Text(2), CreatedAt: r.Time(3), ExpiresAt: r.Time(4)}
}

// StartSession signs a viewer in. An unknown one is created, or refused with an
// InvalidError when the name is none. Who calls has made sure that it is him.
func (s *Store) StartSession(ctx context.Context, username string) (string, ViewerSession, error) {
	var token string
	var made ViewerSession
	err := s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		token, made, err = startSession(ctx, tx, username, s.now())
		return err
	})
	if err != nil {
		return "", ViewerSession{}, fmt.Errorf("start session of %q: %w", username, err)
	}
	return token, made, nil
}

// startSession is StartSession inside a transaction. It sweeps expired ones.
func startSession(ctx context.Context, tx *scope.Tx, username string, now time.Time) (string, ViewerSession, error) {
	if _, err := tx.Exec(ctx, sweepSessions, now); err != nil {
		return "", ViewerSession{}, err
	}
	u, err := ensureUser(ctx, tx, username, now)
	if err != nil {
		return "", ViewerSession{}, err
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	token := sessionPrefix + base64.RawURLEncoding.EncodeToString(secret[:])
	now = now.UTC().Truncate(time.Millisecond)
	made := ViewerSession{User: u.ID, Username: u.Username, CreatedAt: now, ExpiresAt: now.Add(sessionLife)}
	made.ID, err = scope.One(ctx, tx, insertSession, scanID, u.ID, sessionHash(token), made.CreatedAt, made.ExpiresAt)
	return token, made, err
}

// Session finds whose token it is, or returns ErrNotFound: unknown, ended, expired, or
// longer than 512 bytes.
func (s *Store) Session(ctx context.Context, token string) (ViewerSession, error) {
	if len(token) > maxSessionSecret {
		return ViewerSession{}, fmt.Errorf("session: %w", scope.ErrNotFound)
	}
	found, err := scope.One(ctx, s.db, sessionByHash, scanSession, sessionHash(token), s.now())
	if err != nil {
		return ViewerSession{}, fmt.Errorf("session: %w", err)
	}
	return found, nil
}

// EndSession signs out what a token opened, or returns ErrNotFound when it opens nothing.
func (s *Store) EndSession(ctx context.Context, token string) error {
	if _, err := s.Session(ctx, token); err != nil {
		return err
	}
	if err := existing(ctx, s.db, deleteSession, sessionHash(token)); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// EndSessions signs a viewer out everywhere and returns how many sessions that ended,
// expired ones that were not yet swept included. An unknown viewer has none.
func (s *Store) EndSessions(ctx context.Context, user UserID) (int64, error) {
	n, err := s.db.Exec(ctx, deleteSessionsOfUser, user)
	if err != nil {
		return 0, fmt.Errorf("end sessions of user %d: %w", user, err)
	}
	return n, nil
}

// sessionHash is what the file keeps of a token, new or of the old app.
func sessionHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
