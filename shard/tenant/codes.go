package tenant

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

const (
	// codeAlphabet leaves out what is mistaken for something else when read from a
	// screen: 0 O, 1 I L, 2 Z, 5 S, 8 B. 25 letters make 244 million codes.
	codeAlphabet = "34679ACDEFGHJKMNPQRTUVWXY"
	codeLength   = 6
	codeTries    = 5
	codeLife     = 5 * time.Minute
)

// Code is shown to a viewer on the page; he types it in chat, which knows who he is.
type Code struct {
	Code      string    // 6 of 34679ACDEFGHJKMNPQRTUVWXY
	ExpiresAt time.Time // 5 minutes after it was made
}

// Checked says whether a code was confirmed in chat.
type Checked struct {
	Verified     bool
	SessionToken string // when verified: opens a ViewerSession
}

// ErrCodeWaits says that chat has confirmed a code of this name, and its page has not
// fetched the session yet. It lasts 5 minutes from when the code was made.
var ErrCodeWaits = errors.New("a code that chat has confirmed waits for its page")

// CodeStore signs viewers in by a code that they repeat in chat. One code a name is
// pending; it lives 5 minutes, works once, and dies of the fifth wrong try, whichever way
// the tries came in. Anybody may ask for a code of any name, so a new one takes the place
// of one that waits for chat, never of one that chat has confirmed. Names and codes compare
// whatever the case of A to Z.
type CodeStore interface {
	NewCode(ctx context.Context, username string) (Code, error)
	CheckCode(ctx context.Context, username, code string) (Checked, error)
	ConfirmCode(ctx context.Context, username, code string) error
}

var insertCode = scope.SQL(`
	INSERT INTO verification_codes (streamer_id, username_key, username, code_hash, tries_left, created_at, expires_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
	ON CONFLICT (streamer_id, username_key) DO UPDATE
	SET username = ?3, code_hash = ?4, tries_left = ?5, confirmed_at = NULL, created_at = ?6, expires_at = ?7`)

var livingCode = scope.SQL(`
	SELECT username, code_hash, confirmed_at
	FROM verification_codes
	WHERE streamer_id = ?1
	  AND username_key = ?2
	  AND expires_at > ?3
	  AND tries_left > 0`)

var useUpTry = scope.SQL(`
	UPDATE verification_codes
	SET tries_left = tries_left - 1
	WHERE streamer_id = ?1
	  AND username_key = ?2
	  AND tries_left > 0`)

// The name is kept as chat spells it, for it is chat that vouches for it.
var confirmCode = scope.SQL(`
	UPDATE verification_codes
	SET confirmed_at = ?3, username = ?4
	WHERE streamer_id = ?1
	  AND username_key = ?2`)

var deleteCode = scope.SQL(`
	DELETE FROM verification_codes
	WHERE streamer_id = ?1
	  AND username_key = ?2`)

var sweepCodes = scope.SQL(`
	DELETE FROM verification_codes
	WHERE streamer_id = ?1
	  AND expires_at <= ?2`)

// pending is a code that can still be used.
type pending struct {
	username  string
	hash      []byte
	confirmed bool
}

func scanPending(r scope.Row) pending { return pending{r.Text(0), r.Bytes(1), !r.IsNull(2)} }

func (p pending) fits(username, code string) bool {
	return subtle.ConstantTimeCompare(p.hash, codeHash(username, code)) == 1
}

// NewCode makes a code for a name, known or not, in the place of the one before. No viewer
// is created. It returns an InvalidError for what no viewer can be called, and ErrCodeWaits
// while the one before is confirmed, living and not used.
func (s *Store) NewCode(ctx context.Context, username string) (Code, error) {
	var made Code
	err := s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		made, err = newCode(ctx, tx, username, s.now())
		return err
	})
	if err != nil {
		return Code{}, fmt.Errorf("new code of %q: %w", username, err)
	}
	return made, nil
}

func newCode(ctx context.Context, tx *scope.Tx, username string, now time.Time) (Code, error) {
	if _, err := findUser(ctx, tx, username); errors.Is(err, scope.ErrNotFound) {
		err = checkName(username)
		if err != nil {
			return Code{}, err
		}
	} else if err != nil {
		return Code{}, err
	}
	if err := replaceable(ctx, tx, username, now); err != nil {
		return Code{}, err
	}
	if _, err := tx.Exec(ctx, sweepCodes, now); err != nil {
		return Code{}, err
	}
	now = now.UTC().Truncate(time.Millisecond)
	made := Code{Code: randomCode(), ExpiresAt: now.Add(codeLife)}
	_, err := tx.Exec(ctx, insertCode, nameKey(username), username, codeHash(username, made.Code), codeTries, now, made.ExpiresAt)
	return made, err
}

// replaceable says whether a name's code may make way for another.
func replaceable(ctx context.Context, tx *scope.Tx, username string, now time.Time) error {
	p, err := scope.One(ctx, tx, livingCode, scanPending, nameKey(username), now)
	switch {
	case errors.Is(err, scope.ErrNotFound):
		return nil
	case err == nil && p.confirmed:
		return ErrCodeWaits
	}
	return err
}

// CheckCode asks for the page whether chat has confirmed a code. If so the code is used up
// and the viewer's session starts, in one transaction; an unknown viewer is created then,
// as chat spells him. It returns ErrNotFound when there is no such code or it has died. A
// wrong code uses up a try; asking with the right one costs nothing.
func (s *Store) CheckCode(ctx context.Context, username, code string) (Checked, error) {
	p, err := scope.One(ctx, s.db, livingCode, scanPending, nameKey(username), s.now())
	if err == nil && p.fits(username, code) && !p.confirmed {
		return Checked{}, nil // pages ask every other second: no write
	}
	if err != nil {
		return Checked{}, fmt.Errorf("check code of %q: %w", username, err)
	}
	var (
		done  Checked
		right bool
	)
	err = s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		now := s.now()
		right, err = tryCode(ctx, tx, username, code, now, func(p pending) (err error) {
			done, err = redeem(ctx, tx, p, nameKey(username), now)
			return err
		})
		return err
	})
	if err == nil && !right {
		err = scope.ErrNotFound
	}
	if err != nil {
		return Checked{}, fmt.Errorf("check code of %q: %w", username, err)
	}
	return done, nil
}

func redeem(ctx context.Context, tx *scope.Tx, p pending, key string, now time.Time) (Checked, error) {
	if !p.confirmed {
		return Checked{}, nil
	}
	if _, err := tx.Exec(ctx, deleteCode, key); err != nil {
		return Checked{}, err
	}
	token, _, err := startSession(ctx, tx, p.username, now)
	return Checked{Verified: true, SessionToken: token}, err
}

// ConfirmCode tells that chat has seen username, whom it knows to be him, type code. It
// returns ErrNotFound when there is no such code or it has died; a wrong code uses up a
// try. Confirming twice is once.
func (s *Store) ConfirmCode(ctx context.Context, username, code string) error {
	var right bool
	err := s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		right, err = confirm(ctx, tx, username, code, s.now())
		return err
	})
	if err == nil && !right {
		err = scope.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("confirm code of %q: %w", username, err)
	}
	return nil
}

// confirm is ConfirmCode inside a transaction, which has to end well for a wrong code too.
func confirm(ctx context.Context, tx *scope.Tx, username, code string, now time.Time) (right bool, err error) {
	return tryCode(ctx, tx, username, code, now, func(pending) error {
		_, err := tx.Exec(ctx, confirmCode, nameKey(username), now, username)
		return err
	})
}

// tryCode runs do when the code is right. When it is wrong the try that it used up stays,
// and so the transaction ends well.
func tryCode(ctx context.Context, tx *scope.Tx, username, code string, now time.Time, do func(pending) error) (right bool, err error) {
	p, err := scope.One(ctx, tx, livingCode, scanPending, nameKey(username), now)
	if err != nil {
		return false, err
	}
	if p.fits(username, code) {
		return true, do(p)
	}
	_, err = tx.Exec(ctx, useUpTry, nameKey(username))
	return false, err
}

// codeHash is what the file keeps of a code. The name is in it, so that equal codes of two
// viewers do not look alike.
func codeHash(username, code string) []byte {
	sum := sha256.Sum256([]byte("code " + nameKey(code) + " of " + nameKey(username)))
	return sum[:]
}

// randomCode draws each character by itself; bytes that would favour the first ones of
// the alphabet are drawn again.
func randomCode() string {
	const fair = 256 - 256%len(codeAlphabet)
	code := make([]byte, 0, codeLength)
	var b [1]byte
	for len(code) < codeLength {
		_, _ = rand.Read(b[:]) // never fails
		if int(b[0]) < fair {
			code = append(code, codeAlphabet[int(b[0])%len(codeAlphabet)])
		}
	}
	return string(code)
}
