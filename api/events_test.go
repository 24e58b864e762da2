package api

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// heard is a message as a follower gets it.
type heard struct {
	Type   string
	Number int64
	Data   json.RawMessage
}

// listener is a follower over a WebSocket.
type listener struct {
	testing.TB
	conn *websocket.Conn
}

func (h *house) listen(path, key string) *listener {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), 10*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, h.public.URL+path, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + key}}})
	require.NoError(h, err)
	conn.SetReadLimit(1 << 20)
	h.Cleanup(func() { _ = conn.CloseNow() })
	return &listener{h, conn}
}

func (l *listener) next() (m heard) {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), 10*time.Second)
	defer cancel()
	_, body, err := l.conn.Read(ctx)
	require.NoError(l, err)
	require.NoError(l, json.Unmarshal(body, &m))
	return m
}

// until skips messages up to one of a type.
func (l *listener) until(kind string) heard {
	l.Helper()
	for {
		if m := l.next(); m.Type == kind {
			return m
		}
	}
}

func TestFollowersSeeASnapshotAndThenChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	store := h.store.Tenant(h.alice.ID)
	_, err := store.SetGoal(t.Context(), tenant.Goal{ID: "followers", Label: "Followers", Current: 3, Target: 10, Enabled: true})
	require.NoError(t, err)
	l := h.listen("/alice/api/events", h.overlayKey)
	first := l.next()
	require.Equal(t, "snapshot", first.Type)
	var data map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(first.Data, &data))
	for _, part := range []string{"goals", "tips", "leaderboard", "powerups", "settings", "layout", "theme", "live", "lastEvent"} {
		require.Contains(t, data, part)
	}
	require.Contains(t, string(data["goals"]), `"followers":{"current":3,"target":10}`)
	require.Contains(t, string(data["goalList"]), `{"id":"followers","label":"Followers","current":3,"target":10}`)
	require.JSONEq(t, `{"points":[],"drops":[]}`, string(data["recent"]))

	h.ask("POST", "/alice/api/points/Bob", h.aliceKey, `{"amount":25,"source":"chat"}`).ok(200, nil)
	points := l.until("points")
	require.Contains(t, string(points.Data), `"username":"Bob"`)
	require.Contains(t, string(points.Data), `"amount":25`)
	board := l.until("leaderboard")
	require.Contains(t, string(board.Data), `"totalPoints":25`)
	require.Greater(t, board.Number, points.Number)
	h.ask("POST", "/alice/api/dropgame/score", h.aliceKey, `{"username":"Bob","score":7}`).ok(200, nil)
	require.Contains(t, string(l.until("drops").Data), `"score":7`)
	_, err = store.CreateTip(t.Context(), "a new tip", true)
	require.NoError(t, err)
	require.Contains(t, string(l.until("tips").Data), "a new tip")
	require.NoError(t, store.SetLastEvent(t.Context(), json.RawMessage(`{"type":"tip"}`)))
	last := l.until("lastEvent")

	again := h.listen("/alice/api/events?since="+strconv.FormatInt(points.Number, 10), h.overlayKey)
	for number := points.Number + 1; number <= last.Number; number++ {
		require.Equal(t, number, again.next().Number, "what was missed comes in order, without a snapshot")
	}
	fresh := h.listen("/alice/api/events?since=7", h.overlayKey).next()
	require.Equal(t, "snapshot", fresh.Type)
	require.NoError(t, json.Unmarshal(fresh.Data, &data))
	require.Contains(t, string(data["recent"]), `"points":[{"id":`, "who comes later sees what happened last")
	require.Contains(t, string(data["recent"]), `"score":7`)
}

// A layout that is changed is told by name, so that an overlay that shows it reads it again.
func TestFollowersHearOfNamedLayouts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.listen("/alice/api/events", h.overlayKey)
	require.Equal(t, "snapshot", l.next().Type)
	h.ask("POST", "/alice/api/overlay/layouts", h.aliceKey, `{"name":"Main stage","layout":{}}`).ok(201, nil)
	require.Contains(t, string(l.until("layouts").Data), `"name":"Main stage"`)
}

func TestATestAlertIsShown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.listen("/alice/api/events", h.overlayKey)
	require.Equal(t, "snapshot", l.next().Type)
	for range 2 { // the same one again is another one
		h.ask("POST", "/alice/api/events/test", h.aliceKey, `{"type":"gift","details":"5 subs"}`).ok(200, nil)
		data := string(l.until("lastEvent").Data)
		require.Contains(t, data, `{"type":"gift","username":"Somebody","timestamp":"`)
		require.Contains(t, data, `"details":"5 subs","test":true}`)
	}
	require.Contains(t, h.ask("GET", "/alice/api/events/last", h.overlayKey, "").ok(200, nil).body, `"test":true`)
	for _, body := range []string{`{}`, `{"type":"raid"}`, `{"type":"follow","username":"` + strings.Repeat("x", 101) + `"}`, `{"type":"follow","details":"` + strings.Repeat("x", 501) + `"}`} {
		h.ask("POST", "/alice/api/events/test", h.aliceKey, body).problem(400, "invalid_request")
	}
	require.Empty(t, h.ask("GET", "/alice/api/leaderboard", "", "").ok(200, nil).body[2:], "no points are moved")
}

// Nothing of one streamer passes to another's followers.
func TestFollowersHearTheirOwnStreamerOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	bob := h.listen("/bob/api/events", h.bobKey)
	require.Equal(t, "snapshot", bob.next().Type)
	for range 5 {
		h.ask("POST", "/alice/api/points/canary", h.aliceKey, `{"amount":25,"source":"chat"}`).ok(200, nil)
	}
	h.ask("POST", "/bob/api/points/own", h.bobKey, `{"amount":1,"source":"chat"}`).ok(200, nil)
	m := bob.next()
	require.Equal(t, "points", m.Type)
	require.NotContains(t, string(m.Data), "canary")
	require.Contains(t, string(m.Data), "own")
}

func TestServerSentEvents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	read := func(since string) *bufio.Scanner {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.public.URL+"/alice/api/events?key="+h.overlayKey, nil)
		require.NoError(t, err)
		req.Header.Set("Accept", "text/event-stream")
		req.Header.Set("Last-Event-ID", since)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		t.Cleanup(func() { _ = resp.Body.Close() })
		require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		return lines
	}
	id := func(lines *bufio.Scanner, event string) (id string) {
		for lines.Scan() {
			if n, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				id = n
			}
			if lines.Text() == "event: "+event {
				require.True(t, lines.Scan())
				require.True(t, strings.HasPrefix(lines.Text(), `data: {"type":"`+event+`","number":`+id))
				return id
			}
		}
		t.Fatal("the stream ended")
		return ""
	}
	lines := read("")
	number := id(lines, "snapshot")
	h.ask("POST", "/alice/api/points/Bob", h.aliceKey, `{"amount":25,"source":"chat"}`).ok(200, nil)
	id(lines, "points")
	id(read(number), "points")
}

func TestWhoMayFollow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.ask("GET", "/alice/api/events", h.overlayKey, "")
	require.Equal(t, 426, r.status)
	require.Equal(t, "websocket", r.header.Get("Upgrade"))
	for path, key := range map[string]string{"/alice/api/events": "", "/bob/api/events": h.overlayKey, "/nobody/api/events": h.aliceKey} {
		_, resp, err := websocket.Dial(t.Context(), h.public.URL+path, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + key}}})
		require.Error(t, err)
		require.Contains(t, []int{401, 404}, resp.StatusCode)
	}
}

// A follower who does not read is cut; the others go on.
func TestSlowFollowersAreCut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	f, err := h.server.live.follow(h.alice.ID, 0)
	require.NoError(t, err)
	<-f.begun
	l := h.listen("/alice/api/events", h.overlayKey)
	require.Equal(t, "snapshot", l.next().Type)
	f.hub.mu.Lock()
	for range maxBehind + 1 {
		f.hub.tell("tips", []byte(`[]`))
		if len(f.hub.followers) == 1 {
			break
		}
	}
	f.hub.mu.Unlock()
	n := 0
	for range f.messages {
		n++
	}
	require.Equal(t, maxBehind, n, "he was cut, and his channel closed")
	f.leave()
}

// A message that comes before a follower has taken up his greeting is his second one, not a
// refusal.
func TestAGreetingIsNotOvertaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	f, err := h.server.live.follow(h.alice.ID, 0)
	require.NoError(t, err)
	defer f.leave()
	<-f.begun
	f.hub.mu.Lock()
	f.hub.tell("tips", []byte(`[]`))
	f.hub.mu.Unlock()
	for range 100 {
		begun, err := f.begins(t.Context())
		require.NoError(t, err)
		require.True(t, begun)
	}
	require.Len(t, f.messages, 1)
}

// unreadable is an installation whose streamers' data cannot be read.
type unreadable struct{ Installation }

func (u unreadable) Tenant(id scope.StreamerID) shard.TenantStore {
	return lost{u.Installation.Tenant(id)}
}

type lost struct{ shard.TenantStore }

func (lost) StreamStatus(context.Context) (tenant.StreamStatus, error) {
	return tenant.StreamStatus{}, shard.ErrQuarantined
}

func TestFollowersHearWhyThereIsNothingToFollow(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(i Installation) Installation { return unreadable{i} })
	_, resp, err := websocket.Dial(t.Context(), h.public.URL+"/alice/api/events", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + h.overlayKey}}})
	require.Error(t, err)
	require.Equal(t, 503, resp.StatusCode)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), `"code":"shard_quarantined"`)
	require.Equal(t, 503, h.sse().StatusCode)
}

// A server that stops lets everybody go.
func TestFollowersAreLetGo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.listen("/alice/api/events", h.key(registry.RoleOverlay, h.alice))
	require.Equal(t, "snapshot", l.next().Type)
	h.server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, _, err := l.conn.Read(ctx)
	require.Equal(t, websocket.StatusGoingAway, websocket.CloseStatus(err))
	require.Equal(t, 503, h.sse().StatusCode)
}

func (h *house) sse() *http.Response {
	req, err := http.NewRequestWithContext(h.Context(), http.MethodGet, h.public.URL+"/alice/api/events?key="+h.overlayKey, nil)
	require.NoError(h, err)
	req.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(h, err)
	h.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}
