package tenant

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"streamvault/shard/scope"
)

// GoalID names a goal: 1 to 40 of a-z, 0-9, _ and -.
type GoalID string

// Goal is a count on its way to a target.
type Goal struct {
	ID        GoalID
	Label     string // 1 to 200 characters
	Current   int64  // 0 to MaxPoints, like Target
	Target    int64
	Enabled   bool  // one that is not is not shown
	Order     int64 // lower comes first; equals by id
	UpdatedAt time.Time
}

// MaxGoals is how many a streamer may have.
const MaxGoals = 100

// KeepCount as the Current of a goal that is set leaves what is there: events may have moved
// it since the caller looked. A new goal begins at 0.
const KeepCount = math.MinInt64

// GoalStore keeps the streamer's goals.
type GoalStore interface {
	Goals(ctx context.Context, disabledToo bool) ([]Goal, error)
	SetGoal(ctx context.Context, g Goal) (Goal, error)
	AddToGoal(ctx context.Context, id GoalID, by int64) (Goal, error)
	DeleteGoal(ctx context.Context, id GoalID) error
}

var goals = scope.SQL(`
	SELECT id, label, current_value, target_value, enabled, sort_order, updated_at
	FROM goals
	WHERE streamer_id = ?1
	  AND enabled >= ?2
	ORDER BY sort_order, id`)

var goalByID = scope.SQL(`
	SELECT id, label, current_value, target_value, enabled, sort_order, updated_at
	FROM goals
	WHERE streamer_id = ?1
	  AND id = ?2`)

var countGoals = scope.SQL(`
	SELECT count(*)
	FROM goals
	WHERE streamer_id = ?1`)

var upsertGoal = scope.SQL(`
	INSERT INTO goals (streamer_id, id, label, current_value, target_value, enabled, sort_order, updated_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
	ON CONFLICT (streamer_id, id) DO UPDATE
	SET label = excluded.label, current_value = excluded.current_value, target_value = excluded.target_value,
	    enabled = excluded.enabled, sort_order = excluded.sort_order, updated_at = excluded.updated_at
	RETURNING id, label, current_value, target_value, enabled, sort_order, updated_at`)

var addToGoal = scope.SQL(`
	UPDATE goals
	SET current_value = current_value + ?3, updated_at = ?4
	WHERE streamer_id = ?1
	  AND id = ?2
	RETURNING id, label, current_value, target_value, enabled, sort_order, updated_at`)

var deleteGoal = scope.SQL(`
	DELETE FROM goals
	WHERE streamer_id = ?1
	  AND id = ?2`)

func scanGoal(r scope.Row) Goal {
	return Goal{GoalID(r.Text(0)), r.Text(1), r.Int(2), r.Int(3), r.Bool(4), r.Int(5), r.Time(6)}
}

// Goals lists them in their order; the disabled ones only for those who edit them.
func (s *Store) Goals(ctx context.Context, disabledToo bool) ([]Goal, error) {
	all, err := scope.All(ctx, s.db, goals, scanGoal, !disabledToo)
	if err != nil {
		return nil, fmt.Errorf("list goals: %w", err)
	}
	return all, nil
}

// SetGoal makes a goal or replaces the one with its id, and returns it. It returns an
// InvalidError, and ErrNoRoom when there are MaxGoals already.
func (s *Store) SetGoal(ctx context.Context, g Goal) (Goal, error) {
	if err := g.check(); err != nil {
		return Goal{}, err
	}
	var set Goal
	err := s.db.Write(ctx, func(tx *scope.Tx) error {
		old, err := scope.One(ctx, tx, goalByID, scanGoal, g.ID)
		if errors.Is(err, scope.ErrNotFound) {
			var n int64
			n, err = scope.One(ctx, tx, countGoals, scanID)
			if err = errors.Join(err, checkID(g.ID)); err == nil {
				err = room(n, MaxGoals, "goals")
			}
		}
		if err != nil {
			return err
		}
		count := g.Current
		if count == KeepCount {
			count = old.Current
		}
		set, err = scope.One(ctx, tx, upsertGoal, scanGoal, g.ID, g.Label, count, g.Target, g.Enabled, g.Order, s.now())
		return err
	})
	if err != nil {
		return Goal{}, fmt.Errorf("set goal %q: %w", g.ID, err)
	}
	return set, nil
}

// AddToGoal moves a goal's count by -MaxPoints to MaxPoints and returns the goal. It
// returns ErrNotFound, or ErrOutOfRange when the count would leave 0 to MaxPoints.
func (s *Store) AddToGoal(ctx context.Context, id GoalID, by int64) (Goal, error) {
	if by < -MaxPoints || by > MaxPoints {
		return Goal{}, &InvalidError{"by", "must be -1000000000000 to 1000000000000"}
	}
	g, err := scope.One(ctx, s.db, addToGoal, scanGoal, id, by, s.now())
	if err != nil {
		return Goal{}, fmt.Errorf("add to goal %q: %w", id, err)
	}
	return g, nil
}

// DeleteGoal removes a goal, or returns ErrNotFound.
func (s *Store) DeleteGoal(ctx context.Context, id GoalID) error {
	if err := existing(ctx, s.db, deleteGoal, id); err != nil {
		return fmt.Errorf("delete goal %q: %w", id, err)
	}
	return nil
}

func (g Goal) check() error {
	var order error
	if g.Order < -MaxPoints || g.Order > MaxPoints {
		order = &InvalidError{"order", "must be -1000000000000 to 1000000000000"}
	}
	if g.Current == KeepCount {
		g.Current = 0
	}
	return errors.Join(checkFilled("label", g.Label, 200),
		checkAmount("current", g.Current), checkAmount("target", g.Target), order)
}
