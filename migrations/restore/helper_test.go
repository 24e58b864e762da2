package restore

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
)

var day = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func someone(id int64) migrations.Identity {
	return migrations.Identity{Streamer: id, UUID: fmt.Sprintf("%08x-0000-4000-8000-000000000000", id), Generation: 2}
}

// tenantFile makes a file of a version with a few rows in every table.
func tenantFile(t testing.TB, who migrations.Identity, version, viewers int) string {
	t.Helper()
	image, err := migrations.Tenant().Image(&who, version, day, func(c *migrations.Conn) error {
		return migrations.Seed(c, who.Streamer, day)
	})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "tenant.db")
	require.NoError(t, os.WriteFile(path, image, 0o600))
	change(t, path, who, func(c *migrations.Conn) { fill(t, c, who.Streamer, viewers) })
	return path
}

// change opens a file as one that is served and lets fn write to it.
func change(t testing.TB, path string, who migrations.Identity, fn func(*migrations.Conn)) {
	t.Helper()
	f, err := migrations.Open(t.Context(), path, migrations.Tenant(), &who, migrations.Options{Refuse: true})
	require.NoError(t, err)
	c := f.Writer()
	fn(c)
	require.NoError(t, c.Close())
}

func fill(t testing.TB, c *migrations.Conn, streamer int64, viewers int) {
	t.Helper()
	base, ms := streamer<<32, day.UnixMilli()
	run := func(sql string, args ...any) {
		t.Helper()
		values := make([]any, 0, len(args))
		values = append(values, args...)
		require.NoError(t, runAny(c, sql, values), sql)
	}
	run(`BEGIN`)
	for i := 1; i <= viewers; i++ {
		u := base + int64(i)
		name := fmt.Sprintf("Viewer%d", i)
		run(`INSERT INTO users (streamer_id, username, username_key, drop_image, created_at, updated_at) VALUES (?1, ?2, lower(?2), ?3, ?4, ?4)`,
			streamer, name, fmt.Sprintf("/alice/api/uploads/%d", base+1), ms)
		run(`INSERT INTO user_points (streamer_id, user_id, channel_points, drop_points, total_drops, updated_at) VALUES (?1, ?2, 30, 5, 1, ?3)`, streamer, u, ms)
		run(`INSERT INTO point_transactions (streamer_id, user_id, kind, amount, source, created_at) VALUES (?1, ?2, 'channel', 40, 'chat', ?3),
			(?1, ?2, 'channel', -10, 'spend', ?3), (?1, ?2, 'drop', 5, 'drop', ?3)`, streamer, u, ms)
		run(`INSERT INTO drop_history (streamer_id, user_id, score, created_at) VALUES (?1, ?2, 5, ?3)`, streamer, u, ms)
		run(`INSERT INTO powerup_inventory (streamer_id, user_id, powerup_type, quantity) VALUES (?1, ?2, 'tnt', 1)`, streamer, u)
		run(`INSERT INTO powerup_purchases (streamer_id, user_id, powerup_type, cost, purchased_at) VALUES (?1, ?2, 'tnt', 10, ?3)`, streamer, u, ms)
		run(`INSERT INTO user_sessions (streamer_id, user_id, token_hash, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?4)`, streamer, u, hashed(i), ms)
		run(`INSERT INTO verification_codes (streamer_id, username_key, username, code_hash, tries_left, created_at, expires_at) VALUES (?1, lower(?2), ?2, ?3, 5, ?4, ?4)`,
			streamer, name, hashed(i), ms)
		run(`INSERT INTO command_cooldowns (streamer_id, user_id, command, last_used_at, expires_at) VALUES (?1, ?2, '!roll', ?3, ?3)`, streamer, u, ms)
	}
	run(`INSERT INTO uploads (streamer_id, user_id, content_type, sha256, body, created_at) VALUES (?1, ?2, 'image/png', ?3, x'01', ?4)`, streamer, base+1, hashed(0), ms)
	run(`INSERT INTO overlay_layouts (streamer_id, name, layout, created_at, updated_at) VALUES (?1, 'main', '{}', ?2, ?2)`, streamer, ms)
	run(`INSERT INTO theme (streamer_id, config, updated_at) VALUES (?1, '{}', ?2)`, streamer, ms)
	run(`INSERT INTO api_tokens (streamer_id, provider, access_token, expires_at, created_at, updated_at) VALUES (?1, 'kick', x'010203', ?2, ?2, ?2)`, streamer, ms)
	run(`INSERT INTO processed_webhooks (streamer_id, message_id, processed_at) VALUES (?1, 'm', ?2)`, streamer, ms)
	run(`INSERT INTO idempotency_keys (streamer_id, key, request_hash, response, created_at) VALUES (?1, 'k', ?2, '{}', ?3)`, streamer, hashed(1), ms)
	run(`INSERT INTO stream_status (streamer_id, live, updated_at) VALUES (?1, 1, ?2)`, streamer, ms)
	run(`INSERT INTO legacy_rejects (streamer_id, source_table, source_row, kind, reason, created_at) VALUES (?1, 'x', '{}', 'rejected', 'r', ?2)`, streamer, ms)
	run(`UPDATE shard_identity SET commit_seq = 7`)
	run(`COMMIT`)
}

func hashed(i int) []byte { return []byte(fmt.Sprintf("%032d", i)) }

// private is a copy of a closed file, as a gate gets it.
func private(t testing.TB, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy.db")
	in, err := os.Open(path)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
	return to
}
