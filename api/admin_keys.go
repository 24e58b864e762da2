package api

import (
	"context"
	"net/http"

	"streamvault/registry"
	"streamvault/shard"
)

func adminKeyRoutes() []Route {
	const keys, ofStreamer = "/api/keys", "/api/streamers/{name}/keys"
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: keys, Who: Admin,
			Summary: "The admin keys, without their secrets"}, listAdminKeys),
		onInstallation(Route{Method: http.MethodPost, Path: keys, Who: Admin, Status: http.StatusCreated,
			Summary: "Issues an admin key, which is shown this once"}, createAdminKey),
		onInstallation(Route{Method: http.MethodDelete, Path: keys + "/{id}", Who: Admin,
			Summary: "Withdraws any key; it ends at once"}, revokeAnyKey),
		onInstallation(Route{Method: http.MethodPost, Path: keys + "/{id}/rotate", Who: Admin,
			Summary: "Gives any key a new secret; the old one ends at once"}, rotateAnyKey),
		onInstallation(Route{Method: http.MethodGet, Path: ofStreamer, Who: Admin,
			Summary: "A streamer's keys, without their secrets"}, listStreamerKeys),
		onInstallation(Route{Method: http.MethodPost, Path: ofStreamer, Who: Admin, Status: http.StatusCreated,
			Summary: "Issues a key of a streamer, which is shown this once"}, createStreamerKey),
		onInstallation(Route{Method: http.MethodDelete, Path: ofStreamer + "/{id}", Who: Admin,
			Summary: "Withdraws a streamer's key; it ends at once"}, revokeStreamerKey),
		onInstallation(Route{Method: http.MethodPost, Path: ofStreamer + "/{id}/rotate", Who: Admin,
			Summary: "Gives a streamer's key a new secret; the old one ends at once"}, rotateStreamerKey),
	}
}

// keyDesk finds streamers and has their keys.
type keyDesk interface {
	shard.KeyStore
	shard.StreamerFinder
}

func adminKeyring(d desk[keyDesk]) keyring { return keyring{store: d.store, actor: d.caller.Actor} }

func listAdminKeys(ctx context.Context, d desk[keyDesk], in *paging) (Page[key], error) {
	return adminKeyring(d).list(ctx, *in)
}

type newAdminKey struct {
	Body struct {
		Role registry.Role `json:"role" is:"one:admin"`
		Name string        `json:"name,omitempty" is:"0-100"` // to know it again by
	}
}

func createAdminKey(ctx context.Context, d desk[keyDesk], in *newAdminKey) (issuedKey, error) {
	return adminKeyring(d).create(ctx, keyRequest{in.Body.Role, in.Body.Name})
}

// revokeAnyKey and rotateAnyKey serve whoever knows a key by its number only.
func revokeAnyKey(ctx context.Context, d desk[keyDesk], in *keyID) (Nothing, error) {
	return Nothing{}, d.store.RevokeKey(ctx, in.ID, d.caller.Actor)
}

func rotateAnyKey(ctx context.Context, d desk[keyDesk], in *keyID) (issuedKey, error) {
	rotated, secret, err := d.store.RotateKey(ctx, in.ID, d.caller.Actor)
	if err != nil {
		return issuedKey{}, err
	}
	k := adminKeyring(d)
	if rotated.Role != registry.RoleAdmin {
		if k.owner, err = d.store.Streamer(ctx, rotated.Streamer); err != nil {
			return issuedKey{}, err
		}
	}
	return issuedKey{k.show(rotated), secret}, nil
}

// keyringOf is a streamer's keys, for an admin.
func keyringOf(ctx context.Context, d desk[keyDesk], name string) (keyring, error) {
	s, err := streamerNamed(ctx, d.store, name)
	return keyring{d.store, s, d.caller.Actor}, err
}

type streamerKeyListing struct {
	streamerName
	paging
}

func listStreamerKeys(ctx context.Context, d desk[keyDesk], in *streamerKeyListing) (Page[key], error) {
	k, err := keyringOf(ctx, d, in.Name)
	if err != nil {
		return Page[key]{}, err
	}
	return k.list(ctx, in.paging)
}

type newStreamerKey struct {
	streamerName
	newKey
}

func createStreamerKey(ctx context.Context, d desk[keyDesk], in *newStreamerKey) (issuedKey, error) {
	k, err := keyringOf(ctx, d, in.Name)
	if err != nil {
		return issuedKey{}, err
	}
	return k.create(ctx, in.Body)
}

type streamerKeyID struct {
	streamerName
	keyID
}

func revokeStreamerKey(ctx context.Context, d desk[keyDesk], in *streamerKeyID) (Nothing, error) {
	k, err := keyringOf(ctx, d, in.Name)
	if err != nil {
		return Nothing{}, err
	}
	return Nothing{}, k.revoke(ctx, in.ID)
}

func rotateStreamerKey(ctx context.Context, d desk[keyDesk], in *streamerKeyID) (issuedKey, error) {
	k, err := keyringOf(ctx, d, in.Name)
	if err != nil {
		return issuedKey{}, err
	}
	return k.rotate(ctx, in.ID)
}
