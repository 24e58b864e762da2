package registry

import (
	"context"
	"fmt"
	"slices"
	"time"

	"streamvault/shard/scope"
)

// Change says what to change of a streamer; what is nil stays, an empty KickUserID or
// AvatarURL is cleared.
type Change struct {
	Username, DisplayName, AvatarURL, KickUserID *string
	// NameGrace is how long the name that Username replaces still leads to the streamer; nil is
	// the registry's, none or less frees it at once.
	NameGrace *time.Duration
	Limits    LimitChange
}

// UpdateStreamer changes a streamer and returns it as it is then. Its file is not touched. It
// returns a StateError for one who is Gone.
func (r *Registry) UpdateStreamer(ctx context.Context, id scope.StreamerID, c Change, actor string) (s *Streamer, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		if s, err = tx.streamer(id); err != nil {
			return err
		}
		if s.Gone() {
			return wrongState(s)
		}
		before := s.Username
		if s, err = tx.change(*s, c, r.nameGrace(c)); err != nil {
			return err
		}
		return tx.audit(Entry{Actor: actor, Action: "streamer.update", Streamer: s, Detail: map[string]any{
			"before": before, "username": c.Username, "displayName": c.DisplayName, "kickUserId": c.KickUserID, "avatarUrl": c.AvatarURL,
			"quotaBytes": s.QuotaBytes, "limits": s.Limits}})
	})
	if err != nil {
		return nil, fmt.Errorf("update streamer %d: %w", id, err)
	}
	return s, nil
}

func (t *Tx) change(s Streamer, c Change, grace time.Duration) (*Streamer, error) {
	before := s.Username
	if c.Username != nil {
		username, err := Channel(*c.Username)
		if err != nil {
			return nil, err
		}
		s.Username = username
	}
	if c.DisplayName != nil {
		s.DisplayName = *c.DisplayName
	}
	s.KickUserID, s.AvatarURL = replaced(s.KickUserID, c.KickUserID), replaced(s.AvatarURL, c.AvatarURL)
	if err := checkDetails(&s.DisplayName, s.KickUserID, s.AvatarURL); err != nil {
		return nil, err
	}
	if err := s.limit(c.Limits); err != nil {
		return nil, err
	}
	if err := t.free(s.ID, &s.Username, s.KickUserID); err != nil {
		return nil, err
	}
	err := t.run(`
		UPDATE streamers
		SET username = ?2, display_name = ?3, kick_user_id = ?4, avatar_url = ?5, quota_bytes = ?6, limits = ?7, updated_at = ?8
		WHERE id = ?1`,
		int64(s.ID), s.Username, s.DisplayName, orNull(s.KickUserID), orNull(s.AvatarURL),
		numberOrNull(s.QuotaBytes), s.Limits.column(), t.now.UnixMilli())
	if err == nil && s.Username != before {
		err = t.rename(s.ID, before, s.Username, grace)
	}
	if err != nil {
		return nil, err
	}
	return t.streamer(s.ID)
}

// replaced is an optional text after a change in which "" clears it.
func replaced(old, change *string) *string {
	switch {
	case change == nil:
		return old
	case *change == "":
		return nil
	}
	return change
}

// SetState moves a streamer from one of the states in from to another, or returns
// ErrWrongState. The reason is shown to operators. One who was suspended meanwhile becomes
// Suspended instead of Active; only from Suspended to Active ends a suspension.
func (r *Registry) SetState(ctx context.Context, id scope.StreamerID, from []State, to State, reason, actor string) (s *Streamer, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		if err := tx.setState(id, from, to, reason); err != nil {
			return err
		}
		if s, err = tx.streamer(id); err != nil {
			return err
		}
		return tx.audit(Entry{Actor: actor, Action: "streamer." + string(to), Streamer: s, Detail: map[string]any{"reason": reason}})
	})
	if err != nil {
		return nil, fmt.Errorf("set state of streamer %d: %w", id, err)
	}
	return s, nil
}

func (t *Tx) setState(id scope.StreamerID, from []State, to State, reason string) error {
	s, err := t.streamer(id)
	if err != nil {
		return err
	}
	if !slices.Contains(from, s.State) {
		return wrongState(s)
	}
	suspension := s.Suspension
	switch {
	case to == Suspended:
		suspension = reason
	case to == Active && s.State == Suspended:
		suspension = ""
	case to == Active && suspension != "":
		to, reason = Suspended, suspension
	}
	return t.run(`
		UPDATE streamers
		SET state = ?2, state_reason = nullif(?3, ''), suspension = nullif(?4, ''), state_since = ?5, updated_at = ?5
		WHERE id = ?1`, int64(id), string(to), reason, suspension, t.now.UnixMilli())
}

// SuspendLater marks a streamer who is out of service as suspended: he stays what he is,
// and comes back as Suspended. It returns ErrWrongState when he is in service, or
// suspended already.
func (r *Registry) SuspendLater(ctx context.Context, id scope.StreamerID, reason, actor string) (s *Streamer, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		if s, err = tx.streamer(id); err != nil {
			return err
		}
		if s.Suspension != "" || !slices.Contains([]State{Quarantined, Held, Migrating}, s.State) {
			return wrongState(s)
		}
		if err := tx.run(`UPDATE streamers SET suspension = ?2, updated_at = ?3 WHERE id = ?1`, int64(id), reason, tx.now.UnixMilli()); err != nil {
			return err
		}
		if s, err = tx.streamer(id); err != nil {
			return err
		}
		return tx.audit(Entry{Actor: actor, Action: "streamer." + string(Suspended), Streamer: s, Detail: map[string]any{"reason": reason}})
	})
	if err != nil {
		return nil, fmt.Errorf("suspend streamer %d: %w", id, err)
	}
	return s, nil
}

// wrongState says what a streamer is, for whom that does not do.
func wrongState(s *Streamer) error {
	return &StateError{Username: s.Username, State: s.State, Reason: s.StateReason}
}

// NoteSchemaVersion records the schema version that a streamer's file was found at.
func (r *Registry) NoteSchemaVersion(ctx context.Context, id scope.StreamerID, version int) error {
	err := r.write(ctx, func(tx *Tx) error {
		return tx.run(`UPDATE streamers SET schema_version = ?2 WHERE id = ?1`, int64(id), int64(version))
	})
	if err != nil {
		return fmt.Errorf("note schema version of streamer %d: %w", id, err)
	}
	return nil
}

// NoteCommitMarks raises how many commits files are known to have had. A file that has
// fewer is an old copy.
func (r *Registry) NoteCommitMarks(ctx context.Context, marks map[scope.StreamerID]int64) error {
	err := r.write(ctx, func(tx *Tx) error {
		for id, mark := range marks {
			if err := tx.run(`UPDATE streamers SET commit_mark = ?2 WHERE id = ?1 AND commit_mark < ?2`, int64(id), mark); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note commit marks: %w", err)
	}
	return nil
}
