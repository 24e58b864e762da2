package isolation

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/tenant"
)

// TestErasedBytesAreGone: of an erased viewer the file holds no byte in a page that is free
// now, nor in a page that was rewritten, and the log is empty as soon as he is erased.
func TestErasedBytesAreGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	alice := createStreamer(t, s, "alice")
	a := s.Tenant(alice.ID)
	for _, marker := range []string{"OLDPIC", "NEWPIC"} {
		_, err := a.SaveUpload(t.Context(), "Mortimer", "image/png", []byte(strings.Repeat(marker, 9000)), func(tenant.UploadID) string { return "/x" })
		require.NoError(t, err)
	}
	for range 50 {
		_, err := a.AddPoints(t.Context(), "Mortimer", tenant.Award{Amount: 1, Source: "chat", Description: "AWARDMARK", IdempotencyKey: ""})
		require.NoError(t, err)
		give(t, s, alice, 1)
	}
	closeStore(t, s)
	path := s.ShardPath(alice)
	markers := []string{"NEWPIC", "AWARDMARK", "Mortimer", "mortimer"}
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, m := range markers {
		require.True(t, bytes.Contains(before, []byte(m)), m)
	}

	s = openStore(t, dir)
	a = s.Tenant(alice.ID)
	u, err := a.UserByName(t.Context(), "Mortimer")
	require.NoError(t, err)
	require.NoError(t, a.EraseUser(t.Context(), u.ID))
	log, err := os.Stat(path + "-wal")
	require.NoError(t, err)
	require.Zero(t, log.Size())
	closeStore(t, s)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, m := range append(markers, "OLDPIC") {
		require.False(t, bytes.Contains(after, []byte(m)), "%s is still in the file", m)
	}
}
