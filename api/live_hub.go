package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// message is one line to all followers of a streamer. Its number is greater than that of the
// message before it.
type message struct {
	number int64
	kind   string
	body   []byte // JSON: {"type","number","data"}
}

// hub follows one streamer's commits and tells what they changed. It reads what the API
// shows anyway and compares: whoever wrote, and however, nothing is left out, and nothing
// is told that is not durable. Nothing of any other streamer passes through it.
type hub struct {
	live *live
	id   scope.StreamerID

	mu        sync.Mutex
	ready     bool
	ended     bool
	followers map[*follower]bool
	waiting   []*follower // for the first look
	number    int64       // of the last message; begins with the clock, so that no number comes twice
	ring      []message
	shown     map[string][]byte // JSON by part
	lastMove  int64
	lastDrop  int64
}

// follower is one who listens.
type follower struct {
	hub      *hub
	since    int64
	begun    chan struct{} // closed once first is there, or refused
	first    []message     // what he has missed, or a snapshot
	refused  bool          // the streamer's data cannot be read
	messages chan message  // what comes after; closed when he is cut
}

// join adds a follower, or returns nil when the hub has ended.
func (h *hub) join(since int64) (*follower, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return nil, nil
	}
	if len(h.followers) >= maxFollowers {
		return nil, scope.ErrBusy
	}
	f := &follower{hub: h, since: since, begun: make(chan struct{}), messages: make(chan message, maxBehind)}
	h.followers[f] = true
	if h.ready {
		h.greet(f)
	} else {
		h.waiting = append(h.waiting, f)
	}
	return f, nil
}

// begins waits until first is there. It is false if the streamer's data cannot be read.
func (f *follower) begins(ctx context.Context) (bool, error) {
	select {
	case <-f.begun: // messages may be waiting behind it already
		return !f.refused, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// leave removes a follower. It may be called again.
func (f *follower) leave() {
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()
	f.hub.cut(f)
}

func (h *hub) cut(f *follower) {
	if h.followers[f] {
		delete(h.followers, f)
		close(f.messages)
	}
}

// greet sends what a follower has missed, or everything.
func (h *hub) greet(f *follower) {
	defer close(f.begun)
	if len(h.ring) > 0 && f.since >= h.ring[0].number-1 && f.since <= h.number || f.since == h.number {
		for _, m := range h.ring {
			if m.number > f.since {
				f.first = append(f.first, m)
			}
		}
		return
	}
	f.first = []message{h.snapshot()}
}

// snapshot is everything that is shown, as of the last message.
func (h *hub) snapshot() message {
	data := make(map[string]json.RawMessage, len(h.shown))
	for part, body := range h.shown {
		data[part] = body
	}
	body, err := json.Marshal(data)
	if err != nil {
		panic(err) // it was encoded before
	}
	return newMessage("snapshot", h.number, body)
}

func newMessage(kind string, number int64, data []byte) message {
	body := make([]byte, 0, len(data)+64)
	body = append(body, `{"type":"`...)
	body = append(body, kind...)
	body = append(body, `","number":`...)
	body = strconv.AppendInt(body, number, 10)
	body = append(body, `,"data":`...)
	body = append(body, data...)
	return message{number, kind, append(body, '}')}
}

// run looks at the data after commits until nobody has followed for a while.
func (h *hub) run() {
	defer h.live.work.Done()
	commits, stop := h.live.server.ds.Watch(h.id)
	defer stop()
	defer h.end()
	if h.look() != nil {
		return
	}
	idle := time.NewTicker(hubGrace)
	defer idle.Stop()
	for {
		select {
		case <-h.live.done:
			return
		case <-idle.C:
			if h.alone() {
				return
			}
			continue
		case <-commits:
		}
		if h.look() != nil {
			return
		}
		select {
		case <-time.After(refreshEvery):
		case <-h.live.done:
			return
		}
	}
}

// alone ends a hub without followers, so that nobody joins it any more.
func (h *hub) alone() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = len(h.followers) == 0
	return h.ended
}

// end lets everybody go.
func (h *hub) end() {
	h.live.forget(h)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for _, f := range h.waiting {
		f.refused = true
		close(f.begun)
	}
	for f := range h.followers {
		h.cut(f)
	}
}

// look reads what is shown, and tells what has changed.
func (h *hub) look() error {
	ctx, cancel := context.WithTimeout(context.Background(), defaultTimeout)
	defer cancel()
	found, err := readShown(ctx, h.live.server.ds.Tenant(h.id), h.lastMove, h.lastDrop, !h.ready)
	if err != nil {
		if !errors.Is(err, scope.ErrNotFound) && !errors.Is(err, registry.ErrNotFound) {
			h.live.server.log.Warn().Err(err).Int64("streamer_id", int64(h.id)).Msg("followers are let go: the streamer's data cannot be read")
		}
		return fmt.Errorf("look at streamer %d: %w", h.id, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lastMove, h.lastDrop = found.lastMove, found.lastDrop
	for _, p := range found.news {
		h.tell(p.name, p.body)
	}
	for _, p := range found.parts {
		if string(h.shown[p.name]) != string(p.body) {
			h.shown[p.name] = p.body
			if h.ready && !p.quiet {
				h.tell(p.name, p.body)
			}
		}
	}
	if !h.ready {
		h.ready = true
		for _, f := range h.waiting {
			if h.followers[f] {
				h.greet(f)
			}
		}
		h.waiting = nil
	}
	return nil
}

// tell sends a message to everybody. Who does not keep up is cut, not waited for.
func (h *hub) tell(kind string, data []byte) {
	h.number++
	m := newMessage(kind, h.number, data)
	if h.ring = append(h.ring, m); len(h.ring) > remembered {
		h.ring = append(h.ring[:0:0], h.ring[len(h.ring)-remembered:]...)
	}
	for f := range h.followers {
		select {
		case f.messages <- m:
		default:
			h.live.cut.Add(1)
			h.cut(f)
		}
	}
}
