package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/scope"
)

const (
	// drainTime is how long a move waits for the calls of its streamer to end. New ones
	// wait behind it, and must not run into their own deadline.
	drainTime = 3 * time.Second
	// tries is how often it does so.
	tries = 3
)

// move is one file on its way.
type move struct {
	f       *Fleet
	room    *room // for the copy from before; nil keeps none
	id      scope.StreamerID
	to      int
	account Account
	began   time.Time
	found   int // version that the file was found at
}

// run moves the file while nobody has it open and says what became of it.
func (m *move) run(ctx context.Context) registry.ItemChange {
	err := errors.New("not tried")
	for try := 0; try < tries && err != nil; try++ {
		if ctx.Err() != nil {
			return registry.ItemChange{State: registry.ItemWaiting} // the job stops
		}
		if err = m.drained(); !errors.Is(err, context.DeadlineExceeded) {
			break
		}
	}
	return m.outcome(err)
}

// drained does not end with the job: a file under way is finished.
func (m *move) drained() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	return m.f.yard.Drain(ctx, m.id, func(context.Context) error { return m.file() })
}

// file runs while nobody has the file open. The open has no deadline: what has begun ends.
func (m *move) file() error {
	ctx := context.Background()
	s, err := m.f.reg.Streamer(ctx, m.id)
	if err != nil {
		return err
	}
	switch s.State {
	case registry.Active, registry.Suspended, registry.Migrating, registry.Held:
	case registry.Quarantined:
		return fmt.Errorf("quarantined: %s", s.StateReason)
	default:
		return registry.ErrNotFound
	}
	if err := m.f.yard.Room(); err != nil {
		return err
	}
	identity := m.f.reg.Identity(s)
	file, err := migrations.Open(ctx, m.f.reg.ShardPath(s), m.f.o.Family, &identity, migrations.Options{Leave: true, Alone: true, Synchronous: migrations.Late, Now: m.f.o.Now})
	if err != nil {
		return err
	}
	m.found, m.account.To, m.account.Commits = file.Version, file.Version, file.CommitSeq
	if m.account.From == 0 {
		m.account.From = file.Version
	}
	c := file.Writer()
	err = m.migrate(c, s)
	if bad := m.put(c); bad != nil {
		m.account.To = m.found // as far as is known
		err = errors.Join(err, bad)
	}
	return err
}

// migrate keeps a copy and moves the file.
func (m *move) migrate(c *migrations.Conn, s *registry.Streamer) (err error) {
	if m.found != m.to {
		if err := m.room.keep(c, s, m.found, &m.account); err != nil {
			return fmt.Errorf("keep a copy: %w", err)
		}
		if m.account.To, err = m.f.o.Family.Migrate(c, m.to, m.f.o.Now()); err != nil {
			if m.account.To == m.found {
				m.room.drop(&m.account)
			}
			return err
		}
	}
	if m.found == m.to && m.account.From != m.to {
		if err := m.room.find(s, &m.account); err != nil {
			return fmt.Errorf("find the copy from before: %w", err)
		}
	}
	m.account.Fingerprint, m.account.Drift, err = m.f.look(c, m.account.To)
	return err
}

// look compares the schema of a file with what it should be.
func (f *Fleet) look(c *migrations.Conn, version int) (fingerprint string, drift []string, err error) {
	if fingerprint, err = migrations.Fingerprint(c); err != nil {
		return "", nil, err
	}
	want, err := f.o.Family.Fingerprint(version)
	if err != nil || want == fingerprint {
		return fingerprint, nil, err
	}
	drift, err = f.o.Family.Drift(c, version)
	return fingerprint, drift, err
}

// put makes the move durable and closes the file. When it cannot, the log is left as it lies: the
// next to open the file finds the move whole or not at all.
func (m *move) put(c *migrations.Conn) error {
	return errors.Join(c.KeepLog(), c.PutLog(), c.Close())
}

// outcome is what is recorded.
func (m *move) outcome(err error) registry.ItemChange {
	a := &m.account
	a.Ms = float64(m.f.o.Now().Sub(m.began).Microseconds()) / 1000
	c := registry.ItemChange{State: registry.ItemDone, Version: a.To, Free: true}
	switch {
	case errors.Is(err, registry.ErrNotFound):
		c.State, c.Version, c.Free = registry.ItemSkipped, 0, false
		a.Error = "the streamer is gone"
	case err != nil:
		c.State, c.Free, a.Error = registry.ItemFailed, false, explain(err)
	case a.From == a.To:
		c.State, a.Error = registry.ItemSkipped, ""
	default:
		a.Error = ""
	}
	if required := m.f.o.Family.Required; a.To != 0 && a.To < required {
		c.Free, c.Hold = false, fmt.Sprintf("at version %d, this program serves %d and above", a.To, required)
		if a.Error != "" {
			c.Hold += ": " + a.Error
		}
	}
	c.Detail = *a
	return c
}

// explain is the reason of a failure for an operator.
func explain(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("the streamer's calls did not end within %s", tries*drainTime)
	}
	return err.Error()
}

func detailOf(a Account) json.RawMessage {
	text, err := json.Marshal(a)
	if err != nil {
		panic(err) // it is plain data
	}
	return text
}
