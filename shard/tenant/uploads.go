package tenant

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

const (
	// MaxUploadBytes is how long the body of an upload can be.
	MaxUploadBytes = 2 << 20
	// keptUploads is how many uploads a viewer has; the next one drops his oldest.
	keptUploads = 3
)

// UploadID names an upload; like UserID it resolves in one streamer's file only.
type UploadID int64

// Upload is a picture of a viewer.
type Upload struct {
	ID          UploadID
	User        UserID
	ContentType string // image/png, image/jpeg, image/gif or image/webp
	SHA256      [32]byte
	Size        int64  // bytes, 1 to MaxUploadBytes
	Body        []byte // nil in listings
	CreatedAt   time.Time
}

// UploadStore keeps viewers' pictures in the streamer's own file.
type UploadStore interface {
	SaveUpload(ctx context.Context, username, contentType string, body []byte, address func(UploadID) string) (Upload, error)
	Upload(ctx context.Context, id UploadID) (Upload, error)
	UserUploads(ctx context.Context, user UserID) ([]Upload, error)
	DeleteUpload(ctx context.Context, id UploadID) error
}

var insertUpload = scope.SQL(`
	INSERT INTO uploads (streamer_id, user_id, content_type, sha256, body, created_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6)
	RETURNING id`)

var dropOldUploads = scope.SQL(`
	DELETE FROM uploads
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND id <= (
	      SELECT o.id
	      FROM uploads o
	      WHERE o.streamer_id = ?1
	        AND o.user_id = ?2
	      ORDER BY o.id DESC
	      LIMIT 1 OFFSET ?3)`)

var uploadByID = scope.SQL(`
	SELECT id, user_id, content_type, sha256, length(body), created_at, body
	FROM uploads
	WHERE streamer_id = ?1
	  AND id = ?2`)

var uploadsOfUser = scope.SQL(`
	SELECT id, user_id, content_type, sha256, length(body), created_at
	FROM uploads
	WHERE streamer_id = ?1
	  AND user_id = ?2
	ORDER BY id DESC
	LIMIT ?3`)

var deleteUpload = scope.SQL(`
	DELETE FROM uploads
	WHERE streamer_id = ?1
	  AND id = ?2`)

// scanUpload reads all but the body.
func scanUpload(r scope.Row) Upload {
	return Upload{ID: UploadID(r.Int(0)), User: UserID(r.Int(1)), ContentType: r.Text(2),
		SHA256: [32]byte(r.Bytes(3)), Size: r.Int(4), CreatedAt: r.Time(5)}
}

// SaveUpload keeps a picture of 1 byte to MaxUploadBytes and drops the viewer's oldest
// beyond three, in one transaction; its address, when that is not nil, becomes the viewer's
// DropImage. An unknown viewer is created. It returns an InvalidError for other types and
// sizes; whether the body is what its type says is up to the caller.
func (s *Store) SaveUpload(ctx context.Context, username, contentType string, body []byte, address func(UploadID) string) (Upload, error) {
	if err := checkUpload(contentType, body); err != nil {
		return Upload{}, err
	}
	var made Upload
	sum := sha256.Sum256(body)
	err := s.db.Write(ctx, func(tx *scope.Tx) error {
		now := s.now().UTC().Truncate(time.Millisecond)
		u, err := ensureUser(ctx, tx, username, now)
		if err != nil {
			return err
		}
		id, err := scope.One(ctx, tx, insertUpload, scanID, u.ID, contentType, sum[:], body, now)
		if err != nil {
			return err
		}
		made = Upload{ID: UploadID(id), User: u.ID, ContentType: contentType, SHA256: sum,
			Size: int64(len(body)), Body: body, CreatedAt: now}
		if _, err = tx.Exec(ctx, dropOldUploads, u.ID, keptUploads); err != nil || address == nil {
			return err
		}
		_, err = tx.Exec(ctx, updateUserDetails, u.ID, u.VoiceID, address(made.ID), u.Country, now)
		return err
	})
	if err != nil {
		return Upload{}, fmt.Errorf("save upload of %q: %w", username, err)
	}
	return made, nil
}

// Upload returns a picture with its body, or ErrNotFound.
func (s *Store) Upload(ctx context.Context, id UploadID) (Upload, error) {
	found, err := scope.One(ctx, s.db, uploadByID, func(r scope.Row) Upload {
		u := scanUpload(r)
		u.Body = r.Bytes(6)
		return u
	}, id)
	if err != nil {
		return Upload{}, fmt.Errorf("upload %d: %w", id, err)
	}
	return found, nil
}

// UserUploads lists a viewer's pictures without their bodies, newest first. An unknown
// viewer has none.
func (s *Store) UserUploads(ctx context.Context, user UserID) ([]Upload, error) {
	all, err := scope.All(ctx, s.db, uploadsOfUser, scanUpload, user, MaxPage)
	if err != nil {
		return nil, fmt.Errorf("uploads of user %d: %w", user, err)
	}
	return all, nil
}

// DeleteUpload removes a picture, or returns ErrNotFound.
func (s *Store) DeleteUpload(ctx context.Context, id UploadID) error {
	if err := existing(ctx, s.db, deleteUpload, id); err != nil {
		return fmt.Errorf("delete upload %d: %w", id, err)
	}
	return nil
}

func checkUpload(contentType string, body []byte) error {
	switch contentType {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
	default:
		return &InvalidError{"contentType", "must be image/png, image/jpeg, image/gif or image/webp"}
	}
	if len(body) < 1 || len(body) > MaxUploadBytes {
		return &InvalidError{"body", "must be 1 to 2097152 bytes"}
	}
	return nil
}
