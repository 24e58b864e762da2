package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// PowerupID names a power-up: 1 to 40 of a-z, 0-9, _ and -.
type PowerupID string

// Powerup is one entry of the streamer's catalogue.
type Powerup struct {
	ID          PowerupID
	Name        string // 1 to 200 characters
	Description string // at most 500 characters, like Emoji and Effect
	Cost        int64  // channel points, 0 to MaxPoints
	Emoji       string
	Effect      string
	Variables   json.RawMessage // a JSON object for the game, at most 64 KiB
	Enabled     bool            // one that is not is not shown and cannot be bought
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// MaxPowerups is how long a catalogue may get.
const MaxPowerups = 100

// PowerupStore keeps which power-ups there are. None is ever removed: viewers may hold it.
type PowerupStore interface {
	Powerups(ctx context.Context, disabledToo bool) ([]Powerup, error)
	SetPowerup(ctx context.Context, p Powerup) error
	DisablePowerup(ctx context.Context, id PowerupID) error
}

var powerups = scope.SQL(`
	SELECT id, name, description, cost, emoji, effect, variables, enabled, created_at, updated_at
	FROM powerup_config
	WHERE streamer_id = ?1
	  AND enabled >= ?2
	ORDER BY cost, id`)

var powerupByID = scope.SQL(`
	SELECT id, name, description, cost, emoji, effect, variables, enabled, created_at, updated_at
	FROM powerup_config
	WHERE streamer_id = ?1
	  AND id = ?2`)

var countPowerups = scope.SQL(`
	SELECT count(*)
	FROM powerup_config
	WHERE streamer_id = ?1`)

var upsertPowerup = scope.SQL(`
	INSERT INTO powerup_config (streamer_id, id, name, description, cost, emoji, effect, variables, enabled, created_at, updated_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
	ON CONFLICT (streamer_id, id) DO UPDATE
	SET name = excluded.name, description = excluded.description, cost = excluded.cost, emoji = excluded.emoji,
	    effect = excluded.effect, variables = excluded.variables, enabled = excluded.enabled, updated_at = excluded.updated_at`)

var disablePowerup = scope.SQL(`
	UPDATE powerup_config
	SET enabled = 0, updated_at = ?3
	WHERE streamer_id = ?1
	  AND id = ?2`)

func scanPowerup(r scope.Row) Powerup {
	return Powerup{
		ID: PowerupID(r.Text(0)), Name: r.Text(1), Description: r.Text(2), Cost: r.Int(3), Emoji: r.Text(4), Effect: r.Text(5),
		Variables: json.RawMessage(r.Text(6)), Enabled: r.Bool(7), CreatedAt: r.Time(8), UpdatedAt: r.Time(9),
	}
}

// Powerups lists the catalogue, cheapest first; the disabled ones only for those who edit it.
func (s *Store) Powerups(ctx context.Context, disabledToo bool) ([]Powerup, error) {
	all, err := scope.All(ctx, s.db, powerups, scanPowerup, !disabledToo)
	if err != nil {
		return nil, fmt.Errorf("list powerups: %w", err)
	}
	return all, nil
}

// SetPowerup adds a power-up to the catalogue or replaces the one with its id; an empty
// Emoji or Effect and nil Variables keep what is there. The times are set here. It returns
// an InvalidError, also when the catalogue is full.
func (s *Store) SetPowerup(ctx context.Context, p Powerup) error {
	variables, err := p.check()
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx *scope.Tx) error {
		old, err := powerupOrRoom(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		kept := string(old.Variables)
		if p.Variables != nil || kept == "" {
			kept = variables
		}
		_, err = tx.Exec(ctx, upsertPowerup, p.ID, p.Name, p.Description, p.Cost, orElse(p.Emoji, old.Emoji),
			orElse(p.Effect, old.Effect), kept, p.Enabled, s.now())
		return err
	})
	if err != nil {
		return fmt.Errorf("set powerup %q: %w", p.ID, err)
	}
	return nil
}

// powerupOrRoom finds a power-up, whatever an old database called it, or nothing when there
// may be a new one.
func powerupOrRoom(ctx context.Context, tx *scope.Tx, id PowerupID) (Powerup, error) {
	old, err := scope.One(ctx, tx, powerupByID, scanPowerup, id)
	if !errors.Is(err, scope.ErrNotFound) {
		return old, err
	}
	n, err := scope.One(ctx, tx, countPowerups, scanID)
	if err = errors.Join(err, checkID(id)); err == nil {
		err = room(n, MaxPowerups, "powerups")
	}
	return Powerup{}, err
}

// DisablePowerup takes a power-up off sale, or returns ErrNotFound. Viewers keep theirs.
func (s *Store) DisablePowerup(ctx context.Context, id PowerupID) error {
	if err := existing(ctx, s.db, disablePowerup, id, s.now()); err != nil {
		return fmt.Errorf("disable powerup %q: %w", id, err)
	}
	return nil
}

// check returns the variables as they are stored.
func (p Powerup) check() (variables string, err error) {
	if p.Variables == nil {
		p.Variables = json.RawMessage(`{}`)
	}
	variables, err = object("variables", p.Variables)
	return variables, errors.Join(checkFilled("name", p.Name, 200), checkAmount("cost", p.Cost),
		checkText("description", &p.Description, 500), checkText("emoji", &p.Emoji, 500),
		checkText("effect", &p.Effect, 500), err)
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
