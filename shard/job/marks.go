package job

import (
	"context"
	"encoding/json"
	"maps"
	"sync"
	"time"

	"streamvault/registry"
)

// gather is the pause between two transactions of the registry that record items. A wait for
// the disk serves all that were done meanwhile; a crash has as much done again.
const gather = 25 * time.Millisecond

// marks gathers what workers report while a transaction of the registry is under way and a
// moment longer, so that the next one records all of it.
type marks struct {
	run     *Run
	before  func() error // each transaction
	mu      sync.Mutex
	waiting []registry.ItemChange
	busy    bool
	hurry   chan struct{} // closed when somebody waits for what was added
	idle    chan struct{} // closed when what was waiting has been recorded
	err     error
}

// Mark records what became of items, durably, and counts them. The job's id is filled in
// where none is given.
func (r *Run) Mark(changes ...registry.ItemChange) error {
	for i := range changes {
		if changes[i].Job == 0 {
			changes[i].Job = r.job.ID
		}
	}
	if err := r.reg.MarkItems(context.Background(), changes); err != nil {
		return err
	}
	r.update(func(p *Progress) {
		for _, c := range changes {
			if c.Job != r.job.ID {
				continue
			}
			switch c.State {
			case registry.ItemFailed:
				p.Failed++
			case registry.ItemDone, registry.ItemSkipped, registry.ItemRolledBack:
				p.Done++
			}
		}
	})
	return nil
}

func (m *marks) prepare(before func() error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before = before
}

// add leaves changes to be recorded with those of others. It does not wait.
func (m *marks) add(changes ...registry.ItemChange) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting = append(m.waiting, changes...)
	if !m.busy {
		m.busy, m.hurry, m.idle = true, make(chan struct{}), make(chan struct{})
		go m.record(m.hurry)
	}
}

func (m *marks) record(hurry <-chan struct{}) {
	for {
		m.mu.Lock()
		batch := m.waiting
		m.waiting = nil
		if len(batch) == 0 || m.err != nil {
			m.busy = false
			close(m.idle)
			m.mu.Unlock()
			return
		}
		err, before := error(nil), m.before
		m.mu.Unlock()
		if before != nil {
			err = before()
		}
		if err == nil {
			err = m.run.Mark(batch...)
		}
		m.mu.Lock()
		m.err = err
		m.mu.Unlock()
		select {
		case <-hurry:
		case <-time.After(gather):
		}
	}
}

// settle waits until everything that was added is recorded, and says whether it was.
func (m *marks) settle() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy {
		close(m.hurry)
		idle := m.idle
		m.mu.Unlock()
		<-idle
		m.mu.Lock()
	}
	return m.err
}

// withReason adds why a job stopped to its detail.
func withReason(detail any, old json.RawMessage, why string) any {
	if detail == nil {
		detail = old
	}
	fields := map[string]any{}
	if text, err := json.Marshal(detail); err == nil {
		_ = json.Unmarshal(text, &fields) // what is no object says nothing more
	}
	fields = maps.Clone(fields)
	fields["reason"] = why
	return fields
}
