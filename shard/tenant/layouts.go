package tenant

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// LayoutID names an overlay layout.
type LayoutID int64

// Layout is how an overlay is arranged.
type Layout struct {
	ID        LayoutID
	Name      string          // 1 to 100 characters, one layout each
	JSON      json.RawMessage // an object, at most 64 KiB
	Default   bool
	CreatedAt time.Time
	UpdatedAt time.Time
}

// MaxLayouts is how many a streamer may have.
const MaxLayouts = 50

// LayoutStore reads layouts. Where there are any, exactly one is the default.
type LayoutStore interface {
	Layouts(ctx context.Context) ([]Layout, error)
	Layout(ctx context.Context, id LayoutID) (Layout, error)
	DefaultLayout(ctx context.Context) (Config, error)
}

// LayoutEditor makes, changes and removes layouts.
type LayoutEditor interface {
	CreateLayout(ctx context.Context, n NewLayout) (Layout, error)
	UpdateLayout(ctx context.Context, id LayoutID, c LayoutChange) (Layout, error)
	DeleteLayout(ctx context.Context, id LayoutID) error
	SetDefaultLayout(ctx context.Context, config json.RawMessage) error
}

// NewLayout is a layout to be made. The first is the default whatever it says.
type NewLayout struct {
	Name    string
	JSON    json.RawMessage
	Default bool
}

// LayoutChange says what to change; what is nil stays. MakeDefault takes the place of the
// default from the layout that has it.
type LayoutChange struct {
	Name        *string
	JSON        json.RawMessage
	MakeDefault bool
}

// defaultLayoutName is what a layout is called that nobody named.
const defaultLayoutName = "Default"

//go:embed defaults/layout.json
var defaultLayoutJSON string

var layouts = scope.SQL(`
	SELECT id, name, layout, is_default, created_at, updated_at
	FROM overlay_layouts
	WHERE streamer_id = ?1
	ORDER BY id`)

var layoutByID = scope.SQL(`
	SELECT id, name, layout, is_default, created_at, updated_at
	FROM overlay_layouts
	WHERE streamer_id = ?1
	  AND id = ?2`)

var defaultLayout = scope.SQL(`
	SELECT layout, updated_at
	FROM overlay_layouts
	WHERE streamer_id = ?1
	  AND is_default = 1`)

var countLayouts = scope.SQL(`
	SELECT count(*)
	FROM overlay_layouts
	WHERE streamer_id = ?1`)

var insertLayout = scope.SQL(`
	INSERT INTO overlay_layouts (streamer_id, name, layout, is_default, created_at, updated_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?5)
	RETURNING id, name, layout, is_default, created_at, updated_at`)

var updateLayout = scope.SQL(`
	UPDATE overlay_layouts
	SET name = ?3, layout = ?4, is_default = ?5, updated_at = ?6
	WHERE streamer_id = ?1
	  AND id = ?2
	RETURNING id, name, layout, is_default, created_at, updated_at`)

var setDefaultLayout = scope.SQL(`
	UPDATE overlay_layouts
	SET layout = ?2, updated_at = ?3
	WHERE streamer_id = ?1
	  AND is_default = 1`)

var clearDefaultLayout = scope.SQL(`
	UPDATE overlay_layouts
	SET is_default = 0
	WHERE streamer_id = ?1
	  AND is_default = 1`)

var deleteLayout = scope.SQL(`
	DELETE FROM overlay_layouts
	WHERE streamer_id = ?1
	  AND id = ?2
	RETURNING is_default`)

var oldestLayoutToDefault = scope.SQL(`
	UPDATE overlay_layouts
	SET is_default = 1
	WHERE streamer_id = ?1
	  AND id = (
	      SELECT min(id)
	      FROM overlay_layouts
	      WHERE streamer_id = ?1)`)

func scanLayout(r scope.Row) Layout {
	return Layout{LayoutID(r.Int(0)), r.Text(1), json.RawMessage(r.Text(2)), r.Bool(3), r.Time(4), r.Time(5)}
}

// Layouts lists all, the oldest first.
func (s *Store) Layouts(ctx context.Context) ([]Layout, error) {
	all, err := scope.All(ctx, s.db, layouts, scanLayout)
	if err != nil {
		return nil, fmt.Errorf("list layouts: %w", err)
	}
	return all, nil
}

// Layout finds a layout by id, or returns ErrNotFound.
func (s *Store) Layout(ctx context.Context, id LayoutID) (Layout, error) {
	l, err := scope.One(ctx, s.db, layoutByID, scanLayout, id)
	if err != nil {
		return Layout{}, fmt.Errorf("layout %d: %w", id, err)
	}
	return l, nil
}

// DefaultLayout returns the layout that an overlay shows unless it asks for another, or
// a built-in one where there are none.
func (s *Store) DefaultLayout(ctx context.Context) (Config, error) {
	c, err := scope.One(ctx, s.db, defaultLayout, scanConfig)
	if c, err = orDefault(c, err, defaultLayoutJSON); err != nil {
		return Config{}, fmt.Errorf("default layout: %w", err)
	}
	return c, nil
}

// CreateLayout makes a layout. It returns ErrConflict when the name is taken, or an
// InvalidError, also when there are MaxLayouts already.
func (s *Store) CreateLayout(ctx context.Context, n NewLayout) (Layout, error) {
	text, err := object("layout", n.JSON)
	if err = errors.Join(checkFilled("name", n.Name, 100), err); err != nil {
		return Layout{}, err
	}
	var l Layout
	err = s.db.Write(ctx, func(tx *scope.Tx) error {
		have, err := scope.One(ctx, tx, countLayouts, scanID)
		if err = errors.Join(err, room(have, MaxLayouts, "layouts")); err != nil {
			return err
		}
		if n.Default {
			if _, err := tx.Exec(ctx, clearDefaultLayout); err != nil {
				return err
			}
		}
		l, err = scope.One(ctx, tx, insertLayout, scanLayout, n.Name, text, n.Default || have == 0, s.now())
		return err
	})
	if err != nil {
		return Layout{}, fmt.Errorf("create layout %q: %w", n.Name, err)
	}
	return l, nil
}

// UpdateLayout changes a layout and returns it as it is then, or ErrNotFound, ErrConflict
// when the new name is taken, or an InvalidError.
func (s *Store) UpdateLayout(ctx context.Context, id LayoutID, c LayoutChange) (Layout, error) {
	text, err := c.check()
	if err != nil {
		return Layout{}, err
	}
	var l Layout
	err = s.db.Write(ctx, func(tx *scope.Tx) error {
		old, err := scope.One(ctx, tx, layoutByID, scanLayout, id)
		if err != nil {
			return err
		}
		if c.MakeDefault {
			if _, err := tx.Exec(ctx, clearDefaultLayout); err != nil {
				return err
			}
		}
		name := old.Name
		if c.Name != nil {
			name = *c.Name
		}
		l, err = scope.One(ctx, tx, updateLayout, scanLayout, id, name, orElse(text, string(old.JSON)), old.Default || c.MakeDefault, s.now())
		return err
	})
	if err != nil {
		return Layout{}, fmt.Errorf("update layout %d: %w", id, err)
	}
	return l, nil
}

// DeleteLayout removes a layout, or returns ErrNotFound. When it was the default, the
// oldest of the others takes its place.
func (s *Store) DeleteLayout(ctx context.Context, id LayoutID) error {
	err := s.db.Shrink(ctx, func(tx *scope.Tx) error {
		wasDefault, err := scope.One(ctx, tx, deleteLayout, scanID, id)
		if err == nil && wasDefault == 1 {
			_, err = tx.Exec(ctx, oldestLayoutToDefault)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("delete layout %d: %w", id, err)
	}
	return nil
}

// SetDefaultLayout replaces what the default layout shows and makes it where there is
// none, or returns an InvalidError.
func (s *Store) SetDefaultLayout(ctx context.Context, config json.RawMessage) error {
	text, err := object("layout", config)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx *scope.Tx) error {
		n, err := tx.Exec(ctx, setDefaultLayout, text, s.now())
		if err == nil && n == 0 {
			_, err = tx.Exec(ctx, insertLayout, defaultLayoutName, text, true, s.now())
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("set default layout: %w", err)
	}
	return nil
}

func (c LayoutChange) check() (text string, err error) {
	if c.JSON != nil {
		text, err = object("layout", c.JSON)
	}
	if c.Name != nil {
		err = errors.Join(checkFilled("name", *c.Name, 100), err)
	}
	return text, err
}
