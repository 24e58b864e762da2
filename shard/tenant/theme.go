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

// Config is a configuration with the time of its last change; a default that nobody has
// changed has no time.
type Config struct {
	JSON      json.RawMessage // an object, at most 64 KiB
	UpdatedAt time.Time
}

// ThemeStore keeps the colours and names of the streamer's pages.
type ThemeStore interface {
	Theme(ctx context.Context) (Config, error)
	SetTheme(ctx context.Context, config json.RawMessage) error
}

//go:embed defaults/theme.json
var defaultTheme string

var theme = scope.SQL(`
	SELECT config, updated_at
	FROM theme
	WHERE streamer_id = ?1`)

var upsertTheme = scope.SQL(`
	INSERT INTO theme (streamer_id, config, updated_at)
	VALUES (?1, ?2, ?3)
	ON CONFLICT (streamer_id) DO UPDATE
	SET config = excluded.config, updated_at = excluded.updated_at`)

func scanConfig(r scope.Row) Config { return Config{json.RawMessage(r.Text(0)), r.Time(1)} }

// orDefault answers a configuration that was never set with its default.
func orDefault(c Config, err error, fallback string) (Config, error) {
	if errors.Is(err, scope.ErrNotFound) {
		return Config{JSON: json.RawMessage(fallback)}, nil
	}
	return c, err
}

// Theme returns the theme, or the default where none was set.
func (s *Store) Theme(ctx context.Context) (Config, error) {
	c, err := scope.One(ctx, s.db, theme, scanConfig)
	if c, err = orDefault(c, err, defaultTheme); err != nil {
		return Config{}, fmt.Errorf("theme: %w", err)
	}
	return c, nil
}

// SetTheme replaces the theme, or returns an InvalidError.
func (s *Store) SetTheme(ctx context.Context, config json.RawMessage) error {
	text, err := object("theme", config)
	if err != nil {
		return err
	}
	if _, err = s.db.Exec(ctx, upsertTheme, text, s.now()); err != nil {
		return fmt.Errorf("set theme: %w", err)
	}
	return nil
}
