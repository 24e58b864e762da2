package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// shownRoutes are what overlays and pages show to everybody.
func shownRoutes() []Route {
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/goals", Who: Anyone, ETag: true,
			Summary: "The goals that are shown: count and target by id", shape: reflect.TypeFor[map[string]progress]()}, shownGoals),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/tips", Who: Anyone, ETag: true,
			Summary: "The tips that are shown, in their order"}, shownTips),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/powerups", Who: Anyone, ETag: true,
			Summary: "The power-ups that are on sale by id, the cheapest first", shape: reflect.TypeFor[map[string]powerupOnSale]()}, shownPowerups),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/powerups/{username}", Who: Anyone, ETag: true,
			Summary: "How many of each power-up a viewer has", shape: reflect.TypeFor[map[string]int64]()}, shownInventory),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/theme", Who: Anyone, ETag: true,
			Summary: "Colours and names of the channel's pages", shape: reflect.TypeFor[object]()}, shownTheme),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/dropgame/config", Who: Anyone, ETag: true,
			Summary: "How the drop game behaves"}, shownDropGame),
	}
}

// progress is how far a goal is.
type progress struct {
	Current int64 `json:"current"`
	Target  int64 `json:"target"`
}

func shownGoals(ctx context.Context, s tenant.GoalStore, _ *None) (object, error) {
	goals, err := s.Goals(ctx, false)
	if err != nil {
		return nil, err
	}
	o := object{}
	for _, g := range goals {
		o = append(o, pair{string(g.ID), progress{g.Current, g.Target}})
	}
	return o, nil
}

func shownTips(ctx context.Context, s tenant.TipStore, _ *None) ([]string, error) {
	tips, err := s.Tips(ctx, false)
	if err != nil {
		return nil, err
	}
	texts := make([]string, 0, len(tips))
	for _, t := range tips {
		texts = append(texts, t.Content)
	}
	return texts, nil
}

// powerupOnSale is a power-up as viewers see it.
type powerupOnSale struct {
	ID          tenant.PowerupID `json:"id"`
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Cost        int64            `json:"cost"` // channel points
	Emoji       string           `json:"emoji"`
	Effect      string           `json:"effect"`
}

func onSale(p tenant.Powerup) powerupOnSale {
	return powerupOnSale{p.ID, p.Name, p.Description, p.Cost, p.Emoji, p.Effect}
}

func shownPowerups(ctx context.Context, s tenant.PowerupStore, _ *None) (object, error) {
	all, err := s.Powerups(ctx, false)
	if err != nil {
		return nil, err
	}
	o := object{}
	for _, p := range all {
		o = append(o, pair{string(p.ID), onSale(p)})
	}
	return o, nil
}

// viewerItems finds a viewer and what he has.
type viewerItems interface {
	tenant.UserStore
	tenant.InventoryStore
}

func shownInventory(ctx context.Context, s viewerItems, in *viewerName) (object, error) {
	u, err := s.UserByName(ctx, in.Username)
	if errors.Is(err, scope.ErrNotFound) {
		return object{}, nil
	}
	if err != nil {
		return nil, err
	}
	return items(ctx, s, u)
}

func items(ctx context.Context, s tenant.InventoryStore, u tenant.User) (object, error) {
	found, err := s.Inventory(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	o := object{}
	for _, i := range found {
		o = append(o, pair{string(i.Powerup), i.Quantity})
	}
	return o, nil
}

func shownTheme(ctx context.Context, s tenant.ThemeStore, _ *None) (json.RawMessage, error) {
	c, err := s.Theme(ctx)
	return c.JSON, err
}

// shownDropGame is the configuration as the old game read it: what belongs to the game and
// the scoring at the top, and the physics below. What is not set has its default, whatever
// an old database holds.
func shownDropGame(ctx context.Context, s tenant.DropGameStore, _ *None) (object, error) {
	c, err := s.DropGame(ctx)
	if err != nil {
		return nil, err
	}
	set, standard := sections(c.JSON), sections(tenant.DefaultDropGame())
	o := object{}
	for _, f := range dropGameFields {
		o = append(o, pair{f.name, orElse(set[f.section][f.name], standard[f.section][f.name])})
	}
	physics := object{}
	for _, name := range dropGamePhysics {
		physics = append(physics, pair{name, orElse(set["physics"][name], standard["physics"][name])})
	}
	return append(o, pair{"physics", physics}), nil
}

var dropGameFields = []struct{ section, name string }{
	{"game", "platformWidthRatio"}, {"game", "avatarSize"}, {"game", "cleanupDelay"}, {"game", "gravity"},
	{"game", "bounceDamping"}, {"game", "minHorizontalVelocity"}, {"game", "maxHorizontalVelocity"},
	{"game", "horizontalDrift"}, {"scoring", "centerBonusPoints"}, {"scoring", "basePoints"}, {"game", "usernameFontSize"},
}

var dropGamePhysics = []string{"explosionRadius", "explosionForce", "explosionUpwardBoost", "ghostDuration", "boostDuration", "powerDropGravityMultiplier"}

// sections reads an object of objects as far as it is one.
func sections(config json.RawMessage) map[string]map[string]json.RawMessage {
	var parts map[string]json.RawMessage
	_ = json.Unmarshal(config, &parts) // what is no object has no sections
	all := map[string]map[string]json.RawMessage{}
	for name, part := range parts {
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(part, &fields)
		all[name] = fields
	}
	return all
}

// orElse takes the default where nothing, or null, is set.
func orElse(set, standard json.RawMessage) json.RawMessage {
	if len(set) == 0 || string(set) == "null" {
		return standard
	}
	return set
}
