package isolation

import (
	"context"
	"fmt"
	"time"

	"streamvault/shard"
	"streamvault/shard/tenant"
)

// secretPrizes let somebody in, or are not shown to anybody.
var secretPrizes = map[string]prize{
	"Session": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			token, _, err := s.StartSession(ctx, "bobs guest")
			return token, err
		},
		proof: func(ctx context.Context, s shard.TenantStore, id string) (any, error) { return s.Session(ctx, id) },
		never: "sv_viewer_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		reach: map[string]reach{
			"Get": func(ctx context.Context, s shard.TenantStore, id string) (any, error) { return s.Session(ctx, id) },
			"End": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.EndSession(ctx, id))
			},
		},
	},
	"Code": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			c, err := s.NewCode(ctx, "bobs")
			if err == nil {
				err = s.ConfirmCode(ctx, "bobs", c.Code)
			}
			return c.Code, err
		},
		proof: func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
			return only(s.ConfirmCode(ctx, "bobs", id))
		},
		never: "AAAAAA",
		reach: map[string]reach{
			"Check": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.CheckCode(ctx, "bobs", id)
			},
			"Confirm": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.ConfirmCode(ctx, "bobs", id))
			},
		},
		ask: []string{"GET verify/check/bobs/%s", `POST verify/confirm {"username":"bobs","code":"%s"}`},
	},
	"Token": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			return "bobs", s.SaveToken(ctx, tenant.Token{Provider: "bobs", AccessToken: "bobs secret", ExpiresAt: time.Now().Add(time.Hour)})
		},
		proof: func(ctx context.Context, s shard.TenantStore, id string) (any, error) { return s.Token(ctx, id) },
		never: "nobodys",
		reach: map[string]reach{
			"Get":  func(ctx context.Context, s shard.TenantStore, id string) (any, error) { return s.Token(ctx, id) },
			"Info": func(ctx context.Context, s shard.TenantStore, id string) (any, error) { return s.TokenInfo(ctx, id) },
			"Delete": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.DeleteToken(ctx, id))
			},
		},
		ask: []string{"GET admin/tokens/%s", "DELETE admin/tokens/%s"},
	},
	"Upload": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			up, err := s.SaveUpload(ctx, "bobs", "image/png", []byte("bobs picture"), nil)
			return fmt.Sprint(up.ID), err
		},
		never: never,
		reach: map[string]reach{
			"Get": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.Upload(ctx, tenant.UploadID(number(id)))
			},
			"Delete": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.DeleteUpload(ctx, tenant.UploadID(number(id))))
			},
		},
		ask: []string{"GET uploads/%s"},
	},
}
