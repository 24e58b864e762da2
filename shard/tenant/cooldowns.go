package tenant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// maxCooldown is the longest that a command can be made to rest.
const maxCooldown = 24 * time.Hour

// Cooldown says until when a viewer has to wait before he uses a command again.
type Cooldown struct {
	Command    string    `json:"command"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
}

// CooldownStore keeps viewers from using chat commands too often.
type CooldownStore interface {
	UseCommand(ctx context.Context, username, command string, cooldown time.Duration) (wait time.Duration, err error)
	Cooldowns(ctx context.Context, user UserID) ([]Cooldown, error)
}

var runningCooldown = scope.SQL(`
	SELECT expires_at
	FROM command_cooldowns
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND command = ?3
	  AND expires_at > ?4`)

var beginCooldown = scope.SQL(`
	INSERT INTO command_cooldowns (streamer_id, user_id, command, last_used_at, expires_at)
	VALUES (?1, ?2, ?3, ?4, ?5)
	ON CONFLICT (streamer_id, user_id, command) DO UPDATE
	SET last_used_at = ?4, expires_at = ?5`)

var cooldownsOfUser = scope.SQL(`
	SELECT command, last_used_at, expires_at
	FROM command_cooldowns
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND expires_at > ?3
	ORDER BY command
	LIMIT ?4`)

var sweepCooldowns = scope.SQL(`
	DELETE FROM command_cooldowns
	WHERE streamer_id = ?1
	  AND expires_at <= ?2`)

func scanCooldown(r scope.Row) Cooldown {
	return Cooldown{Command: r.Text(0), LastUsedAt: r.Time(1), ExpiresAt: r.Time(2)}
}

// UseCommand answers 0 when the viewer may use the command now, and begins its cooldown of
// 0 to 24 hours; of callers at the same time one gets 0. Otherwise it answers how long he
// has to wait, in whole milliseconds, and the cooldown that runs stays as it is. An unknown
// viewer is created. Commands are 1 to 100 characters and compare as they are written; outside
// of that it returns an InvalidError.
func (s *Store) UseCommand(ctx context.Context, username, command string, cooldown time.Duration) (time.Duration, error) {
	if err := checkCooldown(command, cooldown); err != nil {
		return 0, err
	}
	wait, err := s.impatient(ctx, username, command)
	if err == nil && wait == 0 {
		err = s.db.Write(ctx, func(tx *scope.Tx) (err error) {
			wait, err = useCommand(ctx, tx, username, command, cooldown, s.now())
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("use command %q of %q: %w", command, username, err)
	}
	return wait, nil
}

// impatient turns away who has to wait without a write, however often he tries.
func (s *Store) impatient(ctx context.Context, username, command string) (time.Duration, error) {
	u, err := findUser(ctx, s.db, username)
	if errors.Is(err, scope.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return waitFor(ctx, s.db, u.ID, command, s.now())
}

func useCommand(ctx context.Context, tx *scope.Tx, username, command string, cooldown time.Duration, now time.Time) (time.Duration, error) {
	u, err := ensureUser(ctx, tx, username, now)
	if err != nil {
		return 0, err
	}
	if wait, err := waitFor(ctx, tx, u.ID, command, now); wait > 0 || err != nil {
		return wait, err
	}
	if _, err := tx.Exec(ctx, sweepCooldowns, now); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, beginCooldown, u.ID, command, now, now.Add(cooldown))
	return 0, err
}

// waitFor is how long the cooldown of a command still runs.
func waitFor(ctx context.Context, q scope.Querier, user UserID, command string, now time.Time) (time.Duration, error) {
	until, err := scope.One(ctx, q, runningCooldown, func(r scope.Row) time.Time { return r.Time(0) }, user, command, now)
	if errors.Is(err, scope.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return until.Sub(now.Truncate(time.Millisecond)), nil
}

// Cooldowns lists a viewer's cooldowns that run, by command, the first 1000. An unknown
// viewer has none.
func (s *Store) Cooldowns(ctx context.Context, user UserID) ([]Cooldown, error) {
	all, err := scope.All(ctx, s.db, cooldownsOfUser, scanCooldown, user, s.now(), MaxPage)
	if err != nil {
		return nil, fmt.Errorf("cooldowns of user %d: %w", user, err)
	}
	return all, nil
}

func checkCooldown(command string, cooldown time.Duration) error {
	if cooldown < 0 || cooldown > maxCooldown {
		return &InvalidError{"cooldown", "must be 0 to 24 hours"}
	}
	return checkFilled("command", command, 100)
}
