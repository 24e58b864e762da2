package isolation

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// TestPlantedRowsOfOwnViewers plants rows of the victim that claim to be about one of the
// attacker's own viewers: his id is right, only the owner is not.
func TestPlantedRowsOfOwnViewers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	require.EqualValues(t, victim, createStreamer(t, s, "victim").ID)
	alice := createStreamer(t, s, "alice")
	a := s.Tenant(alice.ID)
	token, in, err := a.StartSession(t.Context(), "own")
	require.NoError(t, err)
	own := in.User
	for range 3 {
		_, err = a.SaveUpload(t.Context(), "own", "image/png", []byte("own"), nil)
		require.NoError(t, err)
	}
	path := s.ShardPath(alice)
	closeStore(t, s)
	plantChildren(t, path, int64(own), token)
	planted := foreignRows(t, path)

	s = openStore(t, dir)
	a = s.Tenant(alice.ID)
	x, err := a.ExportUser(t.Context(), own)
	require.NoError(t, err)
	require.Len(t, x.Sessions, 1)
	require.Len(t, x.Uploads, 3)
	ledger, err := a.Ledger(t.Context(), own, tenant.ChannelPoints, tenant.Place{}, 100)
	require.NoError(t, err)
	sums, err := a.LedgerSummary(t.Context(), own, tenant.ChannelPoints)
	require.NoError(t, err)
	running, err := a.Cooldowns(t.Context(), own)
	require.NoError(t, err)
	shown, err := json.Marshal([]any{x, ledger, sums, running})
	require.NoError(t, err)
	require.NotContains(t, strings.ToLower(string(shown)), canary)
	require.Empty(t, ledger)

	wait, err := a.UseCommand(t.Context(), "own", canary, time.Minute)
	require.NoError(t, err)
	require.Zero(t, wait)
	_, err = a.SaveUpload(t.Context(), "own", "image/png", []byte("newest"), nil)
	require.NoError(t, err)
	pictures, err := a.UserUploads(t.Context(), own)
	require.NoError(t, err)
	require.Len(t, pictures, 3, "the planted one is not counted among his")
	_, err = a.AddPoints(t.Context(), "own", tenant.Award{Amount: 9, Source: "chat"})
	require.NoError(t, err)
	_, err = a.RecordDrop(t.Context(), "own", tenant.Drop{Score: 9})
	require.NoError(t, err)
	_, err = a.UsePowerup(t.Context(), "own", canary)
	require.ErrorIs(t, err, scope.ErrNotFound)
	set := int64(7)
	u, err := a.UpdateUser(t.Context(), own, tenant.UserChange{Channel: &set})
	require.NoError(t, err)
	require.Equal(t, tenant.Points{Channel: 7, Drop: 9, Drops: 1}, u.Points)
	bought, err := a.Purchases(t.Context(), own, tenant.Place{}, 100)
	require.NoError(t, err)
	require.Empty(t, bought)
	stats, err := a.DropStats(t.Context(), own)
	require.NoError(t, err)
	require.Equal(t, tenant.DropStats{Drops: 1, Best: 9, Sum: 9}, stats)
	require.NoError(t, a.EndSession(t.Context(), token))
	_, err = a.EndSessions(t.Context(), own)
	require.NoError(t, err)
	closeStore(t, s)
	require.Equal(t, planted, foreignRows(t, path), "no planted row was changed")
}

// plantChildren puts a row of the victim about viewer into every table of viewers' things,
// newer than his own, and a picture older than his; the session opens with his own token.
func plantChildren(t *testing.T, path string, viewer int64, token string) {
	t.Helper()
	c := openRaw(t, path)
	defer c.close(t)
	require.NoError(t, c.run(`PRAGMA ignore_check_constraints = ON`))
	planted := 0
	for _, table := range c.tables(t) {
		columns, values := c.columns(t, table)
		children := false
		for i, name := range columns {
			switch name {
			case "user_id":
				values[i], children = viewer, true
			case "id":
				values[i] = viewer + 1_000_000
			case "token_hash":
				values[i] = hashOf(token)
			case "channel_points", "drop_points", "total_drops", "quantity", "amount":
				values[i] = int64(1)
			}
		}
		if !children {
			continue
		}
		marks := strings.TrimSuffix(strings.Repeat("?,", len(values)), ",")
		require.NoError(t, c.run(fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table, strings.Join(columns, ","), marks), values...), table)
		planted++
	}
	require.NoError(t, c.run(`INSERT INTO uploads SELECT ?, streamer_id, user_id, content_type, sha256, body, created_at
		FROM uploads WHERE streamer_id = ?`, foreign, int64(victim)))
	require.Equal(t, 8, planted, "tables that hold something of a viewer")
}
