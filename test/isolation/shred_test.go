package isolation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/tenant"
)

// Each streamer's secrets hang on a key of his own: without it they are gone, and nobody
// else's are.
func TestADestroyedDataKeyShredsItsStreamerOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	a, b := createStreamer(t, s, "alice"), createStreamer(t, s, "bob")
	secret := tenant.Token{Provider: "kick", AccessToken: "hidden", ExpiresAt: time.Now().Add(time.Hour)}
	require.NoError(t, s.Tenant(a.ID).SaveToken(t.Context(), secret))
	require.NoError(t, s.Tenant(b.ID).SaveToken(t.Context(), secret))
	closeStore(t, s)
	c := openRaw(t, s.Dir()+"/registry.db")
	require.NoError(t, c.run(`PRAGMA ignore_check_constraints = ON`))
	require.NoError(t, c.run(`UPDATE streamers SET data_key = NULL WHERE username = 'alice'`))
	c.close(t)

	s = openStore(t, dir)
	defer closeStore(t, s)
	_, err := s.Tenant(a.ID).Token(t.Context(), "kick")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hidden")
	kept, err := s.Tenant(b.ID).Token(t.Context(), "kick")
	require.NoError(t, err)
	require.Equal(t, "hidden", kept.AccessToken)
	_, err = s.Tenant(a.ID).Leaderboard(t.Context(), 1)
	require.NoError(t, err, "all but the secrets is served")
}
