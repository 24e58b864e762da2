package api

import (
	"context"
	"net/http"

	"streamvault/registry"
)

func keyRoutes() []Route {
	return []Route{
		onKeyring(Route{Method: http.MethodGet, Path: "/{channel}/api/keys", Who: Owner,
			Summary: "The channel's keys, without their secrets"}, listKeys),
		onKeyring(Route{Method: http.MethodPost, Path: "/{channel}/api/keys", Who: Owner, Status: http.StatusCreated,
			Summary: "Issues a key of the channel, which is shown this once"}, createKey),
		onKeyring(Route{Method: http.MethodDelete, Path: "/{channel}/api/keys/{id}", Who: Owner, Always: true,
			Summary: "Withdraws a key; it ends at once"}, revokeKey),
		onKeyring(Route{Method: http.MethodPost, Path: "/{channel}/api/keys/{id}/rotate", Who: Owner, Always: true,
			Summary: "Gives a key a new secret; the old one ends at once"}, rotateKey),
	}
}

func listKeys(ctx context.Context, k keyring, in *paging) (Page[key], error) { return k.list(ctx, *in) }

func createKey(ctx context.Context, k keyring, in *newKey) (issuedKey, error) {
	return k.create(ctx, in.Body)
}

func revokeKey(ctx context.Context, k keyring, in *keyID) (Nothing, error) {
	return Nothing{}, k.revoke(ctx, in.ID)
}

func rotateKey(ctx context.Context, k keyring, in *keyID) (issuedKey, error) {
	return k.rotate(ctx, in.ID)
}

// key is an access key without its secret, of which only a hash is kept.
type key struct {
	ID        int64         `json:"id"`
	Role      registry.Role `json:"role"`
	Streamer  *string       `json:"streamer"` // username; null for an admin key
	Name      string        `json:"name"`
	CreatedAt Time          `json:"createdAt"`
	ExpiresAt *Time         `json:"expiresAt"`
	RevokedAt *Time         `json:"revokedAt"`
}

// issuedKey is a key whose secret is shown, once.
type issuedKey struct {
	key
	Key string `json:"key"` // the secret
}

type keyID struct {
	ID int64 `path:"id" is:"1.."`
}

type keyRequest struct {
	Role registry.Role `json:"role" is:"one:owner,overlay"`
	Name string        `json:"name,omitempty" is:"0-100"` // to know it again by
}

type newKey struct{ Body keyRequest }
