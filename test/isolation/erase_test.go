package isolation

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/tenant"
)

const erased = "Zebedee"

// TestNothingIsLeftOfAnErasedViewer fills every table that holds viewers, erases one, and
// looks for his name and id in every column of every table.
func TestNothingIsLeftOfAnErasedViewer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	alice := createStreamer(t, s, "alice")
	path := s.ShardPath(alice)
	gone := leaveTraces(t, s, alice, erased)
	stays := leaveTraces(t, s, alice, "Zebedeeson")
	require.NoError(t, s.Tenant(alice.ID).SetLastEvent(t.Context(), json.RawMessage(`{"from":{"username":"ZEBEDEE"}}`)))
	closeStore(t, s)
	leaveRawTraces(t, path, gone)
	leaveRawTraces(t, path, stays)
	parkRows(t, path, gone.ID)
	before := tracesOf(t, path, gone)
	require.Subset(t, before, viewerTables, "the test leaves traces in every table of viewers")
	kept := tracesOf(t, path, stays)

	s = openStore(t, dir)
	x, err := s.Tenant(alice.ID).ExportUser(t.Context(), gone.ID)
	require.NoError(t, err)
	for _, n := range []int{len(x.ChannelLedger), len(x.DropLedger), len(x.Inventory), len(x.Purchases), len(x.Drops), len(x.Cooldowns), len(x.Uploads), len(x.Sessions)} {
		require.Equal(t, 1, n, "%+v", x)
	}
	require.NoError(t, s.Tenant(alice.ID).EraseUser(t.Context(), gone.ID))
	closeStore(t, s)
	require.Empty(t, tracesOf(t, path, gone))
	require.Equal(t, kept, tracesOf(t, path, stays), "the other viewer is as he was")
	require.Equal(t, []string{"another viewer", "by id, but of later", "longer name", "longer name"}, parkedReasons(t, path))
}

var viewerTables = []string{"users", "user_points", "point_transactions", "powerup_inventory", "powerup_purchases", "drop_history",
	"user_sessions", "verification_codes", "command_cooldowns", "uploads", "stream_status", "legacy_rejects"}

// leaveTraces does what a viewer does.
func leaveTraces(t *testing.T, s *shard.Store, who *registry.Streamer, name string) tenant.User {
	t.Helper()
	a := s.Tenant(who.ID)
	_, err := a.AddPoints(t.Context(), name, tenant.Award{Amount: 5, Source: "chat", Description: "to " + name, IdempotencyKey: "key of " + fmt.Sprint(len(name))})
	require.NoError(t, err)
	u, err := a.UserByName(t.Context(), name)
	require.NoError(t, err)
	n := int64(3)
	_, err = a.UpdateUser(t.Context(), u.ID, tenant.UserChange{Drop: &n})
	require.NoError(t, err)
	_, _, err = a.StartSession(t.Context(), name)
	require.NoError(t, err)
	_, err = a.NewCode(t.Context(), strings.ToUpper(name))
	require.NoError(t, err)
	_, err = a.UseCommand(t.Context(), name, "!x", time.Hour)
	require.NoError(t, err)
	_, err = a.SaveUpload(t.Context(), name, "image/png", []byte(name), nil)
	require.NoError(t, err)
	return u
}

// leaveRawTraces writes to the tables that other entities own.
func leaveRawTraces(t *testing.T, path string, u tenant.User) {
	t.Helper()
	c := openRaw(t, path)
	defer c.close(t)
	owner := int64(u.ID) >> 32
	require.NoError(t, c.run(`INSERT INTO powerup_inventory (streamer_id, user_id, powerup_type, quantity) VALUES (?, ?, 'x', 1)`, owner, int64(u.ID)))
	require.NoError(t, c.run(`INSERT INTO powerup_purchases (streamer_id, user_id, powerup_type, cost, purchased_at) VALUES (?, ?, 'x', 1, 1)`, owner, int64(u.ID)))
	require.NoError(t, c.run(`INSERT INTO drop_history (streamer_id, user_id, score, created_at) VALUES (?, ?, 1, 1)`, owner, int64(u.ID)))
}

// parkRows parks rows as an import does, some about the viewer, some not; the reason says
// which.
func parkRows(t *testing.T, path string, id tenant.UserID) {
	t.Helper()
	c := openRaw(t, path)
	defer c.close(t)
	old, later := int64(id)&0xffffffff, time.Now().Add(time.Hour).UnixMilli()
	for _, row := range []struct {
		table, row, reason string
		at                 int64
	}{
		{"users", `{"username":{"type":"text","value":"ZeBeDeE"}}`, "name", 1},
		{"point_transactions", `{"description":{"type":"text","value":"Gift from @Zebedee!"}}`, "mention", 1},
		{"users", `{"username":{"type":"text","hex":"ff5a656265646565ff"}}`, "bytes", 1},
		{"odd", `{"x":[{"Zebedee":1}]}`, "key", 1},
		{"drop_history", fmt.Sprintf(`{"user_id":{"type":"integer","value":%d}}`, old), "id", later},
		{"users", fmt.Sprintf(`{"id":{"type":"integer","value":%d}}`, old), "own id", later},
		{"drop_history", fmt.Sprintf(`{"user_id":{"type":"integer","value":%d}}`, old), "by id, but of later", 1},
		{"drop_history", fmt.Sprintf(`{"user_id":{"type":"integer","value":%d}}`, old+100), "another viewer", later},
		{"users", `{"username":{"type":"text","value":"Zebedeeson"}}`, "longer name", 1},
		{"users", `{"username":{"type":"text","value":"McZebedee"}}`, "longer name", 1},
	} {
		require.NoError(t, c.run(`INSERT INTO legacy_rejects (streamer_id, source_table, source_row, kind, reason, created_at)
			VALUES (?, ?, ?, 'repaired', ?, ?)`, int64(id)>>32, row.table, row.row, row.reason, row.at))
	}
	for i := range 250 { // more than a page of rejects
		require.NoError(t, c.run(`INSERT INTO legacy_rejects (streamer_id, source_table, source_row, kind, reason, created_at)
			VALUES (?, 'users', '{"username":{"type":"text","value":"zebedee"}}', 'rejected', ?, 1)`, int64(id)>>32, fmt.Sprint("many ", i)))
	}
}

func parkedReasons(t *testing.T, path string) (reasons []string) {
	t.Helper()
	c := openRaw(t, path)
	defer c.close(t)
	c.each(t, `SELECT reason FROM legacy_rejects ORDER BY reason`, func(row []driver.Value) {
		reasons = append(reasons, row[0].(string))
	})
	return reasons
}

// tracesOf are the tables with a row about a viewer, or with his name as a word of its own in
// any column.
func tracesOf(t *testing.T, path string, u tenant.User) (found []string) {
	t.Helper()
	c := openRaw(t, path)
	defer c.close(t)
	name := strings.ToLower(u.Username)
	for _, table := range c.tables(t) {
		columns, _ := c.columns(t, table)
		list := strings.Join(columns, ",")
		c.each(t, `SELECT `+list+` FROM `+table, func(row []driver.Value) {
			for i, cell := range row {
				if b, ok := cell.([]byte); ok {
					cell = string(b)
				}
				text := strings.ToLower(fmt.Sprint(cell))
				text = strings.NewReplacer(name+"son", "", "mc"+name, "").Replace(text)
				if !slices.Contains(found, table) && (strings.Contains(text, name) || columns[i] == "user_id" && cell == int64(u.ID)) {
					found = append(found, table)
				}
			}
		})
	}
	return found
}
