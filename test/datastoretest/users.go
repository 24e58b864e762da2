package datastoretest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func users(t *testing.T, h *house) {
	made, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: "Ann", VoiceID: text("v"), DropImage: text("https://example.com/a.png"), Country: text("NZ")})
	require.NoError(t, err)
	require.Equal(t, Clock, made.CreatedAt)
	found, err := h.a.User(h.ctx, made.ID)
	require.NoError(t, err)
	require.Equal(t, made, found)
	found, err = h.a.UserByName(h.ctx, "aNN")
	require.NoError(t, err)
	require.Equal(t, made, found)

	same, err := h.a.EnsureUser(h.ctx, "ANN")
	require.NoError(t, err)
	require.Equal(t, made, same)
	fresh, err := h.a.EnsureUser(h.ctx, "Ben")
	require.NoError(t, err)
	require.Equal(t, "Ben", fresh.Username)

	_, err = h.a.CreateUser(h.ctx, tenant.NewUser{Username: "ANN"})
	require.ErrorIs(t, err, scope.ErrConflict)

	require.NoError(t, h.a.DeleteUser(h.ctx, made.ID))
	_, err = h.a.User(h.ctx, made.ID)
	require.ErrorIs(t, err, scope.ErrNotFound)
	_, err = h.a.UserByName(h.ctx, "Ann")
	require.ErrorIs(t, err, scope.ErrNotFound)
	require.ErrorIs(t, h.a.DeleteUser(h.ctx, made.ID), scope.ErrNotFound)
	again, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: "Ann"})
	require.NoError(t, err)
	require.Greater(t, again.ID, fresh.ID, "an id is not used twice")
}

func userNames(t *testing.T, h *house) {
	names := []string{"Ünal", "ünal", "Jürgen", "Ju\u0308rgen", "J%C3%BCrgen", "名前", "a/b", "a?b#c", "..", "'; DROP TABLE users; --",
		"\u212aing", "king", "İ", "i", strings.Repeat("x", 300), "<script>", " ", "tab\u00a0"}
	for _, name := range names {
		u, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: name})
		require.NoError(t, err, "%q", name)
		require.Equal(t, name, u.Username)
	}
	for _, name := range names {
		u, err := h.a.UserByName(h.ctx, name)
		require.NoError(t, err)
		require.Equal(t, name, u.Username, "only A to Z are folded")
	}
	for name, bad := range map[string]string{
		"Empty": "", "NUL": "a\x00b", "Newline": "a\nb", "NotUTF8": "a\xff", "TooLong": strings.Repeat("x", tenant.MaxName+1), "Escape": "\x1b[31m",
	} {
		t.Run(name, func(t *testing.T) {
			var invalid *tenant.InvalidError
			_, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: bad})
			require.ErrorAs(t, err, &invalid)
			_, err = h.a.EnsureUser(h.ctx, bad)
			require.ErrorAs(t, err, &invalid)
		})
	}
}

func userPages(t *testing.T, h *house) {
	for i := range 25 {
		_, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: fmt.Sprintf("User%02d", i)})
		require.NoError(t, err)
	}
	var seen []string
	after := tenant.UserID(0)
	for {
		page, err := h.a.Users(h.ctx, after, 10)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, u := range page {
			seen = append(seen, u.Username)
		}
		after = page[len(page)-1].ID
	}
	require.Len(t, seen, 25)
	require.IsIncreasing(t, seen)

	found, err := h.a.SearchUsers(h.ctx, "uSER1", "", 6)
	require.NoError(t, err)
	require.Len(t, found, 6)
	rest, err := h.a.SearchUsers(h.ctx, "uSER1", found[5].Username, 100)
	require.NoError(t, err)
	require.Len(t, rest, 4)
	none, err := h.a.SearchUsers(h.ctx, "zzz", "", 10)
	require.NoError(t, err)
	require.Equal(t, []tenant.User{}, none)
}

func userChanges(t *testing.T, h *house) {
	u, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: "Ann", Country: text("NZ"), VoiceID: text("v")})
	require.NoError(t, err)
	changed, err := h.a.UpdateUser(h.ctx, u.ID, tenant.UserChange{
		Username: text("Anne"), Country: tenant.Text{Set: true}, Channel: number(70), Drop: number(5), Drops: number(2), Reason: "moved"})
	require.NoError(t, err)
	require.Equal(t, "Anne", changed.Username)
	require.Nil(t, changed.Country)
	require.Equal(t, "v", *changed.VoiceID, "what is not named stays")
	require.Equal(t, tenant.Points{Channel: 70, Drop: 5, Drops: 2}, changed.Points)
	_, err = h.a.UserByName(h.ctx, "Ann")
	require.ErrorIs(t, err, scope.ErrNotFound)

	rows, err := h.a.Ledger(h.ctx, u.ID, tenant.DropPoints, tenant.Place{}, 10)
	require.NoError(t, err)
	require.Equal(t, int64(5), rows[0].Amount)
	require.Equal(t, "admin", rows[0].Source)
	require.Equal(t, "moved", *rows[0].Description)

	_, err = h.a.CreateUser(h.ctx, tenant.NewUser{Username: "Ben"})
	require.NoError(t, err)
	_, err = h.a.UpdateUser(h.ctx, u.ID, tenant.UserChange{Username: text("BEN"), Channel: number(1)})
	require.ErrorIs(t, err, scope.ErrConflict)
	same, err := h.a.User(h.ctx, u.ID)
	require.NoError(t, err)
	require.Equal(t, changed, same, "a refused change changes nothing")
	_, err = h.a.UpdateUser(h.ctx, u.ID+1000, tenant.UserChange{})
	require.ErrorIs(t, err, scope.ErrNotFound)
}

func userLimits(t *testing.T, h *house) {
	u, err := h.a.CreateUser(h.ctx, tenant.NewUser{Username: "Ann"})
	require.NoError(t, err)
	for name, c := range map[string]tenant.UserChange{
		"Negative":       {Channel: number(-1)},
		"TooMany":        {Drop: number(tenant.MaxPoints + 1)},
		"DropsBelow":     {Drops: number(-5)},
		"ScriptImage":    {DropImage: tenant.Text{Set: true, Value: text("javascript:alert(1)")}},
		"ElsewhereImage": {DropImage: tenant.Text{Set: true, Value: text("//example.com/x.png")}},
		"ControlVoice":   {VoiceID: tenant.Text{Set: true, Value: text("a\x07")}},
		"LongImage":      {DropImage: tenant.Text{Set: true, Value: text(strings.Repeat("x", 3000))}},
		"BadName":        {Username: text("")},
		"BadText":        {Country: tenant.Text{Set: true, Value: text("\xff")}},
	} {
		t.Run(name, func(t *testing.T) {
			var invalid *tenant.InvalidError
			_, err := h.a.UpdateUser(h.ctx, u.ID, c)
			require.ErrorAs(t, err, &invalid)
		})
	}
}

func profiles(t *testing.T, h *house) {
	u := must(h.a.SetProfile(h.ctx, "Ann", tenant.Profile{Country: tenant.Text{Set: true, Value: text("NZ")}}))(t)
	require.Equal(t, "NZ", *u.Country, "an unknown viewer is created")
	u = must(h.a.SetProfile(h.ctx, "ANN", tenant.Profile{VoiceID: tenant.Text{Set: true, Value: text("v")}}))(t)
	require.Equal(t, []string{"NZ", "v", "Ann"}, []string{*u.Country, *u.VoiceID, u.Username})
	u = must(h.a.SetProfile(h.ctx, "Ann", tenant.Profile{Country: tenant.Text{Set: true}}))(t)
	require.Nil(t, u.Country)
	_, err := h.a.SetProfile(h.ctx, "Ben", tenant.Profile{Country: tenant.Text{Set: true, Value: text(strings.Repeat("x", 101))}})
	invalid(t, "country", err)
	_, err = h.a.UserByName(h.ctx, "Ben")
	require.ErrorIs(t, err, scope.ErrNotFound)
}
