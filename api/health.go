package api

import (
	"context"
	"fmt"
	"net/http"

	"streamvault/shard"
)

func healthRoutes() []Route {
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: "/healthz", Who: Anyone,
			Summary: "Says that the process answers"}, healthz),
		onInstallation(Route{Method: http.MethodGet, Path: "/readyz", Who: Anyone,
			Summary: "Says that the installation can serve"}, readyz),
	}
}

type health struct {
	Status string `json:"status"` // "ok", "ready"
}

func healthz(context.Context, desk[any], *None) (health, error) { return health{"ok"}, nil }

type readiness interface {
	shard.StreamerFinder
	shard.RoomStore
}

// readyz asks the registry something that no cache answers, and whether writes are refused
// for want of room.
func readyz(ctx context.Context, d desk[readiness], _ *None) (health, error) {
	if _, err := d.store.Streamers(ctx, 0, 1, ""); err != nil {
		return health{}, fmt.Errorf("%w: %w", errNotReady, err)
	}
	if err := d.store.Room(); err != nil {
		return health{}, fmt.Errorf("%w: %w", errNoRoom, err)
	}
	return health{"ready"}, nil
}
