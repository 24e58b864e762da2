package isolation

import (
	"bytes"
	"context"
	"database/sql/driver"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// sealedHouse is two streamers, each with tokens of two providers, closed.
type sealedHouse struct {
	dir          string
	alice, bob   *registry.Streamer
	pathA, pathB string
}

func newSealedHouse(t *testing.T) sealedHouse {
	t.Helper()
	dir := t.TempDir()
	s := openStore(t, dir)
	h := sealedHouse{dir: dir, alice: createStreamer(t, s, "alice"), bob: createStreamer(t, s, "bob")}
	h.pathA, h.pathB = s.ShardPath(h.alice), s.ShardPath(h.bob)
	for _, who := range []*registry.Streamer{h.alice, h.bob} {
		for _, provider := range []string{"kick", "other"} {
			refresh := "plain-refresh-" + who.Username + "-" + provider
			require.NoError(t, s.Tenant(who.ID).SaveToken(t.Context(), tenant.Token{Provider: provider,
				AccessToken: "plain-access-" + who.Username + "-" + provider, RefreshToken: &refresh, ExpiresAt: time.Now()}))
		}
	}
	closeStore(t, s)
	return h
}

// sealed is a cell of a token's row.
func sealed(t *testing.T, path, provider, column string) (cell []byte) {
	t.Helper()
	c := openRaw(t, path)
	defer c.close(t)
	c.each(t, `SELECT `+column+` FROM api_tokens WHERE provider = ?`, func(row []driver.Value) {
		cell = bytes.Clone(row[0].([]byte))
	}, provider)
	require.NotEmpty(t, cell)
	return cell
}

// Each puts a ciphertext where it was not sealed for: in alice's token of kick.
var moves = map[string]func(t *testing.T, h sealedHouse) (column string, cell []byte){
	"OtherProvider": func(t *testing.T, h sealedHouse) (string, []byte) {
		return "access_token", sealed(t, h.pathA, "other", "access_token")
	},
	"OtherProvidersRefresh": func(t *testing.T, h sealedHouse) (string, []byte) {
		return "refresh_token", sealed(t, h.pathA, "other", "refresh_token")
	},
	"OtherColumn": func(t *testing.T, h sealedHouse) (string, []byte) {
		return "access_token", sealed(t, h.pathA, "kick", "refresh_token")
	},
	"OtherColumnBack": func(t *testing.T, h sealedHouse) (string, []byte) {
		return "refresh_token", sealed(t, h.pathA, "kick", "access_token")
	},
	"OtherStreamer": func(t *testing.T, h sealedHouse) (string, []byte) {
		return "access_token", sealed(t, h.pathB, "kick", "access_token")
	},
	"OtherStreamersRefresh": func(t *testing.T, h sealedHouse) (string, []byte) {
		return "refresh_token", sealed(t, h.pathB, "kick", "refresh_token")
	},
	"OneBit": func(t *testing.T, h sealedHouse) (string, []byte) {
		cell := sealed(t, h.pathA, "kick", "access_token")
		cell[len(cell)/2] ^= 1
		return "access_token", cell
	},
	"Cut": func(t *testing.T, h sealedHouse) (string, []byte) {
		return "access_token", sealed(t, h.pathA, "kick", "access_token")[:5]
	},
	"Plain": func(*testing.T, sealedHouse) (string, []byte) {
		return "access_token", []byte("plain")
	},
}

func TestAMovedCiphertextDoesNotOpen(t *testing.T) {
	t.Parallel()
	for name, move := range moves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newSealedHouse(t)
			column, cell := move(t, h)
			good := sealed(t, h.pathA, "kick", column)
			h.put(t, column, cell)
			h.use(t, func(s *shard.Store) {
				got, err := s.Tenant(h.alice.ID).Token(t.Context(), "kick")
				require.Error(t, err)
				require.NotErrorIs(t, err, scope.ErrNotFound)
				require.Equal(t, tenant.Token{}, got, "nothing of it is handed out")
				require.NotContains(t, err.Error(), "plain")
				info, err := s.Tenant(h.alice.ID).TokenInfo(t.Context(), "kick")
				require.NoError(t, err, "which opens nothing")
				require.Equal(t, "kick", info.Provider)
			})
			h.put(t, column, good)
			h.use(t, func(s *shard.Store) {
				got, err := s.Tenant(h.alice.ID).Token(t.Context(), "kick")
				require.NoError(t, err)
				require.Equal(t, "plain-access-alice-kick", got.AccessToken)
				require.Equal(t, "plain-refresh-alice-kick", *got.RefreshToken)
			})
		})
	}
}

func (h sealedHouse) put(t *testing.T, column string, cell []byte) {
	t.Helper()
	c := openRaw(t, h.pathA)
	defer c.close(t)
	require.NoError(t, c.run(`UPDATE api_tokens SET `+column+` = ? WHERE provider = 'kick'`, cell))
}

func (h sealedHouse) use(t *testing.T, fn func(*shard.Store)) {
	t.Helper()
	s := openStore(t, h.dir)
	defer closeStore(t, s)
	fn(s)
}

// No secret that a viewer or streamer signs in with lies in a file as it is.
func TestFilesHoldNoUsableSecret(t *testing.T) {
	t.Parallel()
	h := newSealedHouse(t)
	var secrets []string
	h.use(t, func(s *shard.Store) {
		secrets = signIn(t, t.Context(), s.Tenant(h.alice.ID))
	})
	body, err := os.ReadFile(h.pathA)
	require.NoError(t, err)
	require.Contains(t, string(body), "control-name", "the file is read as it should be")
	for _, secret := range append(secrets, "plain-access", "plain-refresh") {
		require.NotContains(t, string(body), secret)
	}
}

// signIn makes a session, a pending code and a redeemed one, and returns their secrets.
func signIn(t *testing.T, ctx context.Context, s shard.TenantStore) []string {
	t.Helper()
	token, _, err := s.StartSession(ctx, "control-name")
	require.NoError(t, err)
	waiting, err := s.NewCode(ctx, "waiting")
	require.NoError(t, err)
	used, err := s.NewCode(ctx, "used")
	require.NoError(t, err)
	require.NoError(t, s.ConfirmCode(ctx, "used", used.Code))
	checked, err := s.CheckCode(ctx, "used", used.Code)
	require.NoError(t, err)
	return []string{token, waiting.Code, used.Code, checked.SessionToken}
}
