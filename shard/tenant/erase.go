package tenant

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"streamvault/shard/scope"
)

// PrivacyStore hands out and erases what is kept of one viewer.
type PrivacyStore interface {
	ExportUser(ctx context.Context, id UserID) (UserExport, error)
	EraseUser(ctx context.Context, id UserID) error
}

// EraseUser removes a viewer with everything that belongs to him, or returns ErrNotFound:
// points, both ledgers, inventory, purchases, drops, cooldowns, uploads, sessions; his
// pending code; rows of an old database that were parked and are his by his old id or
// mention him; the stream's last event when it mentions him.
//
// What stays: kept answers to requests with an Idempotency-Key, which hold no names, with the
// key's hash; they are forgotten after 7 days. And what others wrote - descriptions in the ledgers of other
// viewers, the streamer's own tips, goals and settings.
func (s *Store) EraseUser(ctx context.Context, id UserID) error {
	if err := s.eraseUser(ctx, id); err != nil {
		return fmt.Errorf("erase user %d: %w", id, err)
	}
	return nil
}

// Parked rows are made by an import and never after, so they can be looked through before
// the writer is taken.
func (s *Store) eraseUser(ctx context.Context, id UserID) error {
	u, err := s.User(ctx, id)
	if err != nil {
		return err
	}
	parked, err := s.parkedOf(ctx, u)
	if err != nil {
		return err
	}
	return s.db.Erase(ctx, func(tx *scope.Tx) error {
		u, err := scope.One(ctx, tx, userByID, scanUser, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteUser, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteCode, nameKey(u.Username)); err != nil {
			return err
		}
		for _, row := range parked {
			if _, err := tx.Exec(ctx, deleteReject, row); err != nil {
				return err
			}
		}
		return s.forgetEventOf(ctx, tx, u)
	})
}

// forgetEventOf clears the last event when it mentions a viewer.
func (s *Store) forgetEventOf(ctx context.Context, tx *scope.Tx, u User) error {
	st, err := scope.One(ctx, tx, streamStatus, scanStatus)
	if errors.Is(err, scope.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if st.LastEvent == nil || !jsonMentions(st.LastEvent, u.Username) {
		return nil
	}
	_, err = tx.Exec(ctx, setLastEvent, nil, s.now())
	return err
}

// parkedOf finds the rows of an old database that are about a viewer.
func (s *Store) parkedOf(ctx context.Context, u User) ([]int64, error) {
	var found []int64
	after := int64(0)
	for {
		rows, err := s.LegacyRejects(ctx, after, maxRejects)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if r.belongsTo(u) || jsonMentions(r.SourceRow, u.Username) {
				found = append(found, r.ID)
			}
		}
		if len(rows) < maxRejects {
			return found, nil
		}
		after = rows[len(rows)-1].ID
	}
}

// belongsTo says that a parked row carries the viewer's old id, which is the lower half of
// his new one. Viewers who came after the import have none.
func (r LegacyReject) belongsTo(u User) bool {
	column := "user_id"
	if r.SourceTable == "users" {
		column = "id"
	}
	var row map[string]struct{ Value json.RawMessage }
	if u.CreatedAt.After(r.CreatedAt) || json.Unmarshal(r.SourceRow, &row) != nil {
		return false
	}
	return string(row[column].Value) == fmt.Sprint(int64(u.ID)&0xffffffff)
}

// jsonMentions says that a name stands in a text of a document: in a value, in a key, or
// in bytes written as hex.
func jsonMentions(document json.RawMessage, name string) bool {
	var value any
	if json.Unmarshal(document, &value) != nil {
		return mentions(string(document), name)
	}
	return valueMentions(value, name)
}

func valueMentions(value any, name string) bool {
	switch v := value.(type) {
	case string:
		raw, err := hex.DecodeString(v)
		return mentions(v, name) || err == nil && mentions(string(raw), name)
	case []any:
		for _, e := range v {
			if valueMentions(e, name) {
				return true
			}
		}
	case map[string]any:
		for k, e := range v {
			if mentions(k, name) || valueMentions(e, name) {
				return true
			}
		}
	}
	return false
}

// mentions says that a name stands in a text, in any case of A to Z, not as a part of a
// longer word: who erases Ann keeps Annabel. An empty name stands nowhere.
func mentions(text, name string) bool {
	text, name = nameKey(text), nameKey(name)
	if name == "" {
		return false
	}
	for at := 0; ; at++ {
		next := strings.Index(text[at:], name)
		if next < 0 {
			return false
		}
		at += next
		end := at + len(name)
		if !(at > 0 && isWord(text[at-1]) && isWord(name[0])) &&
			!(end < len(text) && isWord(text[end]) && isWord(name[len(name)-1])) {
			return true
		}
	}
}

// isWord says that a byte is of an ASCII word. Other scripts have no such bounds.
func isWord(b byte) bool {
	return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || b == '_'
}
