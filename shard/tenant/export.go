package tenant

import (
	"context"
	"encoding/hex"
	"fmt"
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
	ChannelLedger []ExportedChange   `json:"channelLedger"` // newest first, as purchases, drops and uploads
	DropLedger    []ExportedChange   `json:"dropLedger"`
	Inventory     []Item             `json:"inventory"`
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

// ExportedPurchase is a power-up that he bought.
type ExportedPurchase struct {
	ID          PurchaseID `json:"id"`
	Powerup     PowerupID  `json:"powerup"`
	Cost        int64      `json:"cost"` // points
	PurchasedAt time.Time  `json:"purchasedAt"`
}

// ExportedDrop is a round of the drop game.
type ExportedDrop struct {
	ID        DropID    `json:"id"`
	Score     int64     `json:"score"` // points
	Perfect   bool      `json:"isPerfect"`
	Powerup   *string   `json:"powerup"` // used in it
	CreatedAt time.Time `json:"createdAt"`
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
	  AND id > ?3
	ORDER BY id
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
		x.Inventory, err = scope.All(ctx, tx, inventory, scanItem, id)
		return err
	},
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.Purchases, err = everyPage(func(last ExportedPurchase) ([]ExportedPurchase, error) {
			after := Place{last.PurchasedAt, int64(last.ID)}
			return scope.All(ctx, tx, purchasesOfUser, func(r scope.Row) ExportedPurchase {
				return ExportedPurchase{PurchaseID(r.Int(0)), PowerupID(r.Text(1)), r.Int(2), r.Time(3)}
			}, id, after.time(), after.ID, MaxPage)
		})
		return err
	},
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.Drops, err = everyPage(func(last ExportedDrop) ([]ExportedDrop, error) {
			after := Place{last.CreatedAt, int64(last.ID)}
			return scope.All(ctx, tx, dropsOfUser, func(r scope.Row) ExportedDrop {
				d := scanDrop(r)
				return ExportedDrop{d.ID, d.Score, d.Perfect, d.Powerup, d.CreatedAt}
			}, id, after.time(), after.ID, MaxPage)
		})
		return err
	},
	func(ctx context.Context, tx *scope.Tx, id UserID, x *UserExport) (err error) {
		x.Cooldowns, err = everyPage(func(last Cooldown) ([]Cooldown, error) {
			return scope.All(ctx, tx, exportCooldowns, scanCooldown, id, last.Command, MaxPage)
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
		x.Sessions, err = everyPage(func(last ExportedSession) ([]ExportedSession, error) {
			return scope.All(ctx, tx, exportSessions, func(r scope.Row) ExportedSession {
				return ExportedSession{r.Int(0), r.Time(1), r.Time(2)}
			}, id, last.ID, MaxPage)
		})
		return err
	},
}

func exportedLedger(ctx context.Context, tx *scope.Tx, id UserID, kind Kind) ([]ExportedChange, error) {
	return everyPage(func(last ExportedChange) ([]ExportedChange, error) {
		after := Place{last.CreatedAt, last.ID}
		return scope.All(ctx, tx, ledgerOfUser, func(r scope.Row) ExportedChange {
			return ExportedChange{r.Int(0), r.Int(2), r.Text(3), r.TextOrNil(4), r.Time(5)}
		}, id, kind, after.time(), after.ID, MaxPage)
	})
}

// everyPage reads page after page, each behind the last row of the one before, the first
// behind the zero row.
func everyPage[T any](behind func(T) ([]T, error)) ([]T, error) {
	all := []T{}
	var last T
	for {
		rows, err := behind(last)
		all = append(all, rows...)
		if err != nil || len(rows) < MaxPage {
			return all, err
		}
		last = rows[len(rows)-1]
	}
}
