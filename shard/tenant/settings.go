package tenant

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"streamvault/shard/scope"
)

// Setting is one of the streamer's, as text: what it means is for those who read it.
type Setting struct {
	Key         string // 1 to 100 characters
	Value       string // at most 64 KiB
	Description *string
	UpdatedAt   time.Time
}

const (
	// MaxSettings is how many a streamer may have.
	MaxSettings = 200

	maxSettingKey   = 100
	maxSettingValue = 64 << 10

	// The old app kept theme and layout as settings. Here they are entities of their own;
	// under these keys they are still read and written as settings.
	themeKey    = "theme_config"
	layoutKey   = "overlay_layout_config"
	dropGameKey = "dropgame_config"
)

// SettingStore keeps the streamer's settings.
type SettingStore interface {
	Settings(ctx context.Context) ([]Setting, error)
	SettingsUnder(ctx context.Context, prefix string) ([]Setting, error)
	SetSetting(ctx context.Context, key, value string) error
	DeleteSetting(ctx context.Context, key string) error
}

// DropGameStore keeps how the drop game behaves.
type DropGameStore interface {
	DropGame(ctx context.Context) (Config, error)
	SetDropGame(ctx context.Context, config json.RawMessage) error
}

//go:embed defaults/dropgame.json
var defaultDropGame string

var settings = scope.SQL(`
	SELECT key, value, description, updated_at
	FROM overlay_settings
	WHERE streamer_id = ?1
	ORDER BY key`)

var settingsUnder = scope.SQL(`
	SELECT key, value, description, updated_at
	FROM overlay_settings
	WHERE streamer_id = ?1
	  AND key >= ?2
	  AND key < ?3
	ORDER BY key`)

var settingByKey = scope.SQL(`
	SELECT value, updated_at
	FROM overlay_settings
	WHERE streamer_id = ?1
	  AND key = ?2`)

var countSettings = scope.SQL(`
	SELECT count(*)
	FROM overlay_settings
	WHERE streamer_id = ?1`)

var upsertSetting = scope.SQL(`
	INSERT INTO overlay_settings (streamer_id, key, value, updated_at)
	VALUES (?1, ?2, ?3, ?4)
	ON CONFLICT (streamer_id, key) DO UPDATE
	SET value = excluded.value, updated_at = excluded.updated_at`)

var deleteSetting = scope.SQL(`
	DELETE FROM overlay_settings
	WHERE streamer_id = ?1
	  AND key = ?2`)

func scanSetting(r scope.Row) Setting {
	return Setting{r.Text(0), r.Text(1), r.TextOrNil(2), r.Time(3)}
}

// Settings lists them by key, with the theme and the default layout among them where they
// were set.
func (s *Store) Settings(ctx context.Context) ([]Setting, error) {
	var all []Setting
	err := s.db.Read(ctx, func(tx *scope.Tx) (err error) {
		if all, err = scope.All(ctx, tx, settings, scanSetting); err != nil {
			return err
		}
		for _, c := range []struct {
			st        scope.Statement
			key, text string
		}{
			{theme, themeKey, "Site theme and branding configuration"},
			{defaultLayout, layoutKey, "Overlay visual layout configuration"},
		} {
			config, err := scope.One(ctx, tx, c.st, scanConfig)
			if errors.Is(err, scope.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			all = append(all, Setting{c.key, string(config.JSON), &c.text, config.UpdatedAt})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list settings: %w", err)
	}
	slices.SortFunc(all, func(a, b Setting) int { return strings.Compare(a.Key, b.Key) })
	return all, nil
}

// afterKeys sorts behind whatever can follow in a key.
var afterKeys = strings.Repeat(string(utf8.MaxRune), maxSettingKey)

// SettingsUnder lists by key those whose key begins with a prefix. Theme and default layout
// are never among them. It is for what reads a few settings often.
func (s *Store) SettingsUnder(ctx context.Context, prefix string) ([]Setting, error) {
	all, err := scope.All(ctx, s.db, settingsUnder, scanSetting, prefix, prefix+afterKeys)
	if err != nil {
		return nil, fmt.Errorf("list settings under %q: %w", prefix, err)
	}
	return all, nil
}

// SetSetting makes or changes a setting; theme, default layout and the drop game take only
// a JSON object. It returns an InvalidError.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	switch key {
	case themeKey:
		return s.SetTheme(ctx, json.RawMessage(value))
	case layoutKey:
		return s.SetDefaultLayout(ctx, json.RawMessage(value))
	case dropGameKey:
		return s.SetDropGame(ctx, json.RawMessage(value))
	}
	if err := errors.Join(checkFilled("key", key, maxSettingKey), checkText("value", &value, maxSettingValue)); err != nil {
		return err
	}
	return s.setSetting(ctx, key, value)
}

func (s *Store) setSetting(ctx context.Context, key, value string) error {
	err := s.db.Write(ctx, func(tx *scope.Tx) error {
		_, err := scope.One(ctx, tx, settingByKey, scanConfig, key)
		if errors.Is(err, scope.ErrNotFound) {
			var n int64
			if n, err = scope.One(ctx, tx, countSettings, scanID); err == nil {
				err = room(n, MaxSettings, "settings")
			}
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, upsertSetting, key, value, s.now())
		return err
	})
	if err != nil {
		return fmt.Errorf("set %q: %w", key, err)
	}
	return nil
}

// DeleteSetting removes a setting, or returns ErrNotFound.
func (s *Store) DeleteSetting(ctx context.Context, key string) error {
	if err := existing(ctx, s.db, deleteSetting, key); err != nil {
		return fmt.Errorf("delete setting %q: %w", key, err)
	}
	return nil
}

// DefaultDropGame is how the drop game behaves by itself.
func DefaultDropGame() json.RawMessage { return json.RawMessage(defaultDropGame) }

// DropGame returns how the drop game behaves, or the default where nothing usable was set.
func (s *Store) DropGame(ctx context.Context) (Config, error) {
	c, err := scope.One(ctx, s.db, settingByKey, scanConfig, dropGameKey)
	if err == nil && !json.Valid(c.JSON) {
		err = scope.ErrNotFound // an old database may hold anything here
	}
	if c, err = orDefault(c, err, defaultDropGame); err != nil {
		return Config{}, fmt.Errorf("drop game: %w", err)
	}
	return c, nil
}

// SetDropGame replaces how the drop game behaves, or returns an InvalidError.
func (s *Store) SetDropGame(ctx context.Context, config json.RawMessage) error {
	text, err := object("dropgame", config)
	if err != nil {
		return err
	}
	return s.setSetting(ctx, dropGameKey, text)
}
