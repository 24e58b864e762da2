package datastoretest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func tokens(t *testing.T, h *house) {
	_, err := h.a.Token(h.ctx, "kick")
	require.ErrorIs(t, err, scope.ErrNotFound)
	expires := Clock.Add(time.Hour)
	full := tenant.Token{Provider: "kick", AccessToken: "access-1", RefreshToken: text("refresh-1"), ExpiresAt: expires, Scope: text("chat:write")}
	require.NoError(t, h.a.SaveToken(h.ctx, full))
	full.CreatedAt, full.UpdatedAt = Clock, Clock
	found, err := h.a.Token(h.ctx, "kick")
	require.NoError(t, err)
	require.Equal(t, full, found)

	info, err := h.a.TokenInfo(h.ctx, "kick")
	require.NoError(t, err)
	shown := full
	shown.AccessToken, shown.RefreshToken = "", nil
	require.Equal(t, shown, info)
	all, err := h.a.TokenInfos(h.ctx)
	require.NoError(t, err)
	require.Equal(t, []tenant.Token{shown}, all)
	body, err := json.Marshal(found)
	require.NoError(t, err)
	require.NotContains(t, string(body), "access-1")
	require.NotContains(t, string(body), "refresh-1")

	h.wait(time.Minute)
	require.NoError(t, h.a.SaveToken(h.ctx, tenant.Token{Provider: "kick", AccessToken: "access-2", ExpiresAt: expires}))
	found, err = h.a.Token(h.ctx, "kick")
	require.NoError(t, err)
	require.Equal(t, tenant.Token{Provider: "kick", AccessToken: "access-2", ExpiresAt: expires,
		CreatedAt: Clock, UpdatedAt: Clock.Add(time.Minute)}, found, "the one before is gone, its refresh token too")

	require.NoError(t, h.a.SaveToken(h.ctx, tenant.Token{Provider: "other", AccessToken: "x", ExpiresAt: expires}))
	_, err = h.b.Token(h.ctx, "kick")
	require.ErrorIs(t, err, scope.ErrNotFound)
	require.ErrorIs(t, h.b.DeleteToken(h.ctx, "kick"), scope.ErrNotFound)
	all, err = h.b.TokenInfos(h.ctx)
	require.NoError(t, err)
	require.Empty(t, all)
	require.NoError(t, h.a.DeleteToken(h.ctx, "kick"))
	require.ErrorIs(t, h.a.DeleteToken(h.ctx, "kick"), scope.ErrNotFound)
	_, err = h.a.TokenInfo(h.ctx, "kick")
	require.ErrorIs(t, err, scope.ErrNotFound)
	_, err = h.a.Token(h.ctx, "other")
	require.NoError(t, err)
}

func tokenLimits(t *testing.T, h *house) {
	good := tenant.Token{Provider: "kick", AccessToken: strings.Repeat("x", 8192), RefreshToken: text(strings.Repeat("y", 8192)),
		ExpiresAt: Clock, Scope: text(strings.Repeat("z", 2048))}
	require.NoError(t, h.a.SaveToken(h.ctx, good))
	for name, c := range map[string]struct {
		field string
		spoil func(*tenant.Token)
	}{
		"NoProvider":      {"provider", func(t *tenant.Token) { t.Provider = "" }},
		"LongProvider":    {"provider", func(t *tenant.Token) { t.Provider = strings.Repeat("k", 41) }},
		"CapitalProvider": {"provider", func(t *tenant.Token) { t.Provider = "Kick" }},
		"SpacedProvider":  {"provider", func(t *tenant.Token) { t.Provider = "kick access_token" }},
		"NewlineProvider": {"provider", func(t *tenant.Token) { t.Provider = "kick\n" }},
		"NoAccess":        {"accessToken", func(t *tenant.Token) { t.AccessToken = "" }},
		"LongAccess":      {"accessToken", func(t *tenant.Token) { t.AccessToken += "x" }},
		"EmptyRefresh":    {"refreshToken", func(t *tenant.Token) { t.RefreshToken = text("") }},
		"LongRefresh":     {"refreshToken", func(t *tenant.Token) { t.RefreshToken = text(*t.RefreshToken + "y") }},
		"LongScope":       {"scope", func(t *tenant.Token) { t.Scope = text(*t.Scope + "z") }},
		"NoExpiry":        {"expiresAt", func(t *tenant.Token) { t.ExpiresAt = time.Time{} }},
		"FarExpiry":       {"expiresAt", func(t *tenant.Token) { t.ExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			c.spoil(&bad)
			var invalid *tenant.InvalidError
			require.ErrorAs(t, h.a.SaveToken(h.ctx, bad), &invalid)
			require.Equal(t, c.field, invalid.Field)
		})
	}
}

func viewerSessions(t *testing.T, h *house) {
	token, made, err := h.a.StartSession(h.ctx, "Ann")
	require.NoError(t, err)
	require.Regexp(t, `^sv_viewer_[A-Za-z0-9_-]{43}$`, token)
	u, err := h.a.UserByName(h.ctx, "ann")
	require.NoError(t, err, "the viewer is created")
	require.Equal(t, u.ID, made.User)
	require.Equal(t, "Ann", made.Username)
	require.Equal(t, Clock, made.CreatedAt)
	require.Equal(t, Clock.Add(7*24*time.Hour), made.ExpiresAt)
	require.EqualValues(t, h.alice.ID, made.ID>>32)

	found, err := h.a.Session(h.ctx, token)
	require.NoError(t, err)
	require.Equal(t, made, found)
	_, err = h.b.Session(h.ctx, token)
	require.ErrorIs(t, err, scope.ErrNotFound)
	for name, junk := range map[string]string{
		"Empty": "", "Prefix": "sv_viewer_", "Longer": token + "x", "Shorter": token[:len(token)-1], "OtherCase": strings.ToUpper(token), "TooLong": strings.Repeat("x", 513),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.a.Session(h.ctx, junk)
			require.ErrorIs(t, err, scope.ErrNotFound)
			require.ErrorIs(t, h.a.EndSession(h.ctx, junk), scope.ErrNotFound)
		})
	}
	again, second, err := h.a.StartSession(h.ctx, "ANN")
	require.NoError(t, err)
	require.NotEqual(t, token, again)
	require.Equal(t, u.ID, second.User)
	require.Equal(t, "Ann", second.Username, "as first seen")
	var invalid *tenant.InvalidError
	_, _, err = h.a.StartSession(h.ctx, "a\x00b")
	require.ErrorAs(t, err, &invalid)
}

func viewerSessionsEnd(t *testing.T, h *house) {
	first, made, err := h.a.StartSession(h.ctx, "Ann")
	require.NoError(t, err)
	second, _, err := h.a.StartSession(h.ctx, "Ann")
	require.NoError(t, err)
	third, _, err := h.a.StartSession(h.ctx, "Ann")
	require.NoError(t, err)
	others, _, err := h.a.StartSession(h.ctx, "Ben")
	require.NoError(t, err)
	require.ErrorIs(t, h.b.EndSession(h.ctx, first), scope.ErrNotFound)
	require.NoError(t, h.a.EndSession(h.ctx, first))
	_, err = h.a.Session(h.ctx, first)
	require.ErrorIs(t, err, scope.ErrNotFound)
	require.ErrorIs(t, h.a.EndSession(h.ctx, first), scope.ErrNotFound)
	_, err = h.a.Session(h.ctx, second)
	require.NoError(t, err)

	n, err := h.b.EndSessions(h.ctx, made.User)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = h.a.EndSessions(h.ctx, made.User)
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	for _, token := range []string{second, third} {
		_, err = h.a.Session(h.ctx, token)
		require.ErrorIs(t, err, scope.ErrNotFound)
	}
	found, err := h.a.Session(h.ctx, others)
	require.NoError(t, err)
	require.NoError(t, h.a.DeleteUser(h.ctx, found.User))
	_, err = h.a.Session(h.ctx, others)
	require.ErrorIs(t, err, scope.ErrNotFound)
}

func viewerSessionExpiry(t *testing.T, h *house) {
	token, made, err := h.a.StartSession(h.ctx, "Ann")
	require.NoError(t, err)
	h.wait(7*24*time.Hour - time.Millisecond)
	_, err = h.a.Session(h.ctx, token)
	require.NoError(t, err)
	h.wait(time.Millisecond)
	_, err = h.a.Session(h.ctx, token)
	require.ErrorIs(t, err, scope.ErrNotFound)
	require.ErrorIs(t, h.a.EndSession(h.ctx, token), scope.ErrNotFound)
	_, _, err = h.a.StartSession(h.ctx, "Ben")
	require.NoError(t, err)
	n, err := h.a.EndSessions(h.ctx, made.User)
	require.NoError(t, err)
	require.Zero(t, n, "the next start swept it")
}
