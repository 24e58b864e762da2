package api

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"streamvault/shard/scope"
)

const (
	// refreshEvery is how often a hub reads its streamer's data at most: commits that come
	// closer together share one look.
	refreshEvery = 100 * time.Millisecond
	// hubGrace is how long a hub outlives its last follower, so that one who comes back
	// resumes where he was.
	hubGrace = time.Minute
	// maxBehind is how many messages a follower may be behind before he is cut.
	maxBehind = 64
	// maxFollowers of one streamer.
	maxFollowers = 5000
	// remembered is how many messages can be resumed from.
	remembered = 512
)

// live keeps a hub for each streamer whom somebody follows.
type live struct {
	server *Server
	pulse  time.Duration
	mu     sync.Mutex
	hubs   map[scope.StreamerID]*hub
	done   chan struct{} // closed when the server ends
	closed bool
	cut    atomic.Uint64 // followers who did not keep up
	work   sync.WaitGroup
}

func newLive(s *Server) *live {
	return &live{server: s, pulse: pulse, hubs: map[scope.StreamerID]*hub{}, done: make(chan struct{})}
}

// follow joins the hub of a streamer. since is the number of the last message that the
// follower has seen, or 0.
func (l *live) follow(id scope.StreamerID, since int64) (*follower, error) {
	for {
		h, err := l.hub(id)
		if err != nil {
			return nil, err
		}
		f, err := h.join(since)
		if err != nil || f != nil {
			return f, err
		} // it ended just now
	}
}

// hub finds or makes the hub of a streamer.
func (l *live) hub(id scope.StreamerID) (*hub, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errEnding
	}
	h := l.hubs[id]
	if h == nil {
		h = &hub{live: l, id: id, followers: map[*follower]bool{}, number: time.Now().UnixMicro(), shown: map[string][]byte{}}
		l.hubs[id] = h
		l.work.Add(1)
		go h.run()
	}
	return h, nil
}

// size counts hubs and those who follow them.
func (l *live) size() (hubs, followers int) {
	l.mu.Lock()
	all := slices.Collect(maps.Values(l.hubs))
	l.mu.Unlock()
	for _, h := range all {
		h.mu.Lock()
		followers += len(h.followers)
		h.mu.Unlock()
	}
	return len(all), followers
}

// forget removes a hub, which takes no followers any more.
func (l *live) forget(h *hub) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hubs[h.id] == h {
		delete(l.hubs, h.id)
	}
}

// close ends every hub and follower, and waits for the hubs.
func (l *live) close() {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.done)
	}
	l.mu.Unlock()
	l.work.Wait()
}
