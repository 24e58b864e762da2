package api

import (
	"context"
	"unicode/utf8"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// keyring is the keys of one streamer, or the admin keys, as one caller sees them. No other
// key can be reached through it.
type keyring struct {
	store shard.KeyStore
	owner *registry.Streamer // nil for the admin keys
	actor string
}

func (k keyring) id() scope.StreamerID {
	if k.owner == nil {
		return 0
	}
	return k.owner.ID
}

func (k keyring) show(of registry.Key) key {
	shown := key{of.ID, of.Role, nil, of.Name, Time{of.CreatedAt}, timeOrNil(of.ExpiresAt), timeOrNil(of.RevokedAt)}
	if k.owner != nil {
		shown.Streamer = &k.owner.Username
	}
	return shown
}

func (k keyring) list(ctx context.Context, p paging) (Page[key], error) {
	var after int64
	size, err := p.begin(&after)
	if err != nil {
		return Page[key]{}, err
	}
	found, err := k.store.Keys(ctx, k.id(), after, size+1)
	if err != nil {
		return Page[key]{}, err
	}
	return paged(found, size, k.show, func(of registry.Key) any { return of.ID })
}

func (k keyring) create(ctx context.Context, r keyRequest) (issuedKey, error) {
	if err := k.check(r); err != nil {
		return issuedKey{}, err
	}
	made, secret, err := k.store.CreateKey(ctx, r.Role, k.id(), r.Name, k.actor)
	if err != nil {
		return issuedKey{}, err
	}
	return issuedKey{k.show(made), secret}, nil
}

func (k keyring) check(r keyRequest) error {
	switch {
	case utf8.RuneCountInString(r.Name) > 100:
		return &tenant.InvalidError{Field: "name", Problem: "must be at most 100 characters"}
	case k.owner == nil && r.Role != registry.RoleAdmin:
		return &tenant.InvalidError{Field: "role", Problem: "must be admin"}
	case k.owner != nil && r.Role != registry.RoleOwner && r.Role != registry.RoleOverlay:
		return &tenant.InvalidError{Field: "role", Problem: "must be owner or overlay"}
	}
	return nil
}

// holds says whether the key is one of these, or returns scope.ErrNotFound. A key never
// changes hands.
func (k keyring) holds(ctx context.Context, id int64) error {
	found, err := k.store.Keys(ctx, k.id(), id-1, 1)
	if err == nil && (len(found) == 0 || found[0].ID != id) {
		err = scope.ErrNotFound
	}
	return err
}

func (k keyring) revoke(ctx context.Context, id int64) error {
	if err := k.holds(ctx, id); err != nil {
		return err
	}
	return k.store.RevokeKey(ctx, id, k.actor)
}

func (k keyring) rotate(ctx context.Context, id int64) (issuedKey, error) {
	if err := k.holds(ctx, id); err != nil {
		return issuedKey{}, err
	}
	rotated, secret, err := k.store.RotateKey(ctx, id, k.actor)
	if err != nil {
		return issuedKey{}, err
	}
	return issuedKey{k.show(rotated), secret}, nil
}
