package legacy

import "encoding/json"

const (
	dropUser = 1 + iota
	dropScore
	dropPerfect
	dropPowerup
	dropCreated
)

func dropsTable() table {
	return plainTable(table{
		name: "drop_history", numbered: true, into: []string{"drop_history"}, sum: "score",
		columns: []string{"id", "user_id", "score", "is_perfect", "powerup_used", "created_at"},
		bulk: &bulk{
			into:    "drop_history",
			columns: "user_id, score, is_perfect, powerup_used, created_at",
			values:  "?2 + o.user_id, o.score, o.is_perfect, o.powerup_used, old_time(o.created_at)",
			ordinary: viewerKnown + " AND " + wholeCount("o.score") + `
				AND typeof(o.is_perfect) = 'integer' AND o.is_perfect IN (0, 1)
				AND (o.powerup_used IS NULL OR old_text(o.powerup_used))
				AND old_time(o.created_at) IS NOT NULL`,
		},
	}, `INSERT INTO drop_history (streamer_id, id, user_id, score, is_perfect, powerup_used, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		func(p *plain, r *row) (verdict, []any, error) {
			user, ok := p.of(r, dropUser)
			if !ok {
				return reject(r, "orphan", dropUser)
			}
			return carried, []any{r.newID, user, r.count(dropScore), r.truth(dropPerfect), r.optional(dropPowerup),
				r.time(dropCreated, p.b.src.newest)}, nil
		})
}

const (
	purchaseUser = 1 + iota
	purchaseType
	purchaseCost
	purchaseTime
)

func purchasesTable() table {
	return plainTable(table{
		name: "powerup_purchases", numbered: true, into: []string{"powerup_purchases"}, sum: "cost",
		columns: []string{"id", "user_id", "powerup_type", "cost", "purchased_at"},
		bulk: &bulk{
			into:    "powerup_purchases",
			columns: "user_id, powerup_type, cost, purchased_at",
			values:  "?2 + o.user_id, o.powerup_type, o.cost, old_time(o.purchased_at)",
			ordinary: viewerKnown + " AND " + wholeCount("o.cost") + `
				AND old_text(o.powerup_type) AND old_time(o.purchased_at) IS NOT NULL`,
		},
	}, `INSERT INTO powerup_purchases (streamer_id, id, user_id, powerup_type, cost, purchased_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		func(p *plain, r *row) (verdict, []any, error) {
			user, ok := p.of(r, purchaseUser)
			if !ok {
				return reject(r, "orphan", purchaseUser)
			}
			return carried, []any{r.newID, user, r.text(purchaseType), r.count(purchaseCost), r.time(purchaseTime, p.b.src.newest)}, nil
		})
}

const (
	itemUser = iota
	itemType
	itemQuantity
)

// A viewer may hold power-ups that the new app does not know.
func inventoryTable() table {
	return plainTable(table{
		name: "powerup_inventory", into: []string{"powerup_inventory"}, unused: []string{"id"},
		columns: []string{"user_id", "powerup_type", "quantity"},
	}, `INSERT INTO powerup_inventory (streamer_id, user_id, powerup_type, quantity) VALUES (?1, ?2, ?3, ?4)`,
		func(p *plain, r *row) (verdict, []any, error) {
			user, ok := p.of(r, itemUser)
			if !ok {
				return reject(r, "orphan", itemUser)
			}
			return carried, []any{user, r.text(itemType), r.count(itemQuantity)}, nil
		})
}

const (
	powerupName = 1 + iota
	powerupDescription
	powerupCost
	powerupEmoji
	powerupEffect
	powerupVariables
	powerupEnabled
	powerupCreated
	powerupUpdated
)

func powerupsTable() table {
	return plainTable(table{
		name: "powerup_config", into: []string{"powerup_config"},
		columns: []string{"id", "name", "description", "cost", "emoji", "effect", "variables", "enabled", "created_at", "updated_at"},
	}, `INSERT INTO powerup_config (streamer_id, id, name, description, cost, emoji, effect, variables, enabled, created_at, updated_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
		func(p *plain, r *row) (verdict, []any, error) {
			if r.values[0] == nil {
				return reject(r, "no-key", 0)
			}
			created := r.time(powerupCreated, p.b.src.newest)
			return carried, []any{r.text(0), r.text(powerupName), r.text(powerupDescription), r.count(powerupCost),
				r.text(powerupEmoji), r.text(powerupEffect), r.object(powerupVariables), r.truth(powerupEnabled),
				created, r.time(powerupUpdated, created)}, nil
		})
}

// object reads a column of JSON; what is no object becomes an empty one.
func (r *row) object(i int) string {
	text := r.text(i)
	if isObject(text) {
		return text
	}
	if r.values[i] != nil {
		r.fault("broken-json", i)
	}
	return `{}`
}

// isObject says that a text is a JSON object.
func isObject(text string) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal([]byte(text), &members) == nil && members != nil
}
