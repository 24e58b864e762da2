package registry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"streamvault/migrations"
	"streamvault/shard/scope"
)

// NewStreamer is a streamer to be made. Username is a channel; DisplayName is 1 to 200
// characters and defaults to Username; KickUserID is at most 64 bytes.
type NewStreamer struct {
	Username, DisplayName string
	KickUserID, AvatarURL *string
	Actor                 string // who asks, for the audit log
}

// CreateStreamer makes a streamer with a new file of its own and its owner key. The
// file is whole and in its place before the row that names it is committed: a failure or
// crash anywhere leaves no streamer.
func (r *Registry) CreateStreamer(ctx context.Context, n NewStreamer) (s *Streamer, ownerKey string, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		s, err = r.insert(tx, n, Active)
		if err != nil {
			return err
		}
		built := make(chan error, 1) // beside the rows: most of it is waiting for the disk
		go func() { built <- r.buildNew(s, tx.now) }()
		k, secret, err := r.insertKey(tx, RoleOwner, s.ID, "owner")
		if err == nil {
			ownerKey = secret
			err = tx.audit(Entry{Actor: n.Actor, Action: "streamer.create", Streamer: s, Detail: map[string]any{"ownerKey": k.ID}})
		}
		return errors.Join(<-built, err)
	})
	if err != nil {
		return nil, "", fmt.Errorf("create streamer %q: %w", n.Username, err)
	}
	return s, ownerKey, nil
}

// buildNew makes the file of a streamer that has none, with what every streamer begins with. Should the transaction fail
// later, the file is an orphan that no row names.
func (r *Registry) buildNew(s *Streamer, now time.Time) error {
	id := r.Identity(s)
	image, err := r.o.Tenant.Image(&id, s.SchemaVersion, now, func(c *migrations.Conn) error {
		return migrations.Seed(c, int64(s.ID), now)
	})
	if err != nil {
		return err
	}
	name := shardName(s.ID, s.Generation)
	if _, err := r.dir.root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		if err := r.dir.orphan(name, now); err != nil {
			return err
		}
	}
	return r.dir.write(name, image)
}

// insert checks a new streamer and gives it its id.
func (r *Registry) insert(tx *Tx, n NewStreamer, state State) (*Streamer, error) {
	username, err := Channel(n.Username)
	if err != nil {
		return nil, err
	}
	if n.DisplayName == "" {
		n.DisplayName = n.Username
	}
	if err := checkDetails(&n.DisplayName, n.KickUserID, n.AvatarURL); err != nil {
		return nil, err
	}
	if err := tx.free(0, &username, n.KickUserID); err != nil {
		return nil, err
	}
	if err := tx.forgetName(username); err != nil {
		return nil, err
	}
	id, err := tx.row(`
		INSERT INTO streamers (username, display_name, kick_user_id, avatar_url, state, generation, shard_uuid,
		                       schema_version, created_at, updated_at, state_since)
		SELECT ?1, ?2, ?3, ?4, ?5, 1, ?6, target_version, ?7, ?7, ?7
		FROM fleet
		WHERE id = 1
		RETURNING id`,
		username, n.DisplayName, orNull(n.KickUserID), orNull(n.AvatarURL), string(state), newUUID(), tx.now.UnixMilli())
	if err != nil {
		return nil, err
	}
	wrapped, err := r.master.newDataKey(scope.StreamerID(id[0].(int64)))
	if err != nil {
		return nil, err
	}
	if err := tx.run(`UPDATE streamers SET data_key = ?2 WHERE id = ?1`, id[0], wrapped); err != nil {
		return nil, err
	}
	return tx.streamer(scope.StreamerID(id[0].(int64)))
}

func (t *Tx) streamer(id scope.StreamerID) (*Streamer, error) {
	row, err := t.row(`SELECT `+streamerColumns+` FROM streamers WHERE id = ?1`, int64(id))
	if err != nil {
		return nil, err
	}
	return scanStreamer(row), nil
}

// free says whose a name or Kick id is already, apart from the streamer self.
func (t *Tx) free(self scope.StreamerID, username, kickID *string) error {
	for _, c := range []struct {
		what, sql string
		value     *string
	}{
		{"channel", `SELECT state, NULL FROM streamers WHERE username = ?1 AND id <> ?2 AND ?3 > 0`, username},
		{"channel", `SELECT '', until FROM former_names WHERE username = ?1 AND streamer_id <> ?2 AND until > ?3`, username},
		{"Kick id", `SELECT state, NULL FROM streamers WHERE kick_user_id = ?1 AND id <> ?2 AND ?3 > 0`, kickID},
	} {
		if c.value == nil {
			continue
		}
		row, err := t.row(c.sql, *c.value, int64(self), t.now.UnixMilli())
		if err == nil {
			trashed := State(text(row[0])) == Trashed
			return &TakenError{What: c.what, Value: *c.value, Until: momentOrNil(row[1]), Trashed: trashed}
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

func checkDetails(display, kick, avatar *string) error {
	for _, c := range []struct {
		what     string
		value    *string
		min, max int
	}{{"displayName", display, 1, 200}, {"kickUserId", kick, 1, 64}, {"avatarUrl", avatar, 0, 2048}} {
		if c.value == nil {
			continue
		}
		if n := utf8.RuneCountInString(*c.value); n < c.min || n > c.max || !utf8.ValidString(*c.value) {
			return &InvalidError{c.what, fmt.Sprintf("must be %d to %d characters", c.min, c.max)}
		}
		if strings.ContainsFunc(*c.value, unicode.IsControl) {
			return &InvalidError{c.what, "must not contain control characters"}
		}
	}
	if avatar != nil && *avatar != "" {
		if u, err := url.Parse(*avatar); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return &InvalidError{"avatarUrl", "must begin with https:// or http://"}
		}
	}
	return nil
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
