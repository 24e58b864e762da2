package isolation

import (
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard"
	"streamvault/shard/tenant"
)

// Two viewers of an old database whose names differ by case only share a pending code,
// and each gets the session of his own spelling: the one that chat confirmed.
func TestTwinsSignInAsChatSpellsThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	alice := createStreamer(t, s, "alice")
	first, err := s.Tenant(alice.ID).CreateUser(t.Context(), tenant.NewUser{Username: "ann"})
	require.NoError(t, err)
	second, err := s.Tenant(alice.ID).CreateUser(t.Context(), tenant.NewUser{Username: "other"})
	require.NoError(t, err)
	path := s.ShardPath(alice)
	closeStore(t, s)
	c := openRaw(t, path)
	require.NoError(t, c.run(`UPDATE users SET username = 'ANN', username_key = 'ann' || char(31) || '1', twin = 1 WHERE id = ?`, int64(second.ID)))
	c.close(t)

	s = openStore(t, dir)
	defer closeStore(t, s)
	a := s.Tenant(alice.ID)
	require.Equal(t, first.ID, whoSignsIn(t, a, "ANN", "ann"))
	require.Equal(t, second.ID, whoSignsIn(t, a, "ann", "ANN"))
	require.Equal(t, first.ID, whoSignsIn(t, a, "ANN", "Ann"))
	_, in, err := a.StartSession(t.Context(), "ANN")
	require.NoError(t, err)
	require.Equal(t, second.ID, in.User)

	_, err = a.NewCode(t.Context(), "ANN")
	require.NoError(t, err)
	require.NoError(t, a.EraseUser(t.Context(), second.ID))
	kept, err := a.UserByName(t.Context(), "ann")
	require.NoError(t, err)
	require.Equal(t, first.ID, kept.ID)
}

// whoSignsIn asks for a code under one spelling and confirms it under another.
func whoSignsIn(t *testing.T, s shard.TenantStore, page, chat string) tenant.UserID {
	t.Helper()
	c, err := s.NewCode(t.Context(), page)
	require.NoError(t, err)
	require.NoError(t, s.ConfirmCode(t.Context(), chat, c.Code))
	checked, err := s.CheckCode(t.Context(), page, c.Code)
	require.NoError(t, err)
	in, err := s.Session(t.Context(), checked.SessionToken)
	require.NoError(t, err)
	return in.User
}
