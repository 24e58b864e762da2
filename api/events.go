package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// liveRoutes let overlays follow a channel.
func liveRoutes() []Route {
	r := declare[eventsFrom, Nothing](Route{Method: http.MethodGet, Path: "/{channel}/api/events", Who: Overlay, Status: http.StatusOK, Follows: true, Timeout: -1,
		Summary: "Follows the channel over a WebSocket, or server-sent events: a snapshot, then numbered changes"})
	r.run = follow
	return []Route{r}
}

// eventsFrom says where a follower had come to. A browser that takes server-sent events up
// again says the same in Last-Event-ID, and asks for the address that it was given at first: what
// stands there is older.
type eventsFrom struct {
	Since *int64 `query:"since"` // number of the last message seen
}

const (
	// pulse is how often a quiet follower is asked whether he is there, and his key is held
	// against the route again.
	pulse = 20 * time.Second
	// writeTimeout is how long one message may take to a follower.
	writeTimeout = 10 * time.Second
)

var (
	errEnding  = NewProblem(http.StatusServiceUnavailable, "busy", "The server is stopping; come back in a moment.")
	errUpgrade = NewProblem(http.StatusUpgradeRequired, "upgrade_required",
		"This address speaks WebSocket, or server-sent events to who sends Accept: text/event-stream.")
)

// follow serves one follower until he goes, falls behind, or may not listen any more.
func follow(c *call) error {
	var in eventsFrom
	if err := c.bind(&in); err != nil {
		return err
	}
	var open func(*call) (followLine, error)
	switch {
	case asksFor(c.r.Header, "Upgrade", "websocket"):
		if err := c.handshake(); err != nil {
			return err
		}
		open = openSocket
	case asksFor(c.r.Header, "Accept", "text/event-stream"):
		open = openStream
	default:
		c.w.Header().Set("Upgrade", "websocket")
		return errUpgrade
	}
	f, err := c.server.live.follow(c.streamer.ID, in.from(c.r.Header.Get("Last-Event-ID")))
	if err != nil {
		return err
	}
	defer f.leave()
	switch begun, err := f.begins(c.ctx); {
	case err != nil:
		return err
	case !begun:
		return c.whyNot()
	}
	to, err := open(c)
	if err != nil {
		return nil //nolint:nilerr // it has been answered
	}
	to.end(c.pass(f, to))
	return nil
}

// whyNot is the error that a read of the streamer's data has now.
func (c *call) whyNot() error {
	_, err := c.server.ds.Tenant(c.streamer.ID).StreamStatus(c.ctx)
	if err == nil {
		err = errEnding
	}
	return err
}

func (e eventsFrom) from(lastEvent string) int64 {
	if n, err := strconv.ParseInt(lastEvent, 10, 64); err == nil {
		return n
	}
	if e.Since != nil {
		return *e.Since
	}
	return 0
}

func asksFor(h http.Header, name, what string) bool {
	for _, sent := range h.Values(name) {
		if strings.Contains(strings.ToLower(sent), what) {
			return true
		}
	}
	return false
}

// followLine is the way to one follower.
type followLine interface {
	send(message) error
	pulse() error
	gone() <-chan struct{} // closed when he went away
	end(reason string)
}

// pass sends messages on until something ends it, and says what.
func (c *call) pass(f *follower, to followLine) (reason string) {
	for _, m := range f.first {
		if to.send(m) != nil {
			return "gone"
		}
	}
	f.first, c.counted = nil, true
	beat := time.NewTicker(c.server.live.pulse)
	defer beat.Stop()
	for {
		select {
		case m, ok := <-f.messages:
			if !ok {
				return "behind"
			}
			if to.send(m) != nil {
				return "gone"
			}
		case <-beat.C:
			if err := c.admit(); err != nil {
				return "not allowed any more"
			}
			if to.pulse() != nil {
				return "gone"
			}
		case <-to.gone():
			return "gone"
		case <-c.server.live.done:
			return "stopping"
		}
	}
}

// socket is a WebSocket.
type socket struct {
	conn *websocket.Conn
	ctx  context.Context // ends when he closes
}

// openSocket takes the connection over. Any page may open one: what lets in is a key in the
// address or the header, which no browser adds by itself.
func openSocket(c *call) (followLine, error) {
	conn, err := websocket.Accept(c.w, c.r, &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		c.status = http.StatusBadRequest
		return nil, err
	}
	c.status = http.StatusSwitchingProtocols
	return &socket{conn, conn.CloseRead(context.WithoutCancel(c.ctx))}, nil
}

func (s *socket) within(do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(s.ctx, writeTimeout)
	defer cancel()
	return do(ctx)
}

func (s *socket) send(m message) error {
	return s.within(func(ctx context.Context) error { return s.conn.Write(ctx, websocket.MessageText, m.body) })
}

func (s *socket) pulse() error          { return s.within(s.conn.Ping) }
func (s *socket) gone() <-chan struct{} { return s.ctx.Done() }

func (s *socket) end(reason string) {
	code := websocket.StatusGoingAway
	switch reason {
	case "behind":
		code = websocket.StatusTryAgainLater
	case "not allowed any more":
		code = websocket.StatusPolicyViolation
	}
	_ = s.conn.Close(code, reason)
}

// stream is server-sent events.
type stream struct {
	c       *call
	control *http.ResponseController
}

func openStream(c *call) (followLine, error) {
	h := c.w.Header()
	h["Content-Type"], h["Cache-Control"] = []string{"text/event-stream"}, noStore
	h["X-Accel-Buffering"] = []string{"no"} // proxies pass each message on at once
	s := &stream{c, http.NewResponseController(c.w)}
	_ = s.control.SetReadDeadline(time.Time{})
	c.status = http.StatusOK
	c.w.WriteHeader(c.status)
	return s, s.write("retry: 2000\n\n")
}

func (s *stream) write(text string) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // what has none cannot block
	n, err := s.c.w.Write([]byte(text))
	s.c.bytes += int64(n)
	if err != nil {
		return err
	}
	return s.control.Flush()
}

func (s *stream) send(m message) error {
	return s.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", m.number, m.kind, m.body))
}

func (s *stream) pulse() error          { return s.write(": still here\n\n") }
func (s *stream) gone() <-chan struct{} { return s.c.ctx.Done() }
func (s *stream) end(string)            {}
