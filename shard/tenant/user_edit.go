package tenant

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"streamvault/shard/scope"
)

// UserEditor makes, changes and removes viewers.
type UserEditor interface {
	CreateUser(ctx context.Context, n NewUser) (User, error)
	EnsureUser(ctx context.Context, name string) (User, error)
	UpdateUser(ctx context.Context, id UserID, c UserChange) (User, error)
	SetProfile(ctx context.Context, name string, p Profile) (User, error)
	DeleteUser(ctx context.Context, id UserID) error
}

// NewUser is a viewer to be made. Username is 1 to MaxName characters of UTF-8 without
// control characters; VoiceID and Country are at most 100 characters without them. DropImage is at
// most 2048 characters and begins with https://, http:// or one /.
type NewUser struct {
	Username                    string
	VoiceID, DropImage, Country *string
}

// UserChange says what to change; what is nil stays. A balance that is set gets a ledger
// row with source admin and Reason for its difference.
type UserChange struct {
	Username                    *string
	VoiceID, DropImage, Country Text
	Channel, Drop, Drops        *int64 // 0 to MaxPoints
	Reason                      string
}

// Profile is what a viewer says of himself; what is not set stays.
type Profile struct{ VoiceID, DropImage, Country Text }

// Text is a change of an optional text: the zero value leaves it, Set with a nil Value
// clears it.
type Text struct {
	Set   bool
	Value *string
}

func (t Text) or(old *string) *string {
	if t.Set {
		return t.Value
	}
	return old
}

var insertUser = scope.SQL(`
	INSERT INTO users (streamer_id, username, username_key, voice_id, drop_image, country, created_at, updated_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
	RETURNING id`)

var insertPoints = scope.SQL(`
	INSERT INTO user_points (streamer_id, user_id, updated_at)
	VALUES (?1, ?2, ?3)`)

var updateUser = scope.SQL(`
	UPDATE users
	SET username = ?3, username_key = ?4, twin = 0, voice_id = ?5, drop_image = ?6, country = ?7, updated_at = ?8
	WHERE streamer_id = ?1
	  AND id = ?2`)

var updateUserDetails = scope.SQL(`
	UPDATE users
	SET voice_id = ?3, drop_image = ?4, country = ?5, updated_at = ?6
	WHERE streamer_id = ?1
	  AND id = ?2`)

var deleteUser = scope.SQL(`
	DELETE FROM users
	WHERE streamer_id = ?1
	  AND id = ?2`)

func scanID(r scope.Row) int64 { return r.Int(0) }

// CreateUser makes a viewer without points, or returns ErrConflict when the name is
// taken whatever the case of A to Z, or an InvalidError.
func (s *Store) CreateUser(ctx context.Context, n NewUser) (User, error) {
	if err := n.check(); err != nil {
		return User{}, err
	}
	var u User
	err := s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		u, err = addUser(ctx, tx, n, s.now())
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("create user %q: %w", n.Username, err)
	}
	return u, nil
}

// EnsureUser finds a viewer by name and makes one when there is none, as chat needs.
func (s *Store) EnsureUser(ctx context.Context, name string) (User, error) {
	u, err := s.UserByName(ctx, name)
	if !errors.Is(err, scope.ErrNotFound) {
		return u, err
	}
	var made User
	err = s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		made, err = ensureUser(ctx, tx, name, s.now())
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("ensure user %q: %w", name, err)
	}
	return made, nil
}

// ensureUser is EnsureUser inside a transaction.
func ensureUser(ctx context.Context, tx *scope.Tx, name string, now time.Time) (User, error) {
	u, err := findUser(ctx, tx, name)
	if !errors.Is(err, scope.ErrNotFound) {
		return u, err
	}
	if err := checkName(name); err != nil {
		return User{}, err
	}
	return addUser(ctx, tx, NewUser{Username: name}, now)
}

func addUser(ctx context.Context, tx *scope.Tx, n NewUser, now time.Time) (User, error) {
	id, err := scope.One(ctx, tx, insertUser, scanID,
		n.Username, nameKey(n.Username), n.VoiceID, n.DropImage, n.Country, now)
	if err != nil {
		return User{}, err
	}
	if _, err := tx.Exec(ctx, insertPoints, id, now); err != nil {
		return User{}, err
	}
	return scope.One(ctx, tx, userByID, scanUser, id)
}

// UpdateUser changes a viewer and returns it as it is then. ErrNotFound, ErrConflict when
// the new name is taken, or an InvalidError; then nothing has changed.
func (s *Store) UpdateUser(ctx context.Context, id UserID, c UserChange) (User, error) {
	if err := c.check(); err != nil {
		return User{}, err
	}
	var u User
	err := s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		u, err = change(ctx, tx, id, c, s.now())
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("update user %d: %w", id, err)
	}
	return u, nil
}

func change(ctx context.Context, tx *scope.Tx, id UserID, c UserChange, now time.Time) (User, error) {
	u, err := scope.One(ctx, tx, userByID, scanUser, id)
	if err != nil {
		return User{}, err
	}
	voice, image, country := c.VoiceID.or(u.VoiceID), c.DropImage.or(u.DropImage), c.Country.or(u.Country)
	if c.Username != nil && *c.Username != u.Username {
		_, err = tx.Exec(ctx, updateUser, id, *c.Username, nameKey(*c.Username), voice, image, country, now)
	} else {
		_, err = tx.Exec(ctx, updateUserDetails, id, voice, image, country, now)
	}
	if err != nil {
		return User{}, err
	}
	if err := setPoints(ctx, tx, u, c, now); err != nil {
		return User{}, err
	}
	return scope.One(ctx, tx, userByID, scanUser, id)
}

// SetProfile changes what the viewer of this name says of himself and returns him as he is
// then. An unknown viewer is created. It returns an InvalidError; then nothing has changed.
func (s *Store) SetProfile(ctx context.Context, name string, p Profile) (User, error) {
	c := UserChange{VoiceID: p.VoiceID, DropImage: p.DropImage, Country: p.Country}
	if err := c.check(); err != nil {
		return User{}, err
	}
	var u User
	err := s.db.Write(ctx, func(tx *scope.Tx) error {
		found, err := ensureUser(ctx, tx, name, s.now())
		if err != nil {
			return err
		}
		u, err = change(ctx, tx, found.ID, c, s.now())
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("set profile of %q: %w", name, err)
	}
	return u, nil
}

// DeleteUser removes a viewer with everything that belongs to it, or returns ErrNotFound.
func (s *Store) DeleteUser(ctx context.Context, id UserID) error {
	n, err := s.db.Exec(ctx, deleteUser, id)
	if err == nil && n == 0 {
		err = scope.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("delete user %d: %w", id, err)
	}
	return nil
}

func (n NewUser) check() error {
	return errors.Join(checkName(n.Username), checkDetails(n.VoiceID, n.DropImage, n.Country))
}

func (c UserChange) check() error {
	errs := []error{checkDetails(c.VoiceID.Value, c.DropImage.Value, c.Country.Value)}
	if c.Username != nil {
		errs = append(errs, checkName(*c.Username))
	}
	for field, n := range map[string]*int64{"channelPoints": c.Channel, "dropPoints": c.Drop, "totalDrops": c.Drops} {
		if n != nil && (*n < 0 || *n > MaxPoints) {
			errs = append(errs, &InvalidError{field, "must be 0 to 1000000000000"})
		}
	}
	return errors.Join(errs...)
}

func checkDetails(voice, image, country *string) error {
	return errors.Join(checkLine("voiceId", voice, 100), checkPicture(image), checkLine("country", country, 100))
}

// checkLine refuses what is too long or has control characters.
func checkLine(field string, s *string, most int) error {
	if s != nil && strings.ContainsFunc(*s, unicode.IsControl) {
		return &InvalidError{field, "must not contain control characters"}
	}
	return checkText(field, s, most)
}

// checkPicture refuses addresses that a page would run, or that lead elsewhere unseen.
func checkPicture(address *string) error {
	if address != nil && *address != "" {
		own := strings.HasPrefix(*address, "/") && !strings.HasPrefix(*address, "//")
		if !own && !strings.HasPrefix(*address, "https://") && !strings.HasPrefix(*address, "http://") {
			return &InvalidError{"dropImage", "must begin with https://, http:// or one /"}
		}
	}
	return checkLine("dropImage", address, 2048)
}
