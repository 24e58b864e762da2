package shard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// fill gives a streamer a row of everything and returns what must leave in no export.
func fill(t testing.TB, s TenantStore) (secrets [][]byte) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) { t.Helper(); require.NoError(t, err) }
	for _, name := range []string{"Ünal", "<b>bob</b>"} {
		_, err := s.AddPoints(ctx, name, tenant.Award{Amount: 500, Source: "chat", Description: "a & b", IdempotencyKey: "idem-" + name})
		must(err)
	}
	_, err := s.RecordDrop(ctx, "Ünal", tenant.Drop{Score: 77, Perfect: true})
	must(err)
	_, err = s.GivePowerup(ctx, "Ünal", "ghost", 2)
	must(err)
	_, err = s.BuyPowerup(ctx, "Ünal", tenant.Order{Powerup: "boost"})
	must(err)
	_, err = s.CreateLayout(ctx, tenant.NewLayout{Name: "main", JSON: json.RawMessage(`{"z":1,"a":{"big":12345678901234567890}}`)})
	must(err)
	must(s.SetTheme(ctx, json.RawMessage(`{"primary":"#123456"}`)))
	must(s.SetSetting(ctx, "plain", "shown"))
	must(s.SetSetting(ctx, "openai_api_key", "sk-in-clear"))
	_, err = s.UseCommand(ctx, "Ünal", "roll", time.Hour)
	must(err)
	_, err = s.SaveUpload(ctx, "Ünal", "image/png", []byte("picture"), nil)
	must(err)
	must(s.SetLive(ctx, true))
	must(s.SetLastEvent(ctx, json.RawMessage(`{"type":"follow"}`)))
	must(s.SaveToken(ctx, tenant.Token{Provider: "kick", AccessToken: "access-in-clear", ExpiresAt: time.Unix(1, 0)}))
	live, _, err := s.StartSession(ctx, "Ünal")
	must(err)
	ended, _, err := s.StartSession(ctx, "Ünal")
	must(err)
	must(s.EndSession(ctx, ended))
	code, err := s.NewCode(ctx, "<b>bob</b>")
	must(err)
	handled, err := s.HandleMessage(ctx, tenant.Message{ID: "webhook-message-id"})
	must(err)
	require.True(t, handled.First)
	for _, secret := range []string{"sk-in-clear", "openai_api_key", "access-in-clear", "webhook-message-id", "idem-", live, ended, code.Code} {
		sum := sha256.Sum256([]byte(secret))
		secrets = append(secrets, []byte(secret), sum[:])
	}
	return secrets
}

func exported(t testing.TB, s *Store, id scope.StreamerID, format ExportFormat) []byte {
	t.Helper()
	x, err := s.Export(t.Context(), id, format, "test")
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, x.Write(t.Context(), &b))
	require.NoError(t, x.Close())
	if x.Bytes >= 0 {
		require.EqualValues(t, x.Bytes, b.Len())
	}
	left, err := os.ReadDir(filepath.Join(s.Dir(), "tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
	return b.Bytes()
}

// filled is a store with one streamer who has everything.
func filled(t *testing.T) (s *Store, id scope.StreamerID, secrets [][]byte) {
	t.Helper()
	s, alice := openWith(t, Options{})
	found, err := s.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	return s, found.ID, fill(t, alice)
}

func TestAnExportIsOnePlainDatabase(t *testing.T) {
	t.Parallel()
	s, id, _ := filled(t)
	path := filepath.Join(t.TempDir(), "x.db")
	body := exported(t, s, id, ExportSQLite)
	require.NoError(t, os.WriteFile(path, body, 0o600))
	streamer, err := s.Streamer(t.Context(), id)
	require.NoError(t, err)
	facts, err := restore.Check(t.Context(), path, restore.Expected{Streamer: int64(id), UUID: streamer.ShardUUID})
	require.NoError(t, err, "it can be restored")
	require.EqualValues(t, 2, facts.Content.Tables["users"].Rows)
	require.Equal(t, "SQLite format 3\x00", string(body[:16]))
	require.Equal(t, []byte{1, 1}, body[18:20], "rollback mode: one file is all of it")

	d, err := new(sqlite3.SQLiteDriver).Open("file:" + path + "?mode=ro")
	require.NoError(t, err)
	c := d.(*sqlite3.SQLiteConn)
	one := func(sql string) driver.Value {
		rows, err := c.Query(sql, nil)
		require.NoError(t, err, sql)
		row := make([]driver.Value, 1)
		require.NoError(t, rows.Next(row), sql)
		require.NoError(t, rows.Close())
		return row[0]
	}
	require.Equal(t, "delete", one(`PRAGMA journal_mode`))
	require.Equal(t, "ok", one(`PRAGMA integrity_check`))
	require.EqualValues(t, id, one(`SELECT id FROM streamers`))
	require.Equal(t, streamer.ShardUUID, one(`SELECT shard_uuid FROM shard_identity`))
	require.EqualValues(t, streamer.SchemaVersion, one(`PRAGMA user_version`))
	require.EqualValues(t, 0x73765401, one(`PRAGMA application_id`))
	require.EqualValues(t, 827, one(`SELECT sum(total_points) FROM user_points`))
	for _, table := range []string{"api_tokens", "user_sessions", "verification_codes", "idempotency_keys", "processed_webhooks"} {
		require.EqualValues(t, 0, one(`SELECT count(*) FROM `+table), table)
	}
	require.EqualValues(t, 1, one(`SELECT count(*) FROM overlay_settings WHERE key = 'plain'`))
	require.NoError(t, c.Close())
}

func TestTheStockShellOpensAnExport(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("there is no sqlite3 on the PATH")
	}
	s, id, _ := filled(t)
	path := filepath.Join(t.TempDir(), "x.db")
	require.NoError(t, os.WriteFile(path, exported(t, s, id, ExportSQLite), 0o600))
	out, err := exec.Command(shell, "-bail", path, `PRAGMA integrity_check; SELECT username FROM users ORDER BY id; PRAGMA foreign_key_check;`).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "ok\nÜnal\n<b>bob</b>\n", string(out))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no log was needed")
}

func TestAnExportHoldsNoSecret(t *testing.T) {
	t.Parallel()
	s, id, secrets := filled(t)
	streamer, err := s.Streamer(t.Context(), id)
	require.NoError(t, err)
	live := filepath.Join(t.TempDir(), "live.db")
	require.NoError(t, s.copyShard(t.Context(), id, live))
	whole, err := os.ReadFile(live)
	require.NoError(t, err)
	require.Contains(t, string(whole), "webhook-message-id", "the file itself has some: the search finds what is there")
	for _, format := range []ExportFormat{ExportSQLite, ExportJSON} {
		body := exported(t, s, id, format)
		for _, secret := range secrets {
			if format == ExportJSON && string(secret) == "openai_api_key" {
				continue // the name of what was left out is told
			}
			require.False(t, bytes.Contains(body, secret), "%s holds %q", format, secret)
		}
		require.True(t, bytes.Contains(body, []byte("Ünal")))
	}
	rows, err := s.Audit(t.Context(), streamer.ID, time.Time{}, 0, 100)
	require.NoError(t, err)
	last := rows[len(rows)-1]
	require.Equal(t, "streamer.export", last.Action)
	require.Equal(t, "test", last.Actor)
}

func TestTheDocumentSaysEverything(t *testing.T) {
	t.Parallel()
	s, id, _ := filled(t)
	body := exported(t, s, id, ExportJSON)
	var d struct {
		Format          string
		ExportedAt      time.Time
		Streamer        struct{ Username string }
		SettingsLeftOut []string
		Viewers         []struct {
			ID, ChannelPoints, DropPoints, TotalDrops int64
			Username                                  string
			CreatedAt                                 time.Time
		}
		PointTransactions []struct {
			UserID, Amount int64
			Kind, Source   string
		}
		Powerups      []struct{ Variables map[string]any }
		Inventory     []struct{ Powerup string }
		Purchases     []struct{ Cost int64 }
		Drops         []struct{ IsPerfect bool }
		Settings      []struct{ Key string }
		Layouts       []struct{ Layout json.RawMessage }
		Theme         struct{ Config map[string]string }
		Tips, Goals   []struct{ Enabled bool }
		Cooldowns     []struct{ Command string }
		Uploads       []struct{ Body []byte }
		Status        struct{ Live bool }
		LegacyRejects []any
	}
	require.NoError(t, json.Unmarshal(body, &d), string(body))
	require.Equal(t, "streamvault-export-1", d.Format)
	require.WithinDuration(t, time.Now(), d.ExportedAt, time.Minute)
	require.Equal(t, "alice", d.Streamer.Username)
	require.Equal(t, []string{"openai_api_key"}, d.SettingsLeftOut)
	require.Equal(t, "Ünal", d.Viewers[0].Username)
	balances := map[string]int64{}
	for _, m := range d.PointTransactions {
		balances[m.Kind] += m.Amount
	}
	require.Equal(t, d.Viewers[0].ChannelPoints+d.Viewers[1].ChannelPoints, balances["channel"], "the ledger is in it")
	require.Equal(t, d.Viewers[0].DropPoints, balances["drop"])
	require.JSONEq(t, `{"z":1,"a":{"big":12345678901234567890}}`, string(d.Layouts[0].Layout))
	require.Contains(t, string(body), "12345678901234567890", "numbers stay as they were written")
	require.Contains(t, string(body), "<b>bob</b>", "people can read it")
	require.Equal(t, "#123456", d.Theme.Config["primary"])
	require.Equal(t, []byte("picture"), d.Uploads[0].Body)
	require.True(t, d.Status.Live && d.Drops[0].IsPerfect && d.Tips[0].Enabled && d.Goals[0].Enabled)
	require.NotEmpty(t, d.Powerups[0].Variables)
	require.Equal(t, "roll", d.Cooldowns[0].Command)
	require.EqualValues(t, 250, d.Purchases[0].Cost)
	require.NotEmpty(t, d.Inventory)
	require.NotNil(t, d.LegacyRejects)
}

// An export begins with what was there and ends with it, whatever happens meanwhile.
func TestAnExportIsOfOneMoment(t *testing.T) {
	t.Parallel()
	s, id, _ := filled(t)
	x, err := s.Export(t.Context(), id, ExportJSON, "test")
	require.NoError(t, err)
	_, err = s.Tenant(id).AddPoints(t.Context(), "latecomer", tenant.Award{Amount: 1, Source: "chat"})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, x.Write(t.Context(), &b))
	require.NoError(t, x.Close())
	require.NotContains(t, b.String(), "latecomer")
}

func TestExportsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	s, id, _ := filled(t)
	_, err := s.Export(t.Context(), id, "xml", "test")
	require.ErrorIs(t, err, registry.ErrInvalid)
	_, err = s.Export(t.Context(), id+1, ExportJSON, "test")
	require.ErrorIs(t, err, registry.ErrNotFound)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 3 {
		_, err = s.Export(ended, id, ExportSQLite, "test")
		require.ErrorIs(t, err, context.Canceled)
	}
	x, err := s.Export(t.Context(), id, ExportJSON, "test")
	require.NoError(t, err, "nothing of those is left in the way")
	require.ErrorIs(t, x.Write(ended, new(bytes.Buffer)), context.Canceled)
	waiting, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = s.Export(waiting, id, ExportJSON, "test")
	require.Error(t, err, "one at a time")
	require.NoError(t, x.Close())
	exported(t, s, id, ExportJSON)
	s.disk.minFree = 1 << 60
	_, err = s.Export(t.Context(), id, ExportSQLite, "test")
	require.ErrorIs(t, err, scope.ErrFull)
	require.True(t, strings.Contains(err.Error(), "export alice"))
}
