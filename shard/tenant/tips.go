package tenant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// TipID names a tip.
type TipID int64

// Tip is a line of text that the overlay shows in turn.
type Tip struct {
	ID        TipID
	Content   string // 1 to 500 characters
	Enabled   bool   // one that is not is not shown
	Order     int64  // lower comes first; equals by id
	CreatedAt time.Time
	UpdatedAt time.Time
}

// MaxTips is how many a streamer may have.
const MaxTips = 500

// TipStore keeps the streamer's tips.
type TipStore interface {
	Tips(ctx context.Context, disabledToo bool) ([]Tip, error)
	CreateTip(ctx context.Context, content string, enabled bool) (Tip, error)
	UpdateTip(ctx context.Context, id TipID, c TipChange) (Tip, error)
	OrderTips(ctx context.Context, ids []TipID) error
	DeleteTip(ctx context.Context, id TipID) error
}

// TipChange says what to change; what is nil stays.
type TipChange struct {
	Content *string
	Enabled *bool
	Order   *int64 // -10^12 to 10^12
}

var tips = scope.SQL(`
	SELECT id, content, enabled, sort_order, created_at, updated_at
	FROM tips
	WHERE streamer_id = ?1
	  AND enabled >= ?2
	ORDER BY sort_order, id`)

var tipByID = scope.SQL(`
	SELECT id, content, enabled, sort_order, created_at, updated_at
	FROM tips
	WHERE streamer_id = ?1
	  AND id = ?2`)

var lastTip = scope.SQL(`
	SELECT count(*), coalesce(max(sort_order), 0)
	FROM tips
	WHERE streamer_id = ?1`)

var insertTip = scope.SQL(`
	INSERT INTO tips (streamer_id, content, enabled, sort_order, created_at, updated_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?5)
	RETURNING id, content, enabled, sort_order, created_at, updated_at`)

var updateTip = scope.SQL(`
	UPDATE tips
	SET content = ?3, enabled = ?4, sort_order = ?5, updated_at = ?6
	WHERE streamer_id = ?1
	  AND id = ?2
	RETURNING id, content, enabled, sort_order, created_at, updated_at`)

var orderTip = scope.SQL(`
	UPDATE tips
	SET sort_order = ?3
	WHERE streamer_id = ?1
	  AND id = ?2`)

var deleteTip = scope.SQL(`
	DELETE FROM tips
	WHERE streamer_id = ?1
	  AND id = ?2`)

func scanTip(r scope.Row) Tip {
	return Tip{TipID(r.Int(0)), r.Text(1), r.Bool(2), r.Int(3), r.Time(4), r.Time(5)}
}

// Tips lists them in their order; the disabled ones only for those who edit them.
func (s *Store) Tips(ctx context.Context, disabledToo bool) ([]Tip, error) {
	all, err := scope.All(ctx, s.db, tips, scanTip, !disabledToo)
	if err != nil {
		return nil, fmt.Errorf("list tips: %w", err)
	}
	return all, nil
}

// CreateTip adds a tip behind the others, or returns an InvalidError, also when there are
// MaxTips already.
func (s *Store) CreateTip(ctx context.Context, content string, enabled bool) (Tip, error) {
	if err := checkFilled("content", content, 500); err != nil {
		return Tip{}, err
	}
	type last struct{ count, order int64 }
	var t Tip
	err := s.db.Write(ctx, func(tx *scope.Tx) error {
		l, err := scope.One(ctx, tx, lastTip, func(r scope.Row) last { return last{r.Int(0), r.Int(1)} })
		if err = errors.Join(err, room(l.count, MaxTips, "tips")); err != nil {
			return err
		}
		t, err = scope.One(ctx, tx, insertTip, scanTip, content, enabled, l.order+1, s.now())
		return err
	})
	if err != nil {
		return Tip{}, fmt.Errorf("create tip: %w", err)
	}
	return t, nil
}

// UpdateTip changes a tip and returns it as it is then, or ErrNotFound or an InvalidError.
func (s *Store) UpdateTip(ctx context.Context, id TipID, c TipChange) (Tip, error) {
	if err := c.check(); err != nil {
		return Tip{}, err
	}
	var t Tip
	err := s.db.Write(ctx, func(tx *scope.Tx) error {
		next, err := scope.One(ctx, tx, tipByID, scanTip, id)
		if err != nil {
			return err
		}
		if c.Content != nil {
			next.Content = *c.Content
		}
		if c.Enabled != nil {
			next.Enabled = *c.Enabled
		}
		if c.Order != nil {
			next.Order = *c.Order
		}
		t, err = scope.One(ctx, tx, updateTip, scanTip, id, next.Content, next.Enabled, next.Order, s.now())
		return err
	})
	if err != nil {
		return Tip{}, fmt.Errorf("update tip %d: %w", id, err)
	}
	return t, nil
}

// OrderTips puts tips into the order of ids; those that are not named come behind. It
// returns ErrNotFound when there is one that does not exist; then nothing has changed.
func (s *Store) OrderTips(ctx context.Context, ids []TipID) error {
	err := s.db.Write(ctx, func(tx *scope.Tx) error {
		rest, err := scope.All(ctx, tx, tips, scanTip, false)
		if err != nil {
			return err
		}
		named := map[TipID]bool{}
		order := append([]TipID(nil), ids...)
		for _, id := range ids {
			named[id] = true
		}
		for _, t := range rest {
			if !named[t.ID] {
				order = append(order, t.ID)
			}
		}
		for i, id := range order {
			if err := existing(ctx, tx, orderTip, id, i+1); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("order tips: %w", err)
	}
	return nil
}

// DeleteTip removes a tip, or returns ErrNotFound.
func (s *Store) DeleteTip(ctx context.Context, id TipID) error {
	if err := existing(ctx, s.db, deleteTip, id); err != nil {
		return fmt.Errorf("delete tip %d: %w", id, err)
	}
	return nil
}

func (c TipChange) check() error {
	if c.Order != nil && (*c.Order < -MaxPoints || *c.Order > MaxPoints) {
		return &InvalidError{"order", "must be -1000000000000 to 1000000000000"}
	}
	if c.Content != nil {
		return checkFilled("content", *c.Content, 500)
	}
	return nil
}
