package restore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
)

// A secret setting is in no byte of the new file: a row that was carried and deleted would lie on
// in what its page has free.
func TestASecretSettingIsInNoByteOfAnothersFile(t *testing.T) {
	t.Parallel()
	from := tenantFile(t, someone(3), 0, 3)
	change(t, from, someone(3), func(c *migrations.Conn) {
		for _, key := range []string{"chat_TOKEN_secret", "a_secret", "plain", "z_secret"} {
			require.NoError(t, c.Run(`INSERT INTO overlay_settings SELECT id, ?1, 'PLANTED-' || ?1, NULL, 1 FROM streamers`, key))
		}
	})
	copied := private(t, from)
	facts, err := Check(t.Context(), copied, Expected{})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "new.db")
	built, err := Build(t.Context(), Work{From: copied, Path: path, Drop: Personal, Secret: []string{"token", "secret"},
		Identity: someone(4), Channel: "bob", Version: facts.Version, Now: day}, facts)
	require.NoError(t, err)
	require.Equal(t, facts.Content.Tables[settings].Rows-3, built.Content.Tables[settings].Rows)
	body, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(body), "PLANTED-plain")
	for _, secret := range []string{"PLANTED-chat_TOKEN_secret", "PLANTED-a_secret", "PLANTED-z_secret"} {
		require.NotContains(t, string(body), secret)
	}
}
