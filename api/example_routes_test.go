package api

import (
	"context"

	"streamvault/shard/tenant"
)

// examples are routes of the kinds that no entity has yet.
func examples() []Route {
	return []Route{
		onTenant(Route{Method: "GET", Path: "/{channel}/api/overlay/example", Who: Overlay, Summary: "An overlay's read"},
			func(context.Context, tenant.UserStore, *None) (health, error) { return health{"fine"}, nil }),
		onTenant(Route{Method: "POST", Path: "/{channel}/api/overlay/example", Who: Overlay, Summary: "A write"},
			func(context.Context, tenant.UserStore, *None) (Nothing, error) { return Nothing{}, nil }),
		Operation(Route{Method: "POST", Path: "/api/operations/example", Who: Admin, Summary: "Long work"},
			func(_ context.Context, by Caller, _ *None, progress func(any)) (health, error) {
				progress(1)
				return health{by.Actor}, nil
			}),
	}
}
