package shard

import (
	"sync"

	"streamvault/shard/scope"
)

// watches tells those who wait for a streamer's commits. Most streamers have nobody: a
// commit then costs one lookup.
type watches struct{ by sync.Map } // scope.StreamerID → *watchers

// watchers are those who wait for one streamer.
type watchers struct {
	mu  sync.Mutex
	all map[chan struct{}]bool
}

func (w *watches) tell(id scope.StreamerID) {
	found, ok := w.by.Load(id)
	if !ok {
		return
	}
	those := found.(*watchers)
	those.mu.Lock()
	defer those.mu.Unlock()
	for c := range those.all {
		select {
		case c <- struct{}{}:
		default: // he has been told and did not look yet
		}
	}
}

// Watch returns a channel that has a value after one or more commits of a streamer, once
// they are durable, until stop is called. Who reads the streamer's data after a value sees
// all that was committed before it.
func (s *Store) Watch(id scope.StreamerID) (commits <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	found, _ := s.watches.by.LoadOrStore(id, &watchers{all: map[chan struct{}]bool{}})
	those := found.(*watchers)
	those.mu.Lock()
	defer those.mu.Unlock()
	those.all[c] = true
	return c, func() {
		those.mu.Lock()
		defer those.mu.Unlock()
		delete(those.all, c)
	}
}
