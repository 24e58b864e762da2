package tenant

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"streamvault/shard/scope"
)

// MaxPoints is the most that a balance or a count can hold.
const MaxPoints = 1_000_000_000_000

// Points are a viewer's balances and how often he dropped.
type Points struct {
	Channel int64 // given in chat, for subscriptions and so on; spent on power-ups
	Drop    int64 // won in the drop game
	Drops   int64 // count
}

// Total is what the leaderboard counts.
func (p Points) Total() int64 { return p.Channel + p.Drop }

// PointStore changes channel points and ranks viewers.
type PointStore interface {
	AddPoints(ctx context.Context, username string, a Award) (Awarded, error)
	Leaderboard(ctx context.Context, limit int) ([]Rank, error)
}

// Award is a change of a viewer's channel points.
type Award struct {
	// Amount is -MaxPoints to MaxPoints, not 0. What is taken must be there.
	Amount int64
	// Source is one of Sources.
	Source string
	// Description is shown in the ledger; at most 500 characters, may be empty.
	Description string
	// IdempotencyKey, when not empty, makes the award happen once however often it is
	// asked for: 1 to 255 characters. Awards of all viewers share their keys.
	IdempotencyKey string
}

// Awarded is what an award led to.
type Awarded struct {
	Channel     int64 `json:"channelPoints"` // the balance afterwards
	Transaction int64 `json:"transactionId"` // its row in the ledger
	Replayed    bool  `json:"-"`             // an earlier request with this key did it
}

// Rank is one line of the leaderboard.
type Rank struct {
	Username string
	Points   Points
}

// The condition makes spending safe against every other writer: what is not there
// cannot be taken, and a balance never passes its bound.
var addChannelPoints = scope.SQL(`
	UPDATE user_points
	SET channel_points = channel_points + ?3, updated_at = ?4
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND channel_points + ?3 BETWEEN 0 AND 1000000000000
	RETURNING channel_points`)

var setBalances = scope.SQL(`
	UPDATE user_points
	SET channel_points = ?3, drop_points = ?4, total_drops = ?5, updated_at = ?6
	WHERE streamer_id = ?1
	  AND user_id = ?2`)

var leaderboard = scope.SQL(`
	SELECT u.username, p.channel_points, p.drop_points, p.total_drops
	FROM user_points p
	JOIN users u ON u.streamer_id = p.streamer_id AND u.id = p.user_id
	WHERE p.streamer_id = ?1
	  AND p.total_points > 0
	ORDER BY p.total_points DESC, p.user_id
	LIMIT ?2`)

// Leaderboard ranks viewers with points by both balances together, highest first, the
// older viewer first among equals; limit is 1 to 1000.
func (s *Store) Leaderboard(ctx context.Context, limit int) ([]Rank, error) {
	ranks, err := scope.All(ctx, s.db, leaderboard, func(r scope.Row) Rank {
		return Rank{r.Text(0), Points{Channel: r.Int(1), Drop: r.Int(2), Drops: r.Int(3)}}
	}, page(limit))
	if err != nil {
		return nil, fmt.Errorf("leaderboard: %w", err)
	}
	return ranks, nil
}

// AddPoints gives channel points to a viewer, or takes them when the amount is negative,
// and writes the ledger row. An unknown viewer is created. It returns an InvalidError, an
// InsufficientError when there is less to take, or scope.ErrOutOfRange when the balance
// would pass MaxPoints; then nothing has changed.
func (s *Store) AddPoints(ctx context.Context, username string, a Award) (Awarded, error) {
	if err := a.check(); err != nil {
		return Awarded{}, err
	}
	var done Awarded
	err := s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		now := s.now()
		replayed, err := once(ctx, tx, "points", a.IdempotencyKey, now, requestHash("points", username, a), &done,
			func() (Awarded, error) { return award(ctx, tx, username, a, now) })
		done.Replayed = replayed
		return err
	})
	if err != nil {
		return Awarded{}, fmt.Errorf("add points to %q: %w", username, err)
	}
	return done, nil
}

func award(ctx context.Context, tx *scope.Tx, username string, a Award, now time.Time) (Awarded, error) {
	u, err := ensureUser(ctx, tx, username, now)
	if err != nil {
		return Awarded{}, err
	}
	balance, err := addPoints(ctx, tx, u, a.Amount, now)
	if err != nil {
		return Awarded{}, err
	}
	id, err := writeLedger(ctx, tx, u.ID, ChannelPoints, a.Amount, a.Source, a.Description, now)
	return Awarded{Channel: balance, Transaction: id}, err
}

// addPoints moves the channel balance, or says why it cannot.
func addPoints(ctx context.Context, tx *scope.Tx, u User, amount int64, now time.Time) (int64, error) {
	balance, err := scope.One(ctx, tx, addChannelPoints, scanID, u.ID, amount, now)
	if err == nil {
		return balance, nil
	}
	if u.Points.Channel+amount < 0 {
		return 0, &InsufficientError{Price: -amount, Balance: u.Points.Channel}
	}
	if u.Points.Channel+amount > MaxPoints {
		return 0, fmt.Errorf("%w: the balance would pass %d", scope.ErrOutOfRange, int64(MaxPoints))
	}
	return 0, err
}

// setPoints sets what c names, with a ledger row for each difference.
func setPoints(ctx context.Context, tx *scope.Tx, u User, c UserChange, now time.Time) error {
	next := u.Points
	for to, from := range map[*int64]*int64{&next.Channel: c.Channel, &next.Drop: c.Drop, &next.Drops: c.Drops} {
		if from != nil {
			*to = *from
		}
	}
	if next == u.Points {
		return nil
	}
	if _, err := tx.Exec(ctx, setBalances, u.ID, next.Channel, next.Drop, next.Drops, now); err != nil {
		return err
	}
	for _, d := range []struct {
		kind   Kind
		amount int64
	}{{ChannelPoints, next.Channel - u.Points.Channel}, {DropPoints, next.Drop - u.Points.Drop}} {
		if d.amount == 0 {
			continue
		}
		if _, err := writeLedger(ctx, tx, u.ID, d.kind, d.amount, "admin", c.Reason, now); err != nil {
			return err
		}
	}
	return nil
}

func (a Award) check() error {
	switch {
	case a.Amount == 0 || a.Amount < -MaxPoints || a.Amount > MaxPoints:
		return &InvalidError{"amount", "must be -1000000000000 to 1000000000000, not 0"}
	case !sources[a.Source]:
		return &InvalidError{"source", "must be one of chat, watch, drop, sub, gift, renewal, tip, admin, spend, gamble, duel"}
	case utf8.RuneCountInString(a.IdempotencyKey) > 255:
		return &InvalidError{"Idempotency-Key", "must be 1 to 255 characters"}
	}
	return checkText("description", &a.Description, 500)
}
