package datastoretest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

var lifeTests = map[string]test{
	"Clones":    clones,
	"Renames":   renames,
	"Deletion":  deletion,
	"Purge":     purge,
	"RowLimits": rowLimits,
}

func renames(t *testing.T, h *house) {
	_, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: "viewer"})
	require.NoError(t, err)
	_, err = h.ds.UpdateStreamer(h.ctx, h.alice.ID, registry.Change{Username: text("anna")}, "test")
	require.NoError(t, err)
	_, err = h.a.UserByName(h.ctx, "viewer")
	require.NoError(t, err, "who has bound the streamer notices nothing")
	var renamed *registry.RenamedError
	_, err = h.ds.StreamerByName(h.ctx, "Alice")
	require.ErrorAs(t, err, &renamed)
	require.Equal(t, "anna", renamed.Now.Username)
	former, err := h.ds.FormerNames(h.ctx, h.alice.ID)
	require.NoError(t, err)
	require.Equal(t, []registry.FormerName{{Username: "alice", Until: Clock.AddDate(0, 0, 30)}}, former)
	_, err = h.ds.UpdateStreamer(h.ctx, h.bob.ID, registry.Change{Username: text("alice")}, "test")
	require.ErrorIs(t, err, registry.ErrTaken)
	h.wait(30 * 24 * time.Hour)
	_, err = h.ds.UpdateStreamer(h.ctx, h.bob.ID, registry.Change{Username: text("alice")}, "test")
	require.NoError(t, err)
}

func deletion(t *testing.T, h *house) {
	_, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: "viewer"})
	require.NoError(t, err)
	token, _, err := h.a.StartSession(h.ctx, "viewer")
	require.NoError(t, err)
	gone, err := h.ds.DeleteStreamer(h.ctx, h.alice.ID, nil, "test")
	require.NoError(t, err)
	require.Equal(t, Clock.AddDate(0, 0, 30), *gone.PurgeAfter)
	_, err = h.a.UserByName(h.ctx, "viewer")
	require.ErrorIs(t, err, registry.ErrNotFound)
	_, err = h.ds.Authenticate(h.ctx, h.aliceKey)
	require.ErrorIs(t, err, registry.ErrUnknownKey)
	in, err := h.ds.StreamersIn(h.ctx, registry.Trashed, 0, 10, "")
	require.NoError(t, err)
	require.Len(t, in, 1)
	_, err = h.b.UserByName(h.ctx, "viewer")
	require.ErrorIs(t, err, scope.ErrNotFound, "the other is served")

	back, err := h.ds.UndeleteStreamer(h.ctx, h.alice.ID, "test")
	require.NoError(t, err)
	require.Equal(t, registry.Active, back.State)
	_, err = h.a.Session(h.ctx, token)
	require.NoError(t, err)
	_, err = h.ds.Authenticate(h.ctx, h.aliceKey)
	require.NoError(t, err)
	_, err = h.ds.UndeleteStreamer(h.ctx, h.alice.ID, "test")
	require.ErrorIs(t, err, registry.ErrWrongState)
	_, err = h.ds.DeleteStreamer(h.ctx, 999, nil, "test")
	require.ErrorIs(t, err, registry.ErrNotFound)
}

func purge(t *testing.T, h *house) {
	_, err := h.ds.PurgeStreamer(h.ctx, h.alice.ID, shard.Purge{Actor: "test"})
	require.ErrorIs(t, err, registry.ErrWrongState)
	_, err = h.ds.DeleteStreamer(h.ctx, h.alice.ID, new(time.Duration), "test")
	require.NoError(t, err)
	_, err = h.ds.PurgeStreamer(h.ctx, h.alice.ID, shard.Purge{DryRun: true, Actor: "test"})
	require.NoError(t, err)
	done, err := h.ds.PurgeStreamer(h.ctx, h.alice.ID, shard.Purge{Actor: "test"})
	require.NoError(t, err)
	require.Equal(t, "alice", done.Streamer)
	_, err = h.ds.Streamer(h.ctx, h.alice.ID)
	require.ErrorIs(t, err, registry.ErrNotFound)
	_, err = h.a.Leaderboard(h.ctx, 1)
	require.ErrorIs(t, err, registry.ErrNotFound)
	again, _, err := h.ds.CreateStreamer(h.ctx, registry.NewStreamer{Username: "alice", Actor: "test"})
	require.NoError(t, err)
	require.Greater(t, again.ID, h.bob.ID)
}

func rowLimits(t *testing.T, h *house) {
	limit := func(n int64) {
		_, err := h.ds.UpdateStreamer(h.ctx, h.alice.ID, registry.Change{Limits: registry.LimitChange{Rows: map[string]int64{"users": n}}}, "test")
		require.NoError(t, err)
	}
	create := func(name string) error {
		_, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: name})
		return err
	}
	require.NoError(t, create("one"))
	limit(2)
	require.NoError(t, create("two"))
	require.ErrorIs(t, create("three"), scope.ErrQuota)
	_, err := h.a.AddPoints(h.ctx, "three", tenant.Award{Amount: 1, Source: "chat"})
	require.ErrorIs(t, err, scope.ErrQuota)
	_, err = h.b.CreateUser(h.ctx, tenant.NewUser{Username: "three"})
	require.NoError(t, err)
	one, err := h.a.UserByName(h.ctx, "one")
	require.NoError(t, err)
	require.NoError(t, h.a.DeleteUser(h.ctx, one.ID))
	require.NoError(t, create("three"))
	limit(0)
	require.NoError(t, create("four"))
}

func clones(t *testing.T, h *house) {
	u, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: "viewer"})
	require.NoError(t, err)
	_, err = h.a.AddPoints(h.ctx, "viewer", tenant.Award{Amount: 10, Source: "chat", IdempotencyKey: "once"})
	require.NoError(t, err)
	up, err := h.a.SaveUpload(h.ctx, "viewer", "image/png", []byte("x"), func(id tenant.UploadID) string { return fmt.Sprintf("/alice/api/uploads/%d", id) })
	require.NoError(t, err)
	token, _, err := h.a.StartSession(h.ctx, "viewer")
	require.NoError(t, err)
	require.NoError(t, h.a.SaveToken(h.ctx, tenant.Token{Provider: "kick", AccessToken: "secret", ExpiresAt: Clock}))
	_, err = h.ds.UpdateStreamer(h.ctx, h.alice.ID, registry.Change{KickUserID: text("4711"), AvatarURL: text("https://example.org/a.png")}, "test")
	require.NoError(t, err)

	carol, key, err := h.ds.CloneStreamer(h.ctx, shard.Clone{Source: h.alice.ID, Username: "Carol", DisplayName: "Carol!", Actor: "test"})
	require.NoError(t, err)
	require.Equal(t, []string{"carol", "Carol!"}, []string{carol.Username, carol.DisplayName})
	require.Nil(t, carol.KickUserID)
	require.Equal(t, "https://example.org/a.png", *carol.AvatarURL)
	owner, err := h.ds.Authenticate(h.ctx, key)
	require.NoError(t, err)
	require.Equal(t, carol.ID, owner.Streamer)
	keys, err := h.ds.Keys(h.ctx, carol.ID, 0, 10)
	require.NoError(t, err)
	require.Len(t, keys, 1)

	c := h.ds.Tenant(carol.ID)
	v, err := c.UserByName(h.ctx, "viewer")
	require.NoError(t, err)
	require.EqualValues(t, carol.ID, v.ID>>32)
	require.Equal(t, u.ID&0xffffffff, v.ID&0xffffffff)
	require.EqualValues(t, 10, v.Points.Channel)
	image, err := c.Upload(h.ctx, up.ID-tenant.UploadID(h.alice.ID)<<32+tenant.UploadID(carol.ID)<<32)
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("/carol/api/uploads/%d", image.ID), *v.DropImage)
	_, err = c.Session(h.ctx, token)
	require.ErrorIs(t, err, scope.ErrNotFound)
	_, err = c.Token(h.ctx, "kick")
	require.ErrorIs(t, err, scope.ErrNotFound)
	again, err := c.AddPoints(h.ctx, "viewer", tenant.Award{Amount: 10, Source: "chat", IdempotencyKey: "once"})
	require.NoError(t, err)
	require.False(t, again.Replayed)
	require.EqualValues(t, carol.ID, again.Transaction>>32, "what the source's callers may repeat is done here")
	next, err := c.CreateUser(h.ctx, tenant.NewUser{Username: "next"})
	require.NoError(t, err)
	require.Equal(t, v.ID+1, next.ID)
	_, err = h.a.UserByName(h.ctx, "next")
	require.ErrorIs(t, err, scope.ErrNotFound, "the source is what it was")

	_, _, err = h.ds.CloneStreamer(h.ctx, shard.Clone{Source: h.alice.ID, Username: "bob", Actor: "test"})
	require.ErrorIs(t, err, registry.ErrTaken)
	_, _, err = h.ds.CloneStreamer(h.ctx, shard.Clone{Source: 999, Username: "dora", Actor: "test"})
	require.ErrorIs(t, err, registry.ErrNotFound)
	_, err = h.ds.DeleteStreamer(h.ctx, h.bob.ID, nil, "test")
	require.NoError(t, err)
	_, _, err = h.ds.CloneStreamer(h.ctx, shard.Clone{Source: h.bob.ID, Username: "dora", Actor: "test"})
	require.ErrorIs(t, err, registry.ErrWrongState)
}
