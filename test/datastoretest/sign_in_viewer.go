package datastoretest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func uploads(t *testing.T, h *house) {
	var made []tenant.Upload
	for i := range 5 {
		body := []byte(fmt.Sprintf("picture %d", i))
		u, err := h.a.SaveUpload(h.ctx, "Ann", "image/png", body, nil)
		require.NoError(t, err)
		require.Equal(t, sha256.Sum256(body), u.SHA256)
		require.EqualValues(t, len(body), u.Size)
		require.EqualValues(t, h.alice.ID, u.ID>>32)
		made = append(made, u)
		_, err = h.a.SaveUpload(h.ctx, "Ben", "image/gif", body, nil)
		require.NoError(t, err)
		h.wait(time.Second)
	}
	found, err := h.a.Upload(h.ctx, made[4].ID)
	require.NoError(t, err)
	require.Equal(t, made[4], found)
	require.Equal(t, []byte("picture 4"), found.Body)
	listed, err := h.a.UserUploads(h.ctx, made[0].User)
	require.NoError(t, err)
	var want []tenant.Upload
	for _, i := range []int{4, 3, 2} {
		u := made[i]
		u.Body = nil
		want = append(want, u)
	}
	require.Equal(t, want, listed, "the newest three")
	_, err = h.a.Upload(h.ctx, made[1].ID)
	require.ErrorIs(t, err, scope.ErrNotFound)
	_, err = h.b.Upload(h.ctx, made[4].ID)
	require.ErrorIs(t, err, scope.ErrNotFound)
	require.ErrorIs(t, h.b.DeleteUpload(h.ctx, made[4].ID), scope.ErrNotFound)
	ben, err := h.a.UserByName(h.ctx, "Ben")
	require.NoError(t, err)
	bens, err := h.a.UserUploads(h.ctx, ben.ID)
	require.NoError(t, err)
	require.Len(t, bens, 3)

	require.NoError(t, h.a.DeleteUpload(h.ctx, made[4].ID))
	require.ErrorIs(t, h.a.DeleteUpload(h.ctx, made[4].ID), scope.ErrNotFound)
	listed, err = h.a.UserUploads(h.ctx, made[0].User)
	require.NoError(t, err)
	require.Len(t, listed, 2)
	none, err := h.b.UserUploads(h.ctx, made[0].User)
	require.NoError(t, err)
	require.Equal(t, []tenant.Upload{}, none)
}

func uploadLimits(t *testing.T, h *house) {
	for _, kind := range []string{"image/png", "image/jpeg", "image/gif", "image/webp"} {
		_, err := h.a.SaveUpload(h.ctx, "Ann", kind, []byte{1}, nil)
		require.NoError(t, err)
	}
	_, err := h.a.SaveUpload(h.ctx, "Ann", "image/png", make([]byte, tenant.MaxUploadBytes), nil)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		field, username, kind string
		body                  []byte
	}{
		"Empty":   {"body", "Ann", "image/png", nil},
		"TooLong": {"body", "Ann", "image/png", make([]byte, tenant.MaxUploadBytes+1)},
		"SVG":     {"contentType", "Ann", "image/svg+xml", []byte{1}},
		"HTML":    {"contentType", "Ann", "text/html", []byte{1}},
		"NoType":  {"contentType", "Ann", "", []byte{1}},
		"NoName":  {"username", "", "image/png", []byte{1}},
	} {
		t.Run(name, func(t *testing.T) {
			var invalid *tenant.InvalidError
			_, err := h.a.SaveUpload(h.ctx, c.username, c.kind, c.body, nil)
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, c.field, invalid.Field)
		})
	}
}

func export(t *testing.T, h *house) {
	u, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: "Ann", Country: text("NZ")})
	require.NoError(t, err)
	done, err := h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: 30, Source: "sub", Description: "New sub"})
	require.NoError(t, err)
	_, err = h.a.UpdateUser(h.ctx, u.ID, tenant.UserChange{Drop: number(9), Drops: number(2)})
	require.NoError(t, err)
	_, err = h.a.UseCommand(h.ctx, "Ann", "!duel", time.Minute)
	require.NoError(t, err)
	body := []byte("secret picture")
	picture, err := h.a.SaveUpload(h.ctx, "Ann", "image/webp", body, nil)
	require.NoError(t, err)
	token, session, err := h.a.StartSession(h.ctx, "Ann")
	require.NoError(t, err)
	_, err = h.a.AddPoints(h.ctx, "Ben", tenant.Award{Amount: 77, Source: "tip", Description: "of Ben"})
	require.NoError(t, err)

	x, err := h.a.ExportUser(h.ctx, u.ID)
	require.NoError(t, err)
	sum := sha256.Sum256(body)
	require.Len(t, x.DropLedger, 1)
	drop := x.DropLedger[0]
	require.EqualValues(t, 9, drop.Amount)
	require.Equal(t, tenant.UserExport{ID: u.ID, Username: "Ann", Country: text("NZ"), ChannelPoints: 30, DropPoints: 9, TotalDrops: 2,
		CreatedAt: Clock, UpdatedAt: Clock,
		ChannelLedger: []tenant.ExportedChange{{ID: done.Transaction, Amount: 30, Source: "sub", Description: text("New sub"), CreatedAt: Clock}},
		DropLedger:    []tenant.ExportedChange{drop},
		Inventory:     []tenant.Item{}, Purchases: []tenant.ExportedPurchase{}, Drops: []tenant.ExportedDrop{},
		Cooldowns: []tenant.Cooldown{{Command: "!duel", LastUsedAt: Clock, ExpiresAt: Clock.Add(time.Minute)}},
		Uploads:   []tenant.ExportedUpload{{ID: picture.ID, ContentType: "image/webp", Size: 14, SHA256: hex.EncodeToString(sum[:]), CreatedAt: Clock}},
		Sessions:  []tenant.ExportedSession{{ID: session.ID, CreatedAt: Clock, ExpiresAt: session.ExpiresAt}},
	}, x)
	written, err := json.Marshal(x)
	require.NoError(t, err)
	for _, foreign := range []string{token, "of Ben", "secret picture"} {
		require.False(t, bytes.Contains(written, []byte(foreign)), foreign)
	}
	require.Contains(t, string(written), `"channelPoints":30`)
	_, err = h.b.ExportUser(h.ctx, u.ID)
	require.ErrorIs(t, err, scope.ErrNotFound)
}

// exportPages: a history longer than a page is whole, and each row is there once, though
// many are of one millisecond.
func exportPages(t *testing.T, h *house) {
	const rows = 2*tenant.MaxPage + 5
	for i := range rows {
		_, err := h.a.AddPoints(h.ctx, "Ann", tenant.Award{Amount: 1, Source: "chat"})
		require.NoError(t, err)
		if i%700 == 0 {
			h.wait(time.Second)
		}
	}
	u, err := h.a.UserByName(h.ctx, "Ann")
	require.NoError(t, err)
	x, err := h.a.ExportUser(h.ctx, u.ID)
	require.NoError(t, err)
	require.Len(t, x.ChannelLedger, rows)
	seen := map[int64]bool{}
	for i, row := range x.ChannelLedger {
		seen[row.ID] = true
		require.False(t, i > 0 && row.CreatedAt.After(x.ChannelLedger[i-1].CreatedAt), "newest first")
	}
	require.Len(t, seen, rows)
}

func erase(t *testing.T, h *house) {
	token, session, err := h.a.StartSession(h.ctx, "Ann")
	require.NoError(t, err)
	picture, err := h.a.SaveUpload(h.ctx, "Ann", "image/png", []byte{1}, nil)
	require.NoError(t, err)
	c := newCode(t, h.a, "ANN")
	bens := newCode(t, h.a, "Ben")
	require.NoError(t, h.a.SetLastEvent(h.ctx, json.RawMessage(`{"type":"sub","username":"Annabel"}`)))
	_, err = h.a.AddPoints(h.ctx, "Annabel", tenant.Award{Amount: 5, Source: "chat"})
	require.NoError(t, err)

	require.ErrorIs(t, h.b.EraseUser(h.ctx, session.User), scope.ErrNotFound)
	require.NoError(t, h.a.EraseUser(h.ctx, session.User))
	require.ErrorIs(t, h.a.EraseUser(h.ctx, session.User), scope.ErrNotFound)
	_, err = h.a.User(h.ctx, session.User)
	require.ErrorIs(t, err, scope.ErrNotFound)
	_, err = h.a.Session(h.ctx, token)
	require.ErrorIs(t, err, scope.ErrNotFound)
	_, err = h.a.Upload(h.ctx, picture.ID)
	require.ErrorIs(t, err, scope.ErrNotFound)
	require.ErrorIs(t, h.a.ConfirmCode(h.ctx, "Ann", c.Code), scope.ErrNotFound)

	require.NoError(t, h.a.ConfirmCode(h.ctx, "Ben", bens.Code), "nobody else's code")
	kept, err := h.a.UserByName(h.ctx, "Annabel")
	require.NoError(t, err)
	require.EqualValues(t, 5, kept.Points.Channel)
	st, err := h.a.StreamStatus(h.ctx)
	require.NoError(t, err)
	require.NotNil(t, st.LastEvent, "Annabel is not Ann")
	require.NoError(t, h.a.EraseUser(h.ctx, kept.ID))
	st, err = h.a.StreamStatus(h.ctx)
	require.NoError(t, err)
	require.Nil(t, st.LastEvent)
}
