package legacy

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/fixtures"
)

// Every table of an ordinary database arrives as it was, under ids above the streamer's base.
func TestEveryTableIsCarried(t *testing.T) {
	t.Parallel()
	r := imported(t, newOld(t, fixtures.OldSchema).user(1, "Ann", int64(35)).user(2, "Ben", int64(5)).run(`
		INSERT INTO powerup_config VALUES ('tnt', 'TNT', 'boom', 500, '*', 'pushes', '{"a": 1}', 0, '2025-01-01 00:00:00', '2025-01-02 00:00:00');
		INSERT INTO powerup_inventory VALUES (9, 1, 'tnt', 2), (10, 2, 'boost', 1);
		INSERT INTO powerup_purchases VALUES (5, 1, 'tnt', 500, '2025-01-03 00:00:00'), (6, 2, 'boost', 250, '2025-01-04 00:00:00');
		INSERT INTO drop_history VALUES (7, 1, 42, 0, NULL, '2025-01-03 00:00:00'), (8, 2, 110, 1, 'tnt', '2025-01-04 00:00:00');
		INSERT INTO overlay_settings VALUES ('tts_enabled', 'true', 'Speak', '2025-01-01 00:00:00'),
			('theme_config', '{"siteName": "A"}', 'x', '2025-01-01 00:00:00'), ('overlay_layout_config', '{"width":1}', 'y', '2025-01-01 00:00:00'),
			('dropgame_config', '{broken', NULL, '2025-01-01 00:00:00');
		INSERT INTO tips VALUES (3, 'second', 1, 2, '2025-01-01 00:00:00'), (4, 'first', 0, 1, '2025-01-01 00:00:00');
		INSERT INTO goals VALUES ('z', 'Z', 1, 10, 1, '2025-01-01 00:00:00'), ('a', 'A', 2, 20, 0, '2025-01-01 00:00:00');
		INSERT INTO api_tokens VALUES (1, 'kick', 'access', 'refresh', '2025-07-01T00:00:00.000Z', 'chat', '2025-01-01 00:00:00', '2025-01-01 00:00:00');
		INSERT INTO user_sessions VALUES (1, 1, 'running', '2025-01-01 00:00:00', '2025-06-01T12:00:00.001Z'),
			(2, 1, 'over', '2025-01-01 00:00:00', '2025-06-01T12:00:00.000Z');
		INSERT INTO command_cooldowns VALUES (1, 1, '!drop', '2025-05-01T00:00:00.000Z', '2025-05-01T00:01:00.000Z')`).closed())
	for table, count := range r.Tables {
		switch table {
		case "user_sessions":
			require.Equal(t, Count{Source: 2, Carried: 1, Skipped: 1}, count)
		default:
			require.Equal(t, Count{Source: count.Source, Carried: count.Source}, count, table)
		}
	}
	require.Equal(t, []string{`[tnt TNT boom 500 * pushes {"a": 1} 0 1735689600000 1735776000000]`},
		r.rows(t, `SELECT id, name, description, cost, emoji, effect, variables, enabled, created_at, updated_at FROM powerup_config`))
	require.Equal(t, []string{fmt.Sprint("[", base+1, " tnt 2]"), fmt.Sprint("[", base+2, " boost 1]")},
		r.rows(t, `SELECT user_id, powerup_type, quantity FROM powerup_inventory ORDER BY user_id`))
	require.Equal(t, []string{fmt.Sprint("[", base+5, " ", base+1, " tnt 500 1735862400000]"), fmt.Sprint("[", base+6, " ", base+2, " boost 250 1735948800000]")},
		r.rows(t, `SELECT id, user_id, powerup_type, cost, purchased_at FROM powerup_purchases ORDER BY id`))
	require.Equal(t, []string{fmt.Sprint("[", base+7, " ", base+1, " 42 0 <nil>]"), fmt.Sprint("[", base+8, " ", base+2, " 110 1 tnt]")},
		r.rows(t, `SELECT id, user_id, score, is_perfect, powerup_used FROM drop_history ORDER BY id`))
	require.Equal(t, []string{`[dropgame_config {broken <nil>]`, `[tts_enabled true Speak]`},
		r.rows(t, `SELECT key, value, description FROM overlay_settings ORDER BY key`))
	require.EqualValues(t, 1, r.note("broken-json").Count)
	require.Equal(t, []string{`[{"siteName": "A"}]`}, r.rows(t, `SELECT config FROM theme`))
	require.Equal(t, []string{`[Default {"width":1} 1]`}, r.rows(t, `SELECT name, layout, is_default FROM overlay_layouts`))
	require.Equal(t, []string{`[first 0 1]`, `[second 1 2]`}, r.rows(t, `SELECT content, enabled, sort_order FROM tips ORDER BY sort_order`))
	require.Equal(t, []string{`[z Z 1 10 1]`, `[a A 2 20 0]`}, r.rows(t, `SELECT id, label, current_value, target_value, enabled FROM goals ORDER BY sort_order`))
	require.Equal(t, []string{fmt.Sprintf("[kick kick access_token %x kick refresh_token %x 1751328000000 chat]", "access", "refresh")},
		r.rows(t, `SELECT provider, CAST(access_token AS TEXT), CAST(refresh_token AS TEXT), expires_at, scope FROM api_tokens`))
	require.Equal(t, []string{fmt.Sprintf("[%d %X]", base+1, sha256.Sum256([]byte("running")))},
		r.rows(t, `SELECT user_id, hex(token_hash) FROM user_sessions`))
	require.Equal(t, []string{fmt.Sprint("[", base+1, " !drop 1746057600000 1746057660000]")},
		r.rows(t, `SELECT user_id, command, last_used_at, expires_at FROM command_cooldowns`))
}

// What does not fit becomes the nearest that does, or is set aside; every row is accounted for.
func TestOddRowsOfEveryTable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql, table, note string
		want             Count
		query, got       string
	}{
		"DropOfNobody": {`INSERT INTO drop_history VALUES (1, 99, 5, 0, NULL, '2025-01-01 00:00:00')`,
			"drop_history", "orphan", Count{Source: 1, Rejected: 1}, `SELECT count(*) FROM drop_history`, "[0]"},
		"NegativeScore": {`INSERT INTO drop_history VALUES (1, 1, -500, 0, NULL, '2025-01-01 00:00:00')`,
			"drop_history", "negative", Count{Source: 1, Repaired: 1}, `SELECT score FROM drop_history`, "[0]"},
		"InfiniteScore": {`INSERT INTO drop_history VALUES (1, 1, 9e999, 'yes', NULL, '2025-01-01 00:00:00')`,
			"drop_history", "not-finite", Count{Source: 1, Repaired: 1}, `SELECT score, is_perfect FROM drop_history`, "[0 1]"},
		"OldIDBelowOne": {`INSERT INTO drop_history VALUES (-3, 1, 5, 0, NULL, '2025-01-01 00:00:00'), (1, 1, 6, 0, NULL, '2025-01-01 00:00:00')`,
			"drop_history", "new-id", Count{Source: 2, Carried: 1, Repaired: 1}, `SELECT group_concat((id - 30064771072) || ':' || score) FROM drop_history`, "[1:6,2:5]"},
		"UnknownPowerup": {`INSERT INTO powerup_inventory VALUES (1, 1, 'constructor', 3)`,
			"powerup_inventory", "", Count{Source: 1, Carried: 1}, `SELECT powerup_type, quantity FROM powerup_inventory`, "[constructor 3]"},
		"CostIsText": {`INSERT INTO powerup_config VALUES ('x', 'X', 'd', 'free', 'e', 'f', 'str', 'yes', '2025-01-01 00:00:00', '2025-01-01 00:00:00')`,
			"powerup_config", "odd-truth", Count{Source: 1, Repaired: 1}, `SELECT cost, variables, enabled FROM powerup_config`, "[0 {} 1]"},
		"PowerupWithoutKey": {`INSERT INTO powerup_config VALUES (NULL, 'X', 'd', 1, 'e', 'f', '{}', 1, '2025-01-01 00:00:00', '2025-01-01 00:00:00')`,
			"powerup_config", "no-key", Count{Source: 1, Rejected: 1}, `SELECT count(*) FROM powerup_config`, "[0]"},
		"SettingWithoutKey": {`INSERT INTO overlay_settings VALUES (NULL, 'nokey', NULL, '2025-01-01 00:00:00')`,
			"overlay_settings", "no-key", Count{Source: 1, Rejected: 1}, `SELECT count(*) FROM overlay_settings`, "[0]"},
		"BrokenTheme": {`INSERT INTO overlay_settings VALUES ('theme_config', '{broken', NULL, '2025-01-01 00:00:00')`,
			"overlay_settings", "broken-json", Count{Source: 1, Rejected: 1}, `SELECT count(*) FROM theme`, "[0]"},
		"ThemeIsAList": {`INSERT INTO overlay_settings VALUES ('theme_config', '[1]', NULL, '2025-01-01 00:00:00')`,
			"overlay_settings", "broken-json", Count{Source: 1, Rejected: 1}, `SELECT count(*) FROM theme`, "[0]"},
		"BrokenLayout": {`INSERT INTO overlay_settings VALUES ('overlay_layout_config', 'null', NULL, '2025-01-01 00:00:00')`,
			"overlay_settings", "broken-json", Count{Source: 1, Rejected: 1}, `SELECT count(*) FROM overlay_layouts`, "[0]"},
		"TipOrderIsText": {`INSERT INTO tips VALUES (1, 'x', 'no', '7', '2025-01-01 00:00:00'), (2, x'ff', 1, 'first', 'yesterday')`,
			"tips", "not-a-number", Count{Source: 2, Repaired: 2}, `SELECT group_concat(enabled || ':' || sort_order) FROM tips`, "[0:7,1:0]"},
		"GoalWithoutKey": {`INSERT INTO goals VALUES (NULL, 'x', 1, 2, 1, '2025-01-01 00:00:00')`,
			"goals", "no-key", Count{Source: 1, Rejected: 1}, `SELECT count(*) FROM goals`, "[0]"},
		"GoalTooFar": {`INSERT INTO goals VALUES ('g', 'x', -1, 1e300, 2, '2025-01-01 00:00:00')`,
			"goals", "too-large", Count{Source: 1, Repaired: 1}, `SELECT current_value, target_value, enabled FROM goals`, "[0 1000000000000 1]"},
		"SessionOfNobody": {`INSERT INTO user_sessions VALUES (1, 99, 'hunter2', '2025-01-01 00:00:00', '2099-01-01T00:00:00.000Z')`,
			"user_sessions", "orphan", Count{Source: 1, Rejected: 1}, `SELECT count(*) FROM legacy_rejects WHERE source_row LIKE '%hunter2%'`, "[0]"},
		"CooldownOfNobody": {`INSERT INTO command_cooldowns VALUES (1, 99, '!drop', '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z')`,
			"command_cooldowns", "orphan", Count{Source: 1, Rejected: 1}, `SELECT count(*) FROM command_cooldowns`, "[0]"},
		"KeysThatBecomeOne": {`INSERT INTO overlay_settings VALUES (CAST(x'61ff' AS TEXT), '1', NULL, '2025-01-01 00:00:00'), (CAST(x'61fe' AS TEXT), '2', NULL, '2025-01-01 00:00:00')`,
			"overlay_settings", "second-row", Count{Source: 2, Repaired: 1, Rejected: 1}, `SELECT count(*) FROM overlay_settings`, "[1]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := imported(t, newOld(t, fixtures.OldSchema).user(1, "Ann", int64(35)).run(c.sql).closed())
			require.Equal(t, c.want, r.Tables[c.table])
			require.Equal(t, []string{c.got}, r.rows(t, c.query))
			if c.note != "" {
				require.Positive(t, r.note(c.note).Count, "%v", r.Notes)
			}
			parked, err := r.Int(`SELECT count(*) FROM legacy_rejects WHERE source_table = ?1`, c.table)
			require.NoError(t, err)
			require.Equal(t, c.want.Repaired+c.want.Rejected, parked, "nothing is lost")
		})
	}
}
