package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRefusalsNameWhatWouldDo(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	require.Zero(t, h.Run("streamer", "create", "alice").Code)
	require.Zero(t, h.Run("backup", "create", "--all").Code)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"migrate", "resume", "1"}, 1, "no migration, but a backup: streamvault job resume 1"},
		{[]string{"migrate", "halt", "1"}, 1, "streamvault job cancel 1"},
		{[]string{"migrate", "rollback", "1"}, 1, "no migration"},
		{[]string{"migrate", "resume", "99"}, 1, "There is no job 99"},
		{[]string{"streamer", "purge", "alice", "--yes"}, 1, "streamvault streamer delete alice), or purge him with --force"},
		{[]string{"streamer", "purge", "alice"}, 2, "say --yes"},
		{[]string{"streamer", "create", "Admin"}, 2, "no reserved word"},
		{[]string{"serve", "--kick-public-key", "none.pem"}, 2, "there is no file none.pem"},
		{[]string{"backup", "prune"}, 2, "--keep"},
	} {
		o := h.Run(c.args...)
		require.Equal(t, c.code, o.Code, c.args)
		require.Contains(t, o.Stderr, c.says, c.args)
	}
}
