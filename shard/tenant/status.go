package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// StreamStatus says whether the stream is live, and what happened last.
type StreamStatus struct {
	Live      bool
	LastEvent json.RawMessage // a JSON object; nil when there was none
	UpdatedAt time.Time       // zero when nothing was ever stored
}

// StatusStore keeps the stream's status.
type StatusStore interface {
	StreamStatus(ctx context.Context) (StreamStatus, error)
	SetLive(ctx context.Context, live bool) error
	SetLastEvent(ctx context.Context, event json.RawMessage) error
}

var streamStatus = scope.SQL(`
	SELECT live, last_event, updated_at
	FROM stream_status
	WHERE streamer_id = ?1`)

var setLive = scope.SQL(`
	INSERT INTO stream_status (streamer_id, live, updated_at)
	VALUES (?1, ?2, ?3)
	ON CONFLICT (streamer_id) DO UPDATE
	SET live = ?2, updated_at = ?3`)

var setLastEvent = scope.SQL(`
	INSERT INTO stream_status (streamer_id, last_event, updated_at)
	VALUES (?1, ?2, ?3)
	ON CONFLICT (streamer_id) DO UPDATE
	SET last_event = ?2, updated_at = ?3`)

func scanStatus(r scope.Row) StreamStatus {
	st := StreamStatus{Live: r.Bool(0), UpdatedAt: r.Time(2)}
	if !r.IsNull(1) {
		st.LastEvent = json.RawMessage(r.Text(1))
	}
	return st
}

// StreamStatus returns the status; a stream of which nothing is known is not live.
func (s *Store) StreamStatus(ctx context.Context) (StreamStatus, error) {
	st, err := scope.One(ctx, s.db, streamStatus, scanStatus)
	if err != nil && !errors.Is(err, scope.ErrNotFound) {
		return StreamStatus{}, fmt.Errorf("stream status: %w", err)
	}
	return st, nil
}

// SetLive says that the stream went live or ended. The last event stays.
func (s *Store) SetLive(ctx context.Context, live bool) error {
	if _, err := s.db.Exec(ctx, setLive, live, s.now()); err != nil {
		return fmt.Errorf("set live: %w", err)
	}
	return nil
}

// SetLastEvent keeps an event: a JSON object of at most 64 KiB, or it is an InvalidError.
// Whether the stream is live stays as it is.
func (s *Store) SetLastEvent(ctx context.Context, event json.RawMessage) error {
	body, err := object("event", event)
	if err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, setLastEvent, body, s.now()); err != nil {
		return fmt.Errorf("set last event: %w", err)
	}
	return nil
}
