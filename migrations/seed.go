package migrations

import "time"

// seeds are what a new streamer begins with: the power-ups of the drop game, switches, two
// goals and a few tips. ?1 is the streamer, ?2 the time.
var seeds = []string{
	`INSERT INTO powerup_config (streamer_id, id, name, description, cost, emoji, effect, variables, created_at, updated_at) VALUES
	(?1, 'boost', 'Speed Boost', 'Twice as fast from side to side', 250, '🚀', 'Doubles sideways speed for 3 seconds', '{"speedMultiplier":2,"duration":3000}', ?2, ?2),
	(?1, 'powerdrop', 'Power Drop', 'Stop drifting and fall straight down', 300, '⚡', 'Falls straight with three times the gravity', '{"gravityMultiplier":3}', ?2, ?2),
	(?1, 'shield', 'Shield', 'Nobody can push you', 400, '🛡️', 'Keeps explosions and pushes away for this drop', '{"duration":10000}', ?2, ?2),
	(?1, 'tnt', 'TNT', 'Blast everybody else away', 500, '💣', 'Throws droppers nearby to all sides', '{"explosionRadius":2000,"explosionForce":1500,"explosionUpwardBoost":400}', ?2, ?2),
	(?1, 'magnet', 'Magnet', 'Let the platform pull you in', 600, '🧲', 'Pulls towards the middle of the platform', '{"pullStrength":500,"duration":3000}', ?2, ?2),
	(?1, 'ghost', 'Ghost', 'Pass through walls and explosions', 750, '👻', 'Nothing touches you for 5 seconds, and the edges of the screen connect', '{"duration":5000}', ?2, ?2)`,
	`INSERT INTO overlay_settings (streamer_id, key, value, description, updated_at) VALUES
	(?1, 'ai_chatbot_enabled', 'false', 'Whether a bot answers in chat', ?2),
	(?1, 'ai_cooldown_seconds', '10', 'Seconds between two answers to one viewer', ?2),
	(?1, 'drop_game_enabled', 'true', 'Whether viewers can drop', ?2),
	(?1, 'notification_sound_threshold', '120000', 'Milliseconds of silence in chat before a message makes a sound', ?2),
	(?1, 'tts_enabled', 'true', 'Whether !say is spoken on stream', ?2)`,
	`INSERT INTO goals (streamer_id, id, label, current_value, target_value, sort_order, updated_at) VALUES
	(?1, 'followers', 'Followers', 0, 100, 1, ?2),
	(?1, 'subscribers', 'Subscribers', 0, 50, 2, ?2)`,
	`INSERT INTO tips (streamer_id, content, sort_order, created_at, updated_at) VALUES
	(?1, 'Type !help to see what you can do in chat', 1, ?2, ?2),
	(?1, 'You earn points by chatting and watching; !points shows how many', 2, ?2, ?2),
	(?1, 'Type !drop to join the drop game', 3, ?2, ?2),
	(?1, 'Land in the middle of the platform for a perfect drop', 4, ?2, ?2),
	(?1, 'Power-ups change a drop: !drop -powerups lists them, !drop -buy gets one', 5, ?2, ?2),
	(?1, '!leaderboard shows who is on top', 6, ?2, ?2),
	(?1, '!say reads your message aloud on stream', 7, ?2, ?2),
	(?1, 'Your profile page has your picture, your voice and your country', 8, ?2, ?2)`,
}

// Seed fills a new streamer's file with what it begins with. It belongs into the image of
// the file and so happens once: what a streamer deletes does not come back.
func Seed(c *Conn, streamer int64, now time.Time) error {
	for _, sql := range seeds {
		if err := c.Run(sql, streamer, now.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}
