package shard

import (
	"context"
	"time"

	"streamvault/registry"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// DataStore is everything that streamvault keeps, behind one face. A second engine
// implements it too.
type DataStore interface {
	StreamerStore
	RoomStore
	// Tenant binds a streamer. It does no I/O: an unknown streamer is reported by the
	// first call.
	Tenant(id scope.StreamerID) TenantStore
}

// TenantStore is everything that one streamer owns: a role interface per entity.
type TenantStore interface {
	tenant.UserStore
	tenant.UserEditor
	tenant.PointStore
	tenant.LedgerStore

	tenant.PowerupStore
	tenant.InventoryStore
	tenant.PurchaseStore
	tenant.DropStore
	tenant.SettingStore
	tenant.DropGameStore
	tenant.LayoutStore
	tenant.LayoutEditor
	tenant.ThemeStore
	tenant.TipStore
	tenant.GoalStore

	tenant.TokenStore
	tenant.SessionStore
	tenant.CodeStore
	tenant.CooldownStore
	tenant.WebhookStore
	tenant.UploadStore
	tenant.PrivacyStore
	tenant.RejectStore
	tenant.StatusStore
	tenant.ActivityStore
}

// RoomStore knows what it is stored on.
type RoomStore interface {
	// Room returns scope.ErrFull while so little of the disk is free that writes are refused.
	Room() error
}

// StreamerStore is what is kept centrally, by role.
type StreamerStore interface {
	StreamerFinder
	StreamerEditor
	StreamerRemover
	KeyStore
	SessionStore
	AdminSessionStore
}

// StreamerFinder looks streamers up. Hot lookups answer from memory.
type StreamerFinder interface {
	Streamer(ctx context.Context, id scope.StreamerID) (*registry.Streamer, error)
	StreamerByName(ctx context.Context, name string) (*registry.Streamer, error)
	StreamerByKickID(ctx context.Context, kickID string) (*registry.Streamer, error)
	// Streamers lists by id, those above after whose name begins with prefix.
	Streamers(ctx context.Context, after scope.StreamerID, limit int, prefix string) ([]*registry.Streamer, error)
	// StreamersIn lists those in one state.
	StreamersIn(ctx context.Context, state registry.State, after scope.StreamerID, limit int, prefix string) ([]*registry.Streamer, error)
	// FormerNames lists the names that still lead to a streamer beside his own.
	FormerNames(ctx context.Context, id scope.StreamerID) ([]registry.FormerName, error)
}

// StreamerEditor makes and changes streamers. Each change is audited with its actor.
type StreamerEditor interface {
	// CreateStreamer makes a streamer with an empty file of its own and returns its owner
	// key, which is shown this once.
	CreateStreamer(ctx context.Context, n registry.NewStreamer) (s *registry.Streamer, ownerKey string, err error)
	// CloneStreamer makes a streamer with another one's data and returns its owner key, which
	// is shown this once.
	CloneStreamer(ctx context.Context, c Clone) (s *registry.Streamer, ownerKey string, err error)
	UpdateStreamer(ctx context.Context, id scope.StreamerID, c registry.Change, actor string) (*registry.Streamer, error)
	// Suspend stops a streamer's writes; reads go on. The reason is shown to callers.
	Suspend(ctx context.Context, id scope.StreamerID, reason, actor string) (*registry.Streamer, error)
	// Resume ends a suspension, or a quarantine once its cause is mended.
	Resume(ctx context.Context, id scope.StreamerID, actor string) (*registry.Streamer, error)
}

// StreamerRemover takes streamers away and has them back. Each change is audited with its actor.
type StreamerRemover interface {
	// DeleteStreamer puts a streamer in the trash: nobody finds him until UndeleteStreamer, and
	// after grace he is purged. grace nil is the default.
	DeleteStreamer(ctx context.Context, id scope.StreamerID, grace *time.Duration, actor string) (*registry.Streamer, error)
	UndeleteStreamer(ctx context.Context, id scope.StreamerID, actor string) (*registry.Streamer, error)
	// PurgeStreamer destroys who is in the trash, his key first. It cannot be undone.
	PurgeStreamer(ctx context.Context, id scope.StreamerID, p Purge) (registry.Certificate, error)
}

// KeyStore issues and checks access keys. A secret is returned once and never kept.
type KeyStore interface {
	CreateKey(ctx context.Context, role registry.Role, id scope.StreamerID, name, actor string) (k registry.Key, secret string, err error)
	RotateKey(ctx context.Context, key int64, actor string) (k registry.Key, secret string, err error)
	RevokeKey(ctx context.Context, key int64, actor string) error
	// Keys lists a streamer's keys, or the admin keys for id 0.
	Keys(ctx context.Context, id scope.StreamerID, after int64, limit int) ([]registry.Key, error)
	// Authenticate answers whose key a secret is, or registry.ErrUnknownKey.
	Authenticate(ctx context.Context, secret string) (registry.Key, error)
}

// AdminSessionStore keeps operators signed in on the console, each for as long as the admin
// key lives that he has signed in with.
type AdminSessionStore interface {
	CreateAdminSession(ctx context.Context, key int64, ttl time.Duration) (token string, s registry.AdminSession, err error)
	AdminSession(ctx context.Context, token string) (registry.AdminSession, error)
	DeleteAdminSession(ctx context.Context, token string) error
}

// SessionStore keeps streamers signed in on their dashboard.
type SessionStore interface {
	CreateSession(ctx context.Context, id scope.StreamerID, key int64, ttl time.Duration) (token string, s registry.Session, err error)
	Session(ctx context.Context, token string) (registry.Session, error)
	DeleteSession(ctx context.Context, token string) error
}
