package api

import (
	"context"
	"encoding/json"
	"net/http"

	"streamvault/shard/tenant"
)

func powerupRoutes() []Route {
	const path = "/{channel}/api/powerups/{username}"
	return []Route{
		onTenant(Route{Method: http.MethodPost, Path: path + "/buy", Who: Viewer,
			Summary: "Buys a power-up for a viewer's channel points"}, buyPowerup),
		onTenant(Route{Method: http.MethodPost, Path: path + "/use", Who: Owner,
			Summary: "Takes one of a viewer's power-ups"}, usePowerup),
		onTenant(Route{Method: http.MethodPost, Path: path + "/give", Who: Owner,
			Summary: "Gives a viewer power-ups"}, givePowerup),
		onTenant(Route{Method: http.MethodGet, Path: path + "/purchases", Who: Viewer,
			Summary: "What a viewer bought, newest first"}, listPurchases),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/admin/powerups", Who: Owner,
			Summary: "The whole catalogue, the cheapest first, with what is not on sale"}, listPowerups),
		onTenant(Route{Method: http.MethodPut, Path: "/{channel}/api/admin/powerups/{id}", Who: Owner, MaxBody: configBody,
			Summary: "Adds a power-up to the catalogue or replaces it"}, setPowerup),
		onTenant(Route{Method: http.MethodDelete, Path: "/{channel}/api/admin/powerups/{id}", Who: Owner,
			Summary: "Takes a power-up off sale; viewers keep theirs"}, disablePowerup),
	}
}

// configBody is room for a configuration of 64 KiB and what is around it.
const configBody = 80 << 10

type powerupOrder struct {
	newViewerName
	IdempotencyKey string `header:"Idempotency-Key" is:"1-255"` // the purchase happens once for each
	Body           struct {
		Powerup tenant.PowerupID `json:"powerupId"`
	}
}

// bought names and orders its fields as the old app did.
type bought struct {
	Success  bool  `json:"success"`
	Balance  int64 `json:"balance"` // channel points left
	Quantity int64 `json:"quantity"`
}

func buyPowerup(ctx context.Context, s tenant.PurchaseStore, in *powerupOrder) (bought, error) {
	b, err := s.BuyPowerup(ctx, in.Username, tenant.Order{Powerup: in.Body.Powerup, IdempotencyKey: in.IdempotencyKey})
	return bought{err == nil, b.Balance, b.Quantity}, err
}

type powerupUse struct {
	viewerName
	Body struct {
		Powerup tenant.PowerupID `json:"powerupId"`
	}
}

// stock is how many a viewer has after a change.
type stock struct {
	Success  bool  `json:"success"`
	Quantity int64 `json:"quantity"`
}

func usePowerup(ctx context.Context, s tenant.InventoryStore, in *powerupUse) (stock, error) {
	left, err := s.UsePowerup(ctx, in.Username, in.Body.Powerup)
	return stock{err == nil, left}, err
}

type powerupGift struct {
	newViewerName
	Body struct {
		Powerup  tenant.PowerupID `json:"powerupId"`
		Quantity int64            `json:"quantity" is:"1..1000000000000"`
	}
}

func givePowerup(ctx context.Context, s tenant.InventoryStore, in *powerupGift) (stock, error) {
	has, err := s.GivePowerup(ctx, in.Username, in.Body.Powerup, in.Body.Quantity)
	return stock{err == nil, has}, err
}

type viewerPage struct {
	viewerName
	timePaging
}

type purchase struct {
	ID          tenant.PurchaseID `json:"id"`
	Powerup     tenant.PowerupID  `json:"powerupId"`
	Cost        int64             `json:"cost"` // channel points
	PurchasedAt Time              `json:"purchasedAt"`
}

// viewerPurchases finds a viewer and what he bought.
type viewerPurchases interface {
	tenant.UserStore
	tenant.PurchaseStore
}

func listPurchases(ctx context.Context, s viewerPurchases, in *viewerPage) (Page[purchase], error) {
	after, size, err := in.begin()
	if err != nil {
		return Page[purchase]{}, err
	}
	u, err := s.UserByName(ctx, in.Username)
	if err != nil {
		return Page[purchase]{}, err
	}
	found, err := s.Purchases(ctx, u.ID, after, size+1)
	if err != nil {
		return Page[purchase]{}, err
	}
	return paged(found, size,
		func(p tenant.Purchase) purchase { return purchase{p.ID, p.Powerup, p.Cost, Time{p.PurchasedAt}} },
		func(p tenant.Purchase) any { return afterTime(p.PurchasedAt, int64(p.ID)) })
}

// powerup is an entry of the catalogue as an owner sees it. Names and order of the fields
// are the old app's.
type powerup struct {
	powerupOnSale
	Variables json.RawMessage `json:"variables" is:"object"` // for the game
	Enabled   int             `json:"enabled"`               // 1 or 0
	CreatedAt Time            `json:"created_at"`
	UpdatedAt Time            `json:"updated_at"`
}

func listPowerups(ctx context.Context, s tenant.PowerupStore, _ *None) ([]powerup, error) {
	all, err := s.Powerups(ctx, true)
	if err != nil {
		return nil, err
	}
	shown := make([]powerup, 0, len(all))
	for _, p := range all {
		shown = append(shown, powerup{onSale(p), p.Variables, number(p.Enabled), Time{p.CreatedAt}, Time{p.UpdatedAt}})
	}
	return shown, nil
}

type powerupID struct {
	ID tenant.PowerupID `path:"id"` // 1 to 40 of a-z, 0-9, _ and -
}

type newPowerup struct {
	ID   tenant.PowerupID `path:"id" is:"slug"`
	Body struct {
		Name        string          `json:"name" is:"1-200"`
		Description string          `json:"description" is:"0-500"`
		Cost        int64           `json:"cost" is:"points"`            // channel points
		Emoji       string          `json:"emoji,omitempty" is:"0-500"`  // what is there stays
		Effect      string          `json:"effect,omitempty" is:"0-500"` // what is there stays
		Variables   json.RawMessage `json:"variables" is:"object"`       // for the game, at most 64 KiB; what is there stays
		Enabled     flag            `json:"enabled"`                     // true
	}
}

func setPowerup(ctx context.Context, s tenant.PowerupStore, in *newPowerup) (success, error) {
	b := in.Body
	return succeeded(s.SetPowerup(ctx, tenant.Powerup{ID: in.ID, Name: b.Name, Description: b.Description, Cost: b.Cost,
		Emoji: b.Emoji, Effect: b.Effect, Variables: b.Variables, Enabled: b.Enabled.or(true)}))
}

func disablePowerup(ctx context.Context, s tenant.PowerupStore, in *powerupID) (success, error) {
	return succeeded(s.DisablePowerup(ctx, in.ID))
}
