package export

// section is a list of the document, or one object: a statement whose columns are named as
// the fields are.
type section struct {
	name   string
	single bool // one object, or null
	sql    string
}

// sections are the document after its head, in this order. Ids are those of the API.
var sections = []section{
	{name: "viewers", sql: `
		SELECT u.id, u.username, u.twin, u.voice_id AS voiceId, u.drop_image AS dropImage, u.country,
		       coalesce(p.channel_points, 0) AS channelPoints, coalesce(p.drop_points, 0) AS dropPoints,
		       coalesce(p.total_drops, 0) AS totalDrops, p.updated_at AS pointsUpdatedAt, u.created_at AS createdAt, u.updated_at AS updatedAt
		FROM users u
		LEFT JOIN user_points p ON p.streamer_id = u.streamer_id AND p.user_id = u.id
		ORDER BY u.id`},
	{name: "pointTransactions", sql: `
		SELECT id, user_id AS userId, kind, amount, source, description, created_at AS createdAt
		FROM point_transactions
		ORDER BY id`},
	{name: "powerups", sql: `
		SELECT id, name, description, cost, emoji, effect, variables, enabled, created_at AS createdAt, updated_at AS updatedAt
		FROM powerup_config
		ORDER BY id`},
	{name: "inventory", sql: `
		SELECT user_id AS userId, powerup_type AS powerup, quantity
		FROM powerup_inventory
		ORDER BY user_id, powerup_type`},
	{name: "purchases", sql: `
		SELECT id, user_id AS userId, powerup_type AS powerup, cost, purchased_at AS purchasedAt
		FROM powerup_purchases
		ORDER BY id`},
	{name: "drops", sql: `
		SELECT id, user_id AS userId, score, is_perfect AS isPerfect, powerup_used AS powerup, created_at AS createdAt
		FROM drop_history
		ORDER BY id`},
	{name: "settings", sql: `
		SELECT key, value, description, updated_at AS updatedAt
		FROM overlay_settings
		ORDER BY key`},
	{name: "layouts", sql: `
		SELECT id, name, layout, is_default AS isDefault, created_at AS createdAt, updated_at AS updatedAt
		FROM overlay_layouts
		ORDER BY id`},
	{name: "theme", single: true, sql: `
		SELECT config, updated_at AS updatedAt
		FROM theme`},
	{name: "tips", sql: `
		SELECT id, content, enabled, sort_order AS sortOrder, created_at AS createdAt, updated_at AS updatedAt
		FROM tips
		ORDER BY sort_order, id`},
	{name: "goals", sql: `
		SELECT id, label, current_value AS currentValue, target_value AS targetValue, enabled, sort_order AS sortOrder, updated_at AS updatedAt
		FROM goals
		ORDER BY sort_order, id`},
	{name: "cooldowns", sql: `
		SELECT user_id AS userId, command, last_used_at AS lastUsedAt, expires_at AS expiresAt
		FROM command_cooldowns
		ORDER BY user_id, command`},
	{name: "uploads", sql: `
		SELECT id, user_id AS userId, content_type AS contentType, sha256, body, created_at AS createdAt
		FROM uploads
		ORDER BY id`},
	{name: "status", single: true, sql: `
		SELECT live, last_event AS lastEvent, updated_at AS updatedAt
		FROM stream_status`},
	{name: "legacyRejects", sql: `
		SELECT id, source_table AS sourceTable, source_row AS sourceRow, kind, reason, created_at AS createdAt
		FROM legacy_rejects
		ORDER BY id`},
	{name: "migrations", sql: `
		SELECT version, name, applied_at AS appliedAt
		FROM schema_migrations
		ORDER BY version`},
}

// switches are fields that are kept as 0 and 1.
var switches = map[string]bool{"enabled": true, "isPerfect": true, "isDefault": true, "live": true}

// documents are fields that are kept as the text of a JSON value.
var documents = map[string]bool{"variables": true, "layout": true, "config": true, "lastEvent": true, "sourceRow": true}
