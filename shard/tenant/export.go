package tenant

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"streamvault/shard/scope"
)

// UserExport is everything that is kept of one viewer, to be handed to him. Secrets are
// not in it: of sessions the times only, of uploads size and SHA-256; a body is had by
// its id.
type UserExport struct {
	ID            UserID             `json:"id"`
	Username      string             `json:"username"`
	VoiceID       *string            `json:"voiceId"`
	DropImage     *string            `json:"dropImage"`
	Country       *string            `json:"country"`
	ChannelPoints int64              `json:"channelPoints"`
	DropPoints    int64              `json:"dropPoints"`
	TotalDrops    int64              `json:"totalDrops"`
	CreatedAt     time.Time          `json:"createdAt"`
	UpdatedAt     time.Time          `json:"updatedAt"`
	ChannelLedger []ExportedChange   `json:"channelLedger"` // newest first, as all that has a time
	DropLedger    []ExportedChange   `json:"dropLedger"`
	Inventory     []ExportedPowerup  `json:"inventory"`
	Purchases     []ExportedPurchase `json:"purchases"`
	Drops         []ExportedDrop     `json:"drops"`
	Cooldowns     []Cooldown         `json:"cooldowns"` // by command, over or not
	Uploads       []ExportedUpload   `json:"uploads"`
	Sessions      []ExportedSession  `json:"sessions"`
}

// ExportedChange is one change of a balance.
type ExportedChange struct {
	ID          int64     `json:"id"`
	Amount      int64     `json:"amount"` // points
	Source      string    `json:"source"`
	Description *string   `json:"description"`
	CreatedAt   time.Time `json:"createdAt"`
}

// ExportedPowerup is how many of a power-up the viewer holds.
type ExportedPowerup struct {
	PowerupID string `json:"powerupId"`
	Quantity  int64  `json:"quantity"`
}

// ExportedPurchase is a power-up that he bought.
type ExportedPurchase struct {
	ID          int64     `json:"id"`
	PowerupID   string    `json:"powerupId"`
	Cost        int64     `json:"cost"` // points
	PurchasedAt time.Time `json:"purchasedAt"`
}

// ExportedDrop is a round of the drop game.
type ExportedDrop struct {
	ID          int64     `json:"id"`
	Score       int64     `json:"score"` // points
	IsPerfect   bool      `json:"isPerfect"`
	PowerupUsed *string   `json:"powerupUsed"`
	CreatedAt   time.Time `json:"createdAt"`
}

// ExportedUpload is a picture without its body.
type ExportedUpload struct {
	ID          UploadID  `json:"id"`
	ContentType string    `json:"contentType"`
	Size        int64     `json:"size"`   // bytes
	SHA256      string    `json:"sha256"` // hex
	CreatedAt   time.Time `json:"createdAt"`
}

// ExportedSession is a time that he was signed in.
type ExportedSession struct {
	ID        int64     `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Pages of a history begin behind a row: its time, and its id among those of that time.

var exportLedger = scope.SQL(`
	SELECT id, amount, source, description, created_at
	FROM point_transactions
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND kind = ?3
	  AND created_at <= ?4
	  AND (created_at < ?4 OR id > ?5)
	ORDER BY created_at DESC, id
	LIMIT ?6`)

var exportPurchases = scope.SQL(`
	SELECT id, powerup_type, cost, purchased_at
	FROM powerup_purchases
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND purchased_at <= ?3
	  AND (purchased_at < ?3 OR id > ?4)
	ORDER BY purchased_at DESC, id
	LIMIT ?5`)

var exportDrops = scope.SQL(`
	SELECT id, score, is_perfect, powerup_used, created_at
	FROM drop_history
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND created_at <= ?3
	  AND (created_at < ?3 OR id > ?4)
	ORDER BY created_at DESC, id
	LIMIT ?5`)

var exportInventory = scope.SQL(`
	SELECT powerup_type, quantity
	FROM powerup_inventory
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND powerup_type > ?3
	ORDER BY powerup_type
	LIMIT ?4`)

var exportCooldowns = scope.SQL(`
	SELECT command, last_used_at, expires_at
	FROM command_cooldowns
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND command > ?3
	ORDER BY command
	LIMIT ?4`)

var exportSessions = scope.SQL(`
	SELECT id, created_at, expires_at
	FROM user_sessions
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND id < ?3
	ORDER BY id DESC
	LIMIT ?4`)

// ExportUser collects everything that is kept of a viewer, or returns ErrNotFound. It is
// read in pages; what changes meanwhile is in it as it was or as it is. A code that waits
// to be confirmed is a secret of 5 minutes and not in it.
func (s *Store) ExportUser(ctx context.Context, id UserID) (UserExport, error) {
	var x UserExport
	err := s.db.Read(ctx, func(tx *scope.Tx) error {
		u, err := scope.One(ctx, tx, userByID, scanUser, id)
		if err != nil {
			return err
		}
		x = UserExport{ID: u.ID, Username: u.Username, VoiceID: u.VoiceID, DropImage: u.DropImage, Country: u.Country,
			ChannelPoints: u.Points.Channel, DropPoints: u.Points.Drop, TotalDrops: u.Points.Drops,
			CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt}
		for _, read := range exporters {
			if err := read(ctx, tx, id, &x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return UserExport{}, fmt.Errorf("export user %d: %w", id, err)
	}
	return x, nil
}

// exporters each read a part of an export.
var exporters = []func(context.Context, *scope.Tx, UserID, *UserExport) error{
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.ChannelLedger, err = exportedLedger(ctx, tx, id, ChannelPoints)
		return err
	},
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.DropLedger, err = exportedLedger(ctx, tx, id, DropPoints)
		return err
	},
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.Inventory, err = everyPage(ExportedPowerup{}, func(p ExportedPowerup) ([]ExportedPowerup, error) {
			return scope.All(ctx, tx, exportInventory, func(r scope.Row) ExportedPowerup {
				return ExportedPowerup{r.Text(0), r.Int(1)}
			}, id, p.PowerupID, MaxPage)
		})
		return err
	},
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.Purchases, err = everyPage(ExportedPurchase{PurchasedAt: endOfTime}, func(p ExportedPurchase) ([]ExportedPurchase, error) {
			return scope.All(ctx, tx, exportPurchases, func(r scope.Row) ExportedPurchase {
				return ExportedPurchase{r.Int(0), r.Text(1), r.Int(2), r.Time(3)}
			}, id, p.PurchasedAt, p.ID, MaxPage)
		})
		return err
	},
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.Drops, err = everyPage(ExportedDrop{CreatedAt: endOfTime}, func(d ExportedDrop) ([]ExportedDrop, error) {
			return scope.All(ctx, tx, exportDrops, func(r scope.Row) ExportedDrop {
				return ExportedDrop{r.Int(0), r.Int(1), r.Bool(2), r.TextOrNil(3), r.Time(4)}
			}, id, d.CreatedAt, d.ID, MaxPage)
		})
		return err
	},
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.Cooldowns, err = everyPage(Cooldown{}, func(c Cooldown) ([]Cooldown, error) {
			return scope.All(ctx, tx, exportCooldowns, scanCooldown, id, c.Command, MaxPage)
		})
		return err
	},
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.Uploads, err = scope.All(ctx, tx, uploadsOfUser, func(r scope.Row) ExportedUpload {
			u := scanUpload(r)
			return ExportedUpload{u.ID, u.ContentType, u.Size, hex.EncodeToString(u.SHA256[:]), u.CreatedAt}
		}, id, MaxPage)
		return err
	},
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.Sessions, err = everyPage(ExportedSession{ID: math.MaxInt64}, func(s ExportedSession) ([]ExportedSession, error) {
			return scope.All(ctx, tx, exportSessions, func(r scope.Row) ExportedSession {
				return ExportedSession{r.Int(0), r.Time(1), r.Time(2)}
			}, id, s.ID, MaxPage)
		})
		return err
	},
}

// endOfTime is later than every row.
var endOfTime = time.UnixMilli(math.MaxInt64)

func exportedLedger(ctx context.Context, tx *scope.Tx, id UserID, kind Kind) ([]ExportedChange, error) {
	return everyPage(ExportedChange{CreatedAt: endOfTime}, func(c ExportedChange) ([]ExportedChange, error) {
		return scope.All(ctx, tx, exportLedger, func(r scope.Row) ExportedChange {
			return ExportedChange{r.Int(0), r.Int(1), r.Text(2), r.TextOrNil(3), r.Time(4)}
		}, id, kind, c.CreatedAt, c.ID, MaxPage)
	})
}

// everyPage reads page after page, each behind the last row of the one before, the first
// behind start.
func everyPage[T any](start T, behind func(T) ([]T, error)) ([]T, error) {
	all := []T{}
	for {
		rows, err := behind(start)
		all = append(all, rows...)
		if err != nil || len(rows) < MaxPage {
			return all, err
		}
		start = rows[len(rows)-1]
	}
}
