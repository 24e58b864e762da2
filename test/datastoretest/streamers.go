package datastoretest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/tenant"
)

func streamers(t *testing.T, h *house) {
	found, err := h.ds.Streamer(h.ctx, h.alice.ID)
	require.NoError(t, err)
	require.Equal(t, "alice", found.Username)
	require.Equal(t, "Alice", found.DisplayName)
	require.Equal(t, registry.Active, found.State)
	require.Equal(t, Clock, found.CreatedAt)

	found, err = h.ds.StreamerByName(h.ctx, "ALICE")
	require.NoError(t, err)
	require.Equal(t, h.alice.ID, found.ID)
	_, err = h.ds.StreamerByName(h.ctx, "nobody")
	require.ErrorIs(t, err, registry.ErrNotFound)

	_, err = h.ds.StreamerByKickID(h.ctx, "4711")
	require.ErrorIs(t, err, registry.ErrNotFound)
	_, err = h.ds.UpdateStreamer(h.ctx, h.alice.ID, registry.Change{KickUserID: text("4711"), DisplayName: text("Alice!")}, "test")
	require.NoError(t, err)
	found, err = h.ds.StreamerByKickID(h.ctx, "4711")
	require.NoError(t, err)
	require.Equal(t, "Alice!", found.DisplayName, "a change is seen at once")
	_, _, err = h.ds.CreateStreamer(h.ctx, registry.NewStreamer{Username: "carol", DisplayName: "C", KickUserID: text("4711"), Actor: "test"})
	require.ErrorIs(t, err, registry.ErrTaken)

	all, err := h.ds.Streamers(h.ctx, 0, 10, "")
	require.NoError(t, err)
	require.Len(t, all, 2)
	rest, err := h.ds.Streamers(h.ctx, h.alice.ID, 10, "")
	require.NoError(t, err)
	require.Equal(t, "bob", rest[0].Username)
	only, err := h.ds.Streamers(h.ctx, 0, 10, "bo")
	require.NoError(t, err)
	require.Len(t, only, 1)
}

func streamerNames(t *testing.T, h *house) {
	for name, username := range map[string]string{
		"Taken": "alice", "TakenInCapitals": "Alice", "Empty": "", "TooLong": "a23456789012345678901234567890123",
		"Reserved": "api", "Slash": "a/b", "Kelvin": "\u212aing", "NUL": "a\x00", "Space": "a b", "Dots": "..",
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := h.ds.CreateStreamer(h.ctx, registry.NewStreamer{Username: username, DisplayName: "X", Actor: "test"})
			require.Error(t, err)
		})
	}
	all, err := h.ds.Streamers(h.ctx, 0, 10, "")
	require.NoError(t, err)
	require.Len(t, all, 2, "nothing was half made")
}

func keys(t *testing.T, h *house) {
	owner, err := h.ds.Authenticate(h.ctx, h.aliceKey)
	require.NoError(t, err)
	require.Equal(t, registry.RoleOwner, owner.Role)
	require.Equal(t, h.alice.ID, owner.Streamer)

	k, secret, err := h.ds.CreateKey(h.ctx, registry.RoleOverlay, h.alice.ID, "OBS", "test")
	require.NoError(t, err)
	found, err := h.ds.Authenticate(h.ctx, secret)
	require.NoError(t, err)
	require.Equal(t, k.ID, found.ID)

	_, rotated, err := h.ds.RotateKey(h.ctx, k.ID, "test")
	require.NoError(t, err)
	_, err = h.ds.Authenticate(h.ctx, secret)
	require.ErrorIs(t, err, registry.ErrUnknownKey, "the old secret is dead at once")
	_, err = h.ds.Authenticate(h.ctx, rotated)
	require.NoError(t, err)

	require.NoError(t, h.ds.RevokeKey(h.ctx, k.ID, "test"))
	_, err = h.ds.Authenticate(h.ctx, rotated)
	require.ErrorIs(t, err, registry.ErrUnknownKey)
	for _, junk := range []string{"", "x", "sv_owner_", secret + "x", "sv_admin_" + secret} {
		_, err = h.ds.Authenticate(h.ctx, junk)
		require.ErrorIs(t, err, registry.ErrUnknownKey)
	}

	mine, err := h.ds.Keys(h.ctx, h.alice.ID, 0, 10)
	require.NoError(t, err)
	require.Len(t, mine, 2)
	others, err := h.ds.Keys(h.ctx, h.bob.ID, 0, 10)
	require.NoError(t, err)
	require.Len(t, others, 1)
}

func sessions(t *testing.T, h *house) {
	token, made, err := h.ds.CreateSession(h.ctx, h.alice.ID, 0, time.Hour)
	require.NoError(t, err)
	found, err := h.ds.Session(h.ctx, token)
	require.NoError(t, err)
	require.Equal(t, h.alice.ID, found.Streamer)
	require.Equal(t, made.ExpiresAt, found.ExpiresAt)
	require.Equal(t, Clock.Add(time.Hour), found.ExpiresAt)

	require.NoError(t, h.ds.DeleteSession(h.ctx, token))
	_, err = h.ds.Session(h.ctx, token)
	require.Error(t, err)
	expired, _, err := h.ds.CreateSession(h.ctx, h.alice.ID, 0, -time.Second)
	require.NoError(t, err)
	_, err = h.ds.Session(h.ctx, expired)
	require.Error(t, err)
}

// keySessions end with the owner key that they were begun with, and another streamer's key
// begins none.
func keySessions(t *testing.T, h *house) {
	begin := func(of *registry.Streamer) (key int64, token string) {
		k, _, err := h.ds.CreateKey(h.ctx, registry.RoleOwner, of.ID, "page", "test")
		require.NoError(t, err)
		token, made, err := h.ds.CreateSession(h.ctx, of.ID, k.ID, time.Hour)
		require.NoError(t, err)
		require.Equal(t, k.ID, made.Key)
		found, err := h.ds.Session(h.ctx, token)
		require.NoError(t, err)
		require.Equal(t, made, found)
		return k.ID, token
	}
	revoked, first := begin(h.alice)
	rotated, second := begin(h.alice)
	_, third := begin(h.alice)
	require.NoError(t, h.ds.RevokeKey(h.ctx, revoked, "test"))
	_, _, err := h.ds.RotateKey(h.ctx, rotated, "test")
	require.NoError(t, err)
	for _, ended := range []string{first, second} {
		_, err = h.ds.Session(h.ctx, ended)
		require.ErrorIs(t, err, registry.ErrNotFound)
	}
	_, err = h.ds.Session(h.ctx, third)
	require.NoError(t, err, "other keys' sessions go on")
	_, _, err = h.ds.CreateSession(h.ctx, h.alice.ID, revoked, time.Hour)
	require.ErrorIs(t, err, registry.ErrNotFound)
	_, _, err = h.ds.CreateSession(h.ctx, h.bob.ID, rotated, time.Hour)
	require.ErrorIs(t, err, registry.ErrNotFound)
}

// adminSessions end with the key that they were begun with.
func adminSessions(t *testing.T, h *house) {
	key, _, err := h.ds.CreateKey(h.ctx, registry.RoleAdmin, 0, "console", "test")
	require.NoError(t, err)
	begin := func() string {
		token, made, err := h.ds.CreateAdminSession(h.ctx, key.ID, time.Hour)
		require.NoError(t, err)
		require.Equal(t, Clock.Add(time.Hour), made.ExpiresAt)
		found, err := h.ds.AdminSession(h.ctx, token)
		require.NoError(t, err)
		require.Equal(t, made, found)
		require.Equal(t, key.ID, found.Key)
		return token
	}
	ended := func(token string) {
		_, err := h.ds.AdminSession(h.ctx, token)
		require.ErrorIs(t, err, registry.ErrNotFound)
	}
	token := begin()
	require.NoError(t, h.ds.DeleteAdminSession(h.ctx, token))
	ended(token)
	token = begin()
	_, err = h.ds.Session(h.ctx, token)
	require.Error(t, err, "it is no streamer's")
	_, _, err = h.ds.RotateKey(h.ctx, key.ID, "test")
	require.NoError(t, err)
	ended(token)
	token = begin()
	require.NoError(t, h.ds.RevokeKey(h.ctx, key.ID, "test"))
	ended(token)
	_, _, err = h.ds.CreateAdminSession(h.ctx, key.ID, time.Hour)
	require.ErrorIs(t, err, registry.ErrNotFound, "the key is withdrawn")
	owner, _, err := h.ds.CreateKey(h.ctx, registry.RoleOwner, h.alice.ID, "mine", "test")
	require.NoError(t, err)
	_, _, err = h.ds.CreateAdminSession(h.ctx, owner.ID, time.Hour)
	require.ErrorIs(t, err, registry.ErrNotFound, "a streamer is no operator")
	ended("")
}

// apart: what happens to one streamer leaves the other alone, and ids resolve in one
// place only.
func apart(t *testing.T, h *house) {
	ours, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: "viewer"})
	require.NoError(t, err)
	theirs, err := h.b.CreateUser(h.ctx, tenant.NewUser{Username: "viewer"})
	require.NoError(t, err, "names are taken per streamer")
	require.NotEqual(t, ours.ID, theirs.ID)
	require.EqualValues(t, h.alice.ID, ours.ID>>32)

	_, err = h.a.AddPoints(h.ctx, "viewer", tenant.Award{Amount: 10, Source: "chat"})
	require.NoError(t, err)
	other, err := h.b.UserByName(h.ctx, "viewer")
	require.NoError(t, err)
	require.Zero(t, other.Points)
	ranks, err := h.b.Leaderboard(h.ctx, 10)
	require.NoError(t, err)
	require.Empty(t, ranks)
}
