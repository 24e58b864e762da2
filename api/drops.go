package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"streamvault/shard/tenant"
)

func dropRoutes() []Route {
	const admin = "/{channel}/api/admin/dropgame"
	return []Route{
		onTenant(Route{Method: http.MethodPost, Path: "/{channel}/api/dropgame/score", Who: Owner,
			Summary: "Records a viewer's drop; an unknown viewer is created"}, recordDrop),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/drops", Who: Owner,
			Summary: "Everybody's drops or one viewer's, newest first"}, listDrops),
		onTenant(Route{Method: http.MethodGet, Path: admin, Who: Owner,
			Summary: "How the drop game behaves, as it is stored", shape: reflect.TypeFor[object]()}, dropGame),
		onTenant(Route{Method: http.MethodPut, Path: admin, Who: Owner, MaxBody: configBody,
			Summary: "Replaces how the drop game behaves"}, setDropGame),
		onTenant(Route{Method: http.MethodDelete, Path: admin, Who: Owner,
			Summary: "Clears the running game, which is not kept here: nothing changes"}, clearDropGame),
	}
}

type newDrop struct {
	IdempotencyKey string `header:"Idempotency-Key" is:"1-255"` // the drop counts once for each
	Body           struct {
		Username string  `json:"username" is:"name"`
		Score    int64   `json:"score" is:"points"` // drop points
		Perfect  flag    `json:"isPerfect"`         // false
		Powerup  *string `json:"powerupUsed" is:"0-40"`
	}
}

// scored names its fields as the old app did.
type scored struct {
	Success  bool  `json:"success"`
	NewTotal int64 `json:"newTotal"` // drop points
}

func recordDrop(ctx context.Context, s tenant.DropStore, in *newDrop) (scored, error) {
	d, err := s.RecordDrop(ctx, in.Body.Username, tenant.Drop{Score: in.Body.Score, Perfect: in.Body.Perfect.or(false),
		Powerup: in.Body.Powerup, IdempotencyKey: in.IdempotencyKey})
	return scored{err == nil, d.Total}, err
}

type dropListing struct {
	timePaging
	Username string `query:"username"` // everybody's when empty
}

type drop struct {
	ID        tenant.DropID `json:"id"`
	UserID    tenant.UserID `json:"userId"`
	Username  string        `json:"username"`
	Score     int64         `json:"score"`
	Perfect   bool          `json:"isPerfect"`
	Powerup   *string       `json:"powerupUsed"`
	CreatedAt Time          `json:"createdAt"`
}

func showDrop(d tenant.PastDrop) drop {
	return drop{d.ID, d.User, d.Username, d.Score, d.Perfect, d.Powerup, Time{d.CreatedAt}}
}

// viewerDrops finds a viewer and his drops.
type viewerDrops interface {
	tenant.UserStore
	tenant.DropStore
}

func listDrops(ctx context.Context, s viewerDrops, in *dropListing) (Page[drop], error) {
	after, size, err := in.begin()
	if err != nil {
		return Page[drop]{}, err
	}
	found, err := someDrops(ctx, s, in.Username, after, size+1)
	if err != nil {
		return Page[drop]{}, err
	}
	return paged(found, size, showDrop, func(d tenant.PastDrop) any { return afterTime(d.CreatedAt, int64(d.ID)) })
}

// someDrops are everybody's, by their ids, or those of one viewer.
func someDrops(ctx context.Context, s viewerDrops, username string, after tenant.Place, limit int) ([]tenant.PastDrop, error) {
	if username == "" {
		before := tenant.LastDrop
		if after.ID > 0 {
			before = tenant.DropID(after.ID)
		}
		return s.Drops(ctx, before, limit)
	}
	u, err := s.UserByName(ctx, username)
	if err != nil {
		return nil, err
	}
	return s.UserDrops(ctx, u.ID, after, limit)
}

func dropGame(ctx context.Context, s tenant.DropGameStore, _ *None) (json.RawMessage, error) {
	c, err := s.DropGame(ctx)
	return c.JSON, err
}

type config struct {
	Body json.RawMessage `is:"object"` // at most 64 KiB
}

func setDropGame(ctx context.Context, s tenant.DropGameStore, in *config) (success, error) {
	return succeeded(s.SetDropGame(ctx, in.Body))
}

// cleared is what the old app answered when it had forgotten the running game.
type cleared struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

// clearDropGame leaves the configuration alone, as the old app did: to go back to how the game
// behaves by itself, put {} or remove the setting dropgame_config.
func clearDropGame(context.Context, tenant.DropGameStore, *None) (cleared, error) {
	return cleared{true, "Drop game state cleared"}, nil
}
