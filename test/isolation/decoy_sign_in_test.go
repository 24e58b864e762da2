package isolation

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// plantedCode is a code whose hash lies in the planted row, confirmed and with tries left.
const plantedCode = "AAAAAA"

// signInAttacks are on who may come in, and on what one viewer leaves behind.
var signInAttacks = map[string]attack{
	"SaveToken": func(t *testing.T, s shard.TenantStore) any {
		require.NoError(t, s.SaveToken(t.Context(), tenant.Token{Provider: canary, AccessToken: "own", ExpiresAt: time.Now()}))
		found, err := s.Token(t.Context(), canary)
		require.NoError(t, err)
		require.NoError(t, s.DeleteToken(t.Context(), canary))
		return found.AccessToken
	},
	"Token": func(t *testing.T, s shard.TenantStore) any {
		found, err := s.Token(t.Context(), canary)
		require.ErrorIs(t, err, scope.ErrNotFound)
		return found
	},
	"TokenInfo": func(t *testing.T, s shard.TenantStore) any {
		found, err := s.TokenInfo(t.Context(), canary)
		require.ErrorIs(t, err, scope.ErrNotFound)
		return found
	},
	"TokenInfos": func(t *testing.T, s shard.TenantStore) any {
		found, err := s.TokenInfos(t.Context())
		require.NoError(t, err)
		return found
	},
	"DeleteToken": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.DeleteToken(t.Context(), canary), scope.ErrNotFound)
		return nil
	},
	"StartSession": func(t *testing.T, s shard.TenantStore) any {
		_, made, err := s.StartSession(t.Context(), canary)
		require.NoError(t, err)
		require.NotEqual(t, foreign, int64(made.User))
		require.NoError(t, s.DeleteUser(t.Context(), made.User))
		return nil
	},
	"Session": func(t *testing.T, s shard.TenantStore) any {
		found, err := s.Session(t.Context(), canary)
		require.ErrorIs(t, err, scope.ErrNotFound)
		return found
	},
	"EndSession": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.EndSession(t.Context(), canary), scope.ErrNotFound)
		return nil
	},
	"EndSessions": func(t *testing.T, s shard.TenantStore) any {
		n, err := s.EndSessions(t.Context(), tenant.UserID(foreign))
		require.NoError(t, err)
		require.Zero(t, n)
		return n
	},
	"NewCode": func(t *testing.T, s shard.TenantStore) any {
		_, err := s.NewCode(t.Context(), canary)
		require.NoError(t, err)
		u, err := s.EnsureUser(t.Context(), canary)
		require.NoError(t, err)
		require.NoError(t, s.EraseUser(t.Context(), u.ID), "takes the code with it")
		return nil
	},
	"CheckCode": func(t *testing.T, s shard.TenantStore) any {
		for _, code := range []string{plantedCode, "wrong"} {
			_, err := s.CheckCode(t.Context(), canary, code)
			require.ErrorIs(t, err, scope.ErrNotFound)
		}
		return nil
	},
	"ConfirmCode": func(t *testing.T, s shard.TenantStore) any {
		for _, code := range []string{plantedCode, "wrong"} {
			require.ErrorIs(t, s.ConfirmCode(t.Context(), canary, code), scope.ErrNotFound)
		}
		own, err := s.NewCode(t.Context(), canary)
		require.NoError(t, err)
		require.ErrorIs(t, s.ConfirmCode(t.Context(), canary, "wrong"), scope.ErrNotFound)
		require.NoError(t, s.ConfirmCode(t.Context(), canary, own.Code))
		checked, err := s.CheckCode(t.Context(), canary, own.Code)
		require.NoError(t, err)
		in, err := s.Session(t.Context(), checked.SessionToken)
		require.NoError(t, err)
		require.NoError(t, s.DeleteUser(t.Context(), in.User))
		return nil
	},
	"UseCommand": func(t *testing.T, s shard.TenantStore) any {
		wait, err := s.UseCommand(t.Context(), canary, canary, time.Second)
		require.NoError(t, err)
		require.Zero(t, wait)
		u, err := s.UserByName(t.Context(), canary)
		require.NoError(t, err)
		require.NoError(t, s.DeleteUser(t.Context(), u.ID))
		return nil
	},
	"Cooldowns": func(t *testing.T, s shard.TenantStore) any {
		all, err := s.Cooldowns(t.Context(), tenant.UserID(foreign))
		require.NoError(t, err)
		require.Empty(t, all)
		return all
	},
	"SaveUpload": func(t *testing.T, s shard.TenantStore) any {
		for range 4 {
			_, err := s.SaveUpload(t.Context(), canary, "image/png", []byte("own"), nil)
			require.NoError(t, err)
		}
		u, err := s.UserByName(t.Context(), canary)
		require.NoError(t, err)
		require.NoError(t, s.DeleteUser(t.Context(), u.ID))
		return nil
	},
	"Upload": func(t *testing.T, s shard.TenantStore) any {
		found, err := s.Upload(t.Context(), tenant.UploadID(foreign))
		require.ErrorIs(t, err, scope.ErrNotFound)
		return found
	},
	"UserUploads": func(t *testing.T, s shard.TenantStore) any {
		all, err := s.UserUploads(t.Context(), tenant.UserID(foreign))
		require.NoError(t, err)
		require.Empty(t, all)
		return all
	},
	"DeleteUpload": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.DeleteUpload(t.Context(), tenant.UploadID(foreign)), scope.ErrNotFound)
		return nil
	},
	"ExportUser": func(t *testing.T, s shard.TenantStore) any {
		_, err := s.ExportUser(t.Context(), tenant.UserID(foreign))
		require.ErrorIs(t, err, scope.ErrNotFound)
		own, err := s.UserByName(t.Context(), "own")
		require.NoError(t, err)
		all, err := s.ExportUser(t.Context(), own.ID)
		require.NoError(t, err)
		return all
	},
	"EraseUser": func(t *testing.T, s shard.TenantStore) any {
		require.ErrorIs(t, s.EraseUser(t.Context(), tenant.UserID(foreign)), scope.ErrNotFound)
		u, err := s.EnsureUser(t.Context(), canary)
		require.NoError(t, err)
		require.NoError(t, s.EraseUser(t.Context(), u.ID), "what is called so and is not ours stays")
		return nil
	},
	"LegacyRejects": func(t *testing.T, s shard.TenantStore) any {
		all, err := s.LegacyRejects(t.Context(), 0, 100)
		require.NoError(t, err)
		require.Empty(t, all)
		return all
	},
	"StreamStatus": func(t *testing.T, s shard.TenantStore) any {
		st, err := s.StreamStatus(t.Context())
		require.NoError(t, err)
		require.False(t, st.Live)
		return string(st.LastEvent)
	},
	"SetLive": func(t *testing.T, s shard.TenantStore) any {
		require.NoError(t, s.SetLive(t.Context(), false))
		return nil
	},
	"SetLastEvent": func(t *testing.T, s shard.TenantStore) any {
		require.NoError(t, s.SetLastEvent(t.Context(), json.RawMessage(`{"own":true}`)))
		return nil
	},
}

// What is over and planted is not swept: only its owner's calls may.
func TestSweepsLeaveOthersAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	createStreamer(t, s, "victim")
	alice := createStreamer(t, s, "alice")
	path := s.ShardPath(alice)
	closeStore(t, s)
	plant(t, path)
	c := openRaw(t, path)
	require.NoError(t, c.run(`PRAGMA ignore_check_constraints = ON`))
	swept := map[string]string{"user_sessions": "expires_at", "verification_codes": "expires_at", "command_cooldowns": "expires_at",
		"processed_webhooks": "processed_at", "idempotency_keys": "created_at"}
	for table, column := range swept {
		require.NoError(t, c.run(`UPDATE `+table+` SET `+column+` = 1 WHERE streamer_id = ?`, int64(victim)))
	}
	c.close(t)
	before := foreignRows(t, path)
	s = openStore(t, dir)
	a := s.Tenant(alice.ID)
	_, _, err := a.StartSession(t.Context(), "own")
	require.NoError(t, err)
	_, err = a.NewCode(t.Context(), "own")
	require.NoError(t, err)
	_, err = a.UseCommand(t.Context(), "own", "!own", time.Second)
	require.NoError(t, err)
	_, err = a.HandleMessage(t.Context(), tenant.Message{ID: "own"})
	require.NoError(t, err)
	_, err = a.AddPoints(t.Context(), "own", tenant.Award{Amount: 1, Source: "chat", IdempotencyKey: "own"})
	require.NoError(t, err)
	closeStore(t, s)
	require.Equal(t, before, foreignRows(t, path))
}

// The planted code would open a session if it were the caller's: its hash is made as the
// tenant makes them.
func TestThePlantedCodeIsARealOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	alice := createStreamer(t, s, "alice")
	made, err := s.Tenant(alice.ID).NewCode(t.Context(), "Foreign")
	require.NoError(t, err)
	path := s.ShardPath(alice)
	closeStore(t, s)
	c := openRaw(t, path)
	defer c.close(t)
	rows := 0
	c.each(t, `SELECT code_hash FROM verification_codes`, func(row []driver.Value) {
		require.Equal(t, hashOf("code "+strings.ToLower(made.Code)+" of foreign"), row[0])
		rows++
	})
	require.Equal(t, 1, rows)
}

func plantedCodeHash(name string) []byte {
	return hashOf("code " + strings.ToLower(plantedCode) + " of " + name)
}

func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
