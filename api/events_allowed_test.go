package api

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

// Who listens is asked again whether he may. That is no request of his: it neither uses up what
// his streamer's limit leaves for others, nor is he cut for want of it.
func TestFollowersListenAsLongAsTheirKeyCounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.server.live.pulse = 20 * time.Millisecond
	key, secret, err := h.store.CreateKey(t.Context(), registry.RoleOverlay, h.alice.ID, "", "test")
	require.NoError(t, err)
	l := h.listen("/alice/api/events", secret)
	require.Equal(t, "snapshot", l.next().Type)
	h.ask("PATCH", "/api/streamers/alice", h.adminKey, `{"limits":{"requestsPerSecond":1}}`).ok(200, nil)
	for i := range 5 {
		time.Sleep(60 * time.Millisecond)
		require.NoError(t, h.store.Tenant(h.alice.ID).SetLastEvent(t.Context(), json.RawMessage(`{"details":"`+strconv.Itoa(i)+`"}`)))
		l.until("lastEvent")
	}
	h.ask("GET", "/alice/api/goals", "", "").ok(200, nil)

	require.NoError(t, h.store.RevokeKey(t.Context(), key.ID, "test"))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, _, err = l.conn.Read(ctx)
	require.Equal(t, websocket.StatusPolicyViolation, websocket.CloseStatus(err), err)
}
