package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// Message is one that a provider sent, with everything that it does. The zero value of a
// field does nothing.
type Message struct {
	ID    string          // 1 to 200 characters, compared as it is written
	Award Move            // without a Username nobody gets any; cut where the balance would pass MaxPoints
	Rest  time.Duration   // 0 to 24 hours in which the viewer gets no further award of this source
	Goal  GoalID          // a goal that is not there counts nothing
	By    int64           // how far the goal moves, 0 to MaxPoints
	Live  *bool           // the stream went live or ended
	Event json.RawMessage // becomes the last event
	// Command is what a viewer asked for in the message. When it is refused the rest of the
	// message stands.
	Command *Command
}

// Move gives channel points to a viewer or takes them, with a ledger row. An unknown viewer
// is created.
type Move struct {
	Username    string
	Amount      int64 // -MaxPoints to MaxPoints, not 0
	Source      string
	Description string
	Stake       int64 // what must be there before, though it may not be taken
}

// Command is what a viewer typed, as changes that happen together or not at all.
type Command struct {
	Username string // who typed it
	Name     string
	Cooldown time.Duration // see UseCommand
	Moves    []Move
	Buy      PowerupID       // for Username
	Quantity int             // of what is bought, at most MaxQuantity; 0 is 1
	Code     string          // that Username confirms
	Event    json.RawMessage // becomes the last event
}

// MaxQuantity is how many power-ups one command can buy.
const MaxQuantity = 100

// Handled is what a message led to.
type Handled struct {
	First   bool          // false: it was dealt with before, and nothing has happened
	Wait    time.Duration // not 0: the command rests that long, and was not done
	Refused error         // why the command was not done: as AddPoints, BuyPowerup or ConfirmCode say it
	Bought  Bought        // when the command bought something
}

// refusedError carries the reason against a command out of a transaction that is undone.
type refusedError struct{ reason error }

func (r *refusedError) Error() string { return r.reason.Error() }

// HandleMessage does what a message says, once for its id: the id is remembered, for 7
// days, in the same transaction. It returns an InvalidError when the message cannot be
// what it says; then its id counts as not seen.
func (s *Store) HandleMessage(ctx context.Context, m Message) (Handled, error) {
	if err := m.check(); err != nil {
		return Handled{}, err
	}
	done, err := s.handle(ctx, m)
	var refused *refusedError
	if errors.As(err, &refused) {
		m.Command = &Command{Username: m.Command.Username, Name: m.Command.Name, Cooldown: m.Command.Cooldown}
		if done, err = s.handle(ctx, m); done.First {
			done.Refused = refused.reason
		}
	}
	if err != nil {
		return Handled{}, fmt.Errorf("handle message %q: %w", m.ID, err)
	}
	return done, nil
}

func (s *Store) handle(ctx context.Context, m Message) (Handled, error) {
	var done Handled
	err := s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		now := s.now()
		done = Handled{}
		if done.First, err = onceForWebhook(ctx, tx, m.ID, now); err != nil || !done.First {
			return err
		}
		if err := m.do(ctx, tx, now); err != nil || m.Command == nil {
			return err
		}
		return m.Command.do(ctx, tx, now, &done)
	})
	if err != nil {
		return Handled{}, err
	}
	return done, nil
}

// do does what is not the command's.
func (m Message) do(ctx context.Context, tx *scope.Tx, now time.Time) error {
	if err := m.give(ctx, tx, now); err != nil {
		return err
	}
	if err := m.count(ctx, tx, now); err != nil {
		return err
	}
	if m.Live != nil {
		if _, err := tx.Exec(ctx, setLive, *m.Live, now); err != nil {
			return err
		}
	}
	return keepEvent(ctx, tx, m.Event, now)
}

// give awards the points, unless the viewer got some of this source a short time ago.
func (m Message) give(ctx context.Context, tx *scope.Tx, now time.Time) error {
	if m.Award.Username == "" {
		return nil
	}
	if m.Rest > 0 {
		wait, err := useCommand(ctx, tx, m.Award.Username, "award of "+m.Award.Source, m.Rest, now)
		if wait > 0 || err != nil {
			return err
		}
	}
	u, err := ensureUser(ctx, tx, m.Award.Username, now)
	if err != nil {
		return err
	}
	if m.Award.Amount = min(m.Award.Amount, MaxPoints-u.Points.Channel); m.Award.Amount == 0 {
		return nil
	}
	return m.Award.do(ctx, tx, now)
}

func (m Message) count(ctx context.Context, tx *scope.Tx, now time.Time) error {
	if m.Goal == "" || m.By == 0 {
		return nil
	}
	g, err := scope.One(ctx, tx, goalByID, scanGoal, m.Goal)
	if errors.Is(err, scope.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, addToGoal, m.Goal, min(m.By, MaxPoints-g.Current), now)
	return err
}

// keepEvent stores the last event, if there is one.
func keepEvent(ctx context.Context, tx *scope.Tx, event json.RawMessage, now time.Time) error {
	if event == nil {
		return nil
	}
	body, err := object("event", event)
	if err == nil {
		_, err = tx.Exec(ctx, setLastEvent, body, now)
	}
	return err
}

// do runs the command unless it rests. A refusal comes as a refusedError, so that what was
// done of it is undone; only a wrong code, which has used up a try, is told in done.
func (c Command) do(ctx context.Context, tx *scope.Tx, now time.Time, done *Handled) error {
	wait, err := useCommand(ctx, tx, c.Username, c.Name, c.Cooldown, now)
	if done.Wait = wait; wait > 0 || err != nil {
		return err
	}
	if c.Code != "" {
		right, err := confirm(ctx, tx, c.Username, c.Code, now)
		if err == nil && !right {
			done.Refused = scope.ErrNotFound
			return nil
		}
		if err != nil {
			return refusal(err)
		}
	}
	for _, move := range c.Moves {
		if err := move.do(ctx, tx, now); err != nil {
			return refusal(err)
		}
	}
	for n := max(c.Quantity, 1); c.Buy != "" && n > 0; n-- {
		if done.Bought, err = buy(ctx, tx, c.Username, c.Buy, now); err != nil {
			return refusal(err)
		}
	}
	return keepEvent(ctx, tx, c.Event, now)
}

func (m Move) do(ctx context.Context, tx *scope.Tx, now time.Time) error {
	u, err := ensureUser(ctx, tx, m.Username, now)
	if err != nil {
		return err
	}
	if u.Points.Channel < m.Stake {
		return &InsufficientError{Price: m.Stake, Balance: u.Points.Channel}
	}
	if _, err := addPoints(ctx, tx, u, m.Amount, now); err != nil {
		return err
	}
	_, err = writeLedger(ctx, tx, u.ID, ChannelPoints, m.Amount, m.Source, m.Description, now)
	return err
}

// refusal tells what a viewer is told from what went wrong.
func refusal(err error) error {
	var (
		poor    *InsufficientError
		invalid *InvalidError
	)
	if errors.As(err, &poor) || errors.As(err, &invalid) || errors.Is(err, scope.ErrNotFound) || errors.Is(err, scope.ErrOutOfRange) {
		return &refusedError{err}
	}
	return err
}

func (m Message) check() error {
	if m.Award.Username != "" {
		if err := m.Award.check(); err != nil {
			return err
		}
		if m.Award.Amount < 0 || m.Rest < 0 || m.Rest > maxCooldown {
			return &InvalidError{"award", "must give points, and rest 0 to 24 hours"}
		}
	}
	if m.Event != nil {
		if _, err := object("event", m.Event); err != nil {
			return err
		}
	}
	return errors.Join(checkAmount("by", m.By), m.Command.check())
}

func (c *Command) check() error {
	if c == nil {
		return nil
	}
	if c.Quantity < 0 || c.Quantity > MaxQuantity {
		return &InvalidError{"quantity", "must be 0 to 100"}
	}
	for _, move := range c.Moves {
		if err := move.check(); err != nil {
			return err
		}
	}
	if c.Event != nil {
		if _, err := object("event", c.Event); err != nil {
			return err
		}
	}
	return checkCooldown(c.Name, c.Cooldown)
}

func (m Move) check() error {
	return Award{Amount: m.Amount, Source: m.Source, Description: m.Description}.check()
}
