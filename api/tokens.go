package api

import (
	"context"
	"net/http"
	"time"

	"streamvault/shard/tenant"
)

func tokenRoutes() []Route {
	const all, path = "/{channel}/api/admin/tokens", "/{channel}/api/admin/tokens/{provider}"
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: all, Who: Owner,
			Summary: "What is known of every provider's token, by name, without the secrets"}, listTokens),
		onTenant(Route{Method: http.MethodGet, Path: path, Who: Owner,
			Summary: "What is known of a provider's token, without the secret"}, getToken),
		onTenant(Route{Method: http.MethodPut, Path: path, Who: Owner,
			Summary: "Keeps a provider's token, sealed"}, setToken),
		onTenant(Route{Method: http.MethodDelete, Path: path, Who: Owner,
			Summary: "Forgets a provider's token"}, deleteToken),
	}
}

type provider struct {
	Provider string `path:"provider" is:"slug"`
}

// tokenInfo is a token without what is secret of it.
type tokenInfo struct {
	Provider  string  `json:"provider"`
	ExpiresAt Time    `json:"expiresAt"`
	Scope     *string `json:"scope"`
	CreatedAt Time    `json:"createdAt"`
	UpdatedAt Time    `json:"updatedAt"`
}

func showToken(t tenant.Token) tokenInfo {
	return tokenInfo{t.Provider, Time{t.ExpiresAt}, t.Scope, Time{t.CreatedAt}, Time{t.UpdatedAt}}
}

func getToken(ctx context.Context, s tenant.TokenStore, in *provider) (tokenInfo, error) {
	t, err := s.TokenInfo(ctx, in.Provider)
	return showToken(t), err
}

func listTokens(ctx context.Context, s tenant.TokenStore, _ *None) (Page[tokenInfo], error) {
	all, err := s.TokenInfos(ctx)
	return whole(all, err, showToken)
}

type newToken struct {
	provider
	Body struct {
		AccessToken  string  `json:"accessToken" is:"1-8192"`
		RefreshToken *string `json:"refreshToken" is:"1-8192"`
		ExpiresAt    moment  `json:"expiresAt" is:"required"` // in the years 1970 to 9999
		Scope        *string `json:"scope" is:"0-2048"`
	}
}

func setToken(ctx context.Context, s tenant.TokenStore, in *newToken) (success, error) {
	b := in.Body
	return succeeded(s.SaveToken(ctx, tenant.Token{Provider: in.Provider, AccessToken: b.AccessToken,
		RefreshToken: b.RefreshToken, ExpiresAt: b.ExpiresAt.Time, Scope: b.Scope}))
}

func deleteToken(ctx context.Context, s tenant.TokenStore, in *provider) (Nothing, error) {
	return Nothing{}, s.DeleteToken(ctx, in.Provider)
}

// moment is a time in a body.
type moment struct{ time.Time }

// UnmarshalJSON takes RFC 3339.
func (m *moment) UnmarshalJSON(value []byte) error {
	if err := m.Time.UnmarshalJSON(value); err != nil {
		return &tenant.InvalidError{Problem: "must be a time like 2026-01-31T12:00:00Z"}
	}
	return nil
}
