package tenant

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"streamvault/shard/scope"
)

// Item is how many of a power-up a viewer has.
type Item struct {
	Powerup  PowerupID `json:"powerup"` // may have left the catalogue
	Quantity int64     `json:"quantity"`
}

// InventoryStore keeps the power-ups that viewers hold.
type InventoryStore interface {
	Inventory(ctx context.Context, user UserID) ([]Item, error)
	GivePowerup(ctx context.Context, username string, id PowerupID, quantity int64) (int64, error)
	UsePowerup(ctx context.Context, username string, id PowerupID) (int64, error)
}

var inventory = scope.SQL(`
	SELECT powerup_type, quantity
	FROM powerup_inventory
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND quantity > 0
	ORDER BY powerup_type`)

var addToInventory = scope.SQL(`
	INSERT INTO powerup_inventory (streamer_id, user_id, powerup_type, quantity)
	VALUES (?1, ?2, ?3, ?4)
	ON CONFLICT (streamer_id, user_id, powerup_type) DO UPDATE
	SET quantity = quantity + excluded.quantity
	RETURNING quantity`)

var takeFromInventory = scope.SQL(`
	UPDATE powerup_inventory
	SET quantity = quantity - 1
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND powerup_type = ?3
	  AND quantity > 0
	RETURNING quantity`)

// Inventory lists what a viewer has, by id. An unknown viewer has nothing.
func (s *Store) Inventory(ctx context.Context, user UserID) ([]Item, error) {
	items, err := scope.All(ctx, s.db, inventory, scanItem, user)
	if err != nil {
		return nil, fmt.Errorf("inventory of user %d: %w", user, err)
	}
	return items, nil
}

func scanItem(r scope.Row) Item { return Item{PowerupID(r.Text(0)), r.Int(1)} }

// GivePowerup adds 1 to MaxPoints of a power-up in the catalogue, disabled or not, to what
// a viewer has and returns how many he has then. An unknown viewer is created. It returns
// an InvalidError, ErrNotFound when there is no such power-up, or ErrOutOfRange.
func (s *Store) GivePowerup(ctx context.Context, username string, id PowerupID, quantity int64) (int64, error) {
	if quantity < 1 || quantity > MaxPoints {
		return 0, &InvalidError{"quantity", "must be 1 to 1000000000000"}
	}
	var has int64
	err := s.db.Write(ctx, func(tx *scope.Tx) error {
		if _, err := scope.One(ctx, tx, powerupByID, scanPowerup, id); err != nil {
			return err
		}
		u, err := ensureUser(ctx, tx, username, s.now())
		if err != nil {
			return err
		}
		has, err = scope.One(ctx, tx, addToInventory, scanID, u.ID, id, quantity)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("give powerup %q to %q: %w", id, username, err)
	}
	return has, nil
}

// UsePowerup takes one of a viewer's power-ups and returns how many are left, or
// ErrNotFound when there is none to take.
func (s *Store) UsePowerup(ctx context.Context, username string, id PowerupID) (int64, error) {
	var left int64
	err := s.db.Write(ctx, func(tx *scope.Tx) error {
		u, err := findUser(ctx, tx, username)
		if err != nil {
			return err
		}
		left, err = scope.One(ctx, tx, takeFromInventory, scanID, u.ID, id)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("use powerup %q of %q: %w", id, username, err)
	}
	return left, nil
}

// Order asks for one power-up.
type Order struct {
	Powerup PowerupID
	// IdempotencyKey, when not empty, makes the purchase happen once however often it is
	// asked for: 1 to 255 characters. Each viewer's purchases have keys of their own.
	IdempotencyKey string
}

// Bought is what a purchase led to.
type Bought struct {
	Balance  int64 `json:"balance"`  // channel points left
	Quantity int64 `json:"quantity"` // of this power-up in the viewer's inventory
	Replayed bool  `json:"-"`        // an earlier request with this key did it
}

// Purchase is one that was made.
type Purchase struct {
	ID          PurchaseID
	Powerup     PowerupID
	Cost        int64 // channel points
	PurchasedAt time.Time
}

// PurchaseID names a purchase.
type PurchaseID int64

// PurchaseStore sells power-ups for channel points.
type PurchaseStore interface {
	BuyPowerup(ctx context.Context, username string, o Order) (Bought, error)
	Purchases(ctx context.Context, user UserID, after Place, limit int) ([]Purchase, error)
}

var insertPurchase = scope.SQL(`
	INSERT INTO powerup_purchases (streamer_id, user_id, powerup_type, cost, purchased_at)
	VALUES (?1, ?2, ?3, ?4, ?5)`)

var purchasesOfUser = scope.SQL(`
	SELECT id, powerup_type, cost, purchased_at
	FROM powerup_purchases
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND purchased_at <= ?3
	  AND (purchased_at < ?3 OR id > ?4)
	ORDER BY purchased_at DESC, id
	LIMIT ?5`)

// BuyPowerup pays for one power-up at the price of the moment: balance, ledger, purchase
// and inventory change together or not at all. It returns an InsufficientError with price
// and balance when the viewer cannot pay, or an InvalidError when the power-up is not on
// sale. A viewer is created only by a purchase that costs nothing.
func (s *Store) BuyPowerup(ctx context.Context, username string, o Order) (Bought, error) {
	if utf8.RuneCountInString(o.IdempotencyKey) > 255 {
		return Bought{}, &InvalidError{"Idempotency-Key", "must be 1 to 255 characters"}
	}
	var done Bought
	err := s.db.Write(ctx, func(tx *scope.Tx) (err error) {
		now := s.now()
		done.Replayed, err = once(ctx, tx, "buy "+nameKey(username), o.IdempotencyKey, now, requestHash("buy", username, o.Powerup), &done,
			func() (Bought, error) { return buy(ctx, tx, username, o.Powerup, now) })
		return err
	})
	if err != nil {
		return Bought{}, fmt.Errorf("buy powerup %q for %q: %w", o.Powerup, username, err)
	}
	return done, nil
}

func buy(ctx context.Context, tx *scope.Tx, username string, id PowerupID, now time.Time) (b Bought, err error) {
	p, err := scope.One(ctx, tx, powerupByID, scanPowerup, id)
	if errors.Is(err, scope.ErrNotFound) || err == nil && !p.Enabled {
		return b, &InvalidError{"powerupId", "names no power-up that is on sale"}
	}
	if err != nil {
		return b, err
	}
	u, err := ensureUser(ctx, tx, username, now)
	if err != nil {
		return b, err
	}
	if b.Balance, err = pay(ctx, tx, u, p, now); err != nil {
		return b, err
	}
	if _, err = tx.Exec(ctx, insertPurchase, u.ID, id, p.Cost, now); err != nil {
		return b, err
	}
	b.Quantity, err = scope.One(ctx, tx, addToInventory, scanID, u.ID, id, 1)
	return b, err
}

// pay takes the price and writes the ledger row. What costs nothing leaves no row.
func pay(ctx context.Context, tx *scope.Tx, u User, p Powerup, now time.Time) (balance int64, err error) {
	if p.Cost == 0 {
		return u.Points.Channel, nil
	}
	if balance, err = addPoints(ctx, tx, u, -p.Cost, now); err != nil {
		return 0, err
	}
	_, err = writeLedger(ctx, tx, u.ID, ChannelPoints, -p.Cost, "spend", "Bought "+p.Name+" powerup", now)
	return balance, err
}

// Purchases lists what a viewer bought, newest first, from the place after; limit is 1 to
// 1000. An unknown viewer bought nothing.
func (s *Store) Purchases(ctx context.Context, user UserID, after Place, limit int) ([]Purchase, error) {
	all, err := scope.All(ctx, s.db, purchasesOfUser, func(r scope.Row) Purchase {
		return Purchase{PurchaseID(r.Int(0)), PowerupID(r.Text(1)), r.Int(2), r.Time(3)}
	}, user, after.time(), after.ID, page(limit))
	if err != nil {
		return nil, fmt.Errorf("purchases of user %d: %w", user, err)
	}
	return all, nil
}
