package api

import (
	"encoding/json"

	"streamvault/registry"
	"streamvault/shard/tenant"
)

// limitsShown are what one streamer may use.
type limitsShown struct {
	Rows              map[string]int64 `json:"rows"` // by table; one that is not here has no limit
	RequestsPerSecond *int64           `json:"requestsPerSecond"`
}

func showLimits(l registry.Limits) limitsShown {
	shown := limitsShown{Rows: map[string]int64{}}
	if l.Rows != nil {
		shown.Rows = l.Rows
	}
	if l.RequestsPerSecond > 0 {
		shown.RequestsPerSecond = &l.RequestsPerSecond
	}
	return shown
}

// limitChange names what to change; what is left out stays, null or 0 ends a limit.
type limitChange struct {
	Rows              *rowLimits `json:"rows"`
	RequestsPerSecond count      `json:"requestsPerSecond" is:"0..1000000"` // of all callers of his channel together
}

// rowLimits are the most rows of each table that can be limited.
type rowLimits struct {
	Users             count `json:"users" is:"0..1000000000000"`
	PointTransactions count `json:"point_transactions" is:"0..1000000000000"`
	DropHistory       count `json:"drop_history" is:"0..1000000000000"`
	PowerupConfig     count `json:"powerup_config" is:"0..1000000000000"`
	PowerupPurchases  count `json:"powerup_purchases" is:"0..1000000000000"`
	OverlaySettings   count `json:"overlay_settings" is:"0..1000000000000"`
	OverlayLayouts    count `json:"overlay_layouts" is:"0..1000000000000"`
	Tips              count `json:"tips" is:"0..1000000000000"`
	Goals             count `json:"goals" is:"0..1000000000000"`
	Uploads           count `json:"uploads" is:"0..1000000000000"`
}

// change is what the registry takes.
func (l *limitChange) change(quota count) registry.LimitChange {
	c := registry.LimitChange{QuotaBytes: quota.orZero()}
	if l == nil {
		return c
	}
	c.RequestsPerSecond = l.RequestsPerSecond.orZero()
	if l.Rows == nil {
		return c
	}
	c.Rows = map[string]int64{}
	for table, n := range map[string]count{
		"users": l.Rows.Users, "point_transactions": l.Rows.PointTransactions, "drop_history": l.Rows.DropHistory,
		"powerup_config": l.Rows.PowerupConfig, "powerup_purchases": l.Rows.PowerupPurchases,
		"overlay_settings": l.Rows.OverlaySettings, "overlay_layouts": l.Rows.OverlayLayouts,
		"tips": l.Rows.Tips, "goals": l.Rows.Goals, "uploads": l.Rows.Uploads,
	} {
		if most := n.orZero(); most != nil {
			c.Rows[table] = *most
		}
	}
	return c
}

// count is a number that may be left out, or null for none.
type count struct {
	set   bool
	value int64
}

// UnmarshalJSON takes an integer or null.
func (a *count) UnmarshalJSON(value []byte) error {
	a.set, a.value = true, 0
	if string(value) == "null" {
		return nil
	}
	if err := json.Unmarshal(value, &a.value); err != nil || a.value < 0 {
		return &tenant.InvalidError{Problem: "must be a count number or null"}
	}
	return nil
}

// orZero is nil for what was left out and 0 for none.
func (a count) orZero() *int64 {
	if !a.set {
		return nil
	}
	return &a.value
}
