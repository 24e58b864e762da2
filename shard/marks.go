package shard

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// flushEvery is how long the registry's commit marks may lag behind the files. A mark
// that lags hides a rollback of those seconds; it never accuses a good file.
const flushEvery = 5 * time.Second

// marks remembers how many commits each closed file had and tells the registry now and
// then, so that closing a file costs no write elsewhere.
type marks struct {
	reg     *registry.Registry
	log     zerolog.Logger
	writing sync.Mutex // held while marks are on their way to the registry
	mu      sync.Mutex
	pending map[scope.StreamerID]int64
	stop    chan struct{}
	done    chan struct{}
}

func newMarks(reg *registry.Registry, log zerolog.Logger) *marks {
	m := &marks{reg: reg, log: log, pending: map[scope.StreamerID]int64{},
		stop: make(chan struct{}), done: make(chan struct{})}
	go m.run()
	return m
}

func (m *marks) note(id scope.StreamerID, seq int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending[id] = max(m.pending[id], seq)
}

// last is a mark that the registry may not know yet.
func (m *marks) last(id scope.StreamerID) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pending[id]
}

func (m *marks) run() {
	defer close(m.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := m.flush(); err != nil {
				m.log.Error().Err(err).Msg("note commit marks")
			}
		case <-m.stop:
			return
		}
	}
}

// flush writes the marks and forgets those that were not raised meanwhile.
func (m *marks) flush() error {
	m.writing.Lock()
	defer m.writing.Unlock()
	m.mu.Lock()
	batch := make(map[scope.StreamerID]int64, len(m.pending))
	for id, seq := range m.pending {
		batch[id] = seq
	}
	m.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	if err := m.reg.NoteCommitMarks(context.Background(), batch); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, seq := range batch {
		if m.pending[id] == seq {
			delete(m.pending, id)
		}
	}
	return nil
}

// forget drops what is known of a streamer once replace has given him another file: the old
// one's commits are none of the new one's. No mark is on its way to the registry meanwhile.
func (m *marks) forget(id scope.StreamerID, replace func() error) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	if err := replace(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.pending, id)
	return nil
}

func (m *marks) close() error {
	close(m.stop)
	<-m.done
	return m.flush()
}
