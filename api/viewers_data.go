package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"streamvault/shard/tenant"
)

// privacyRoutes hand a viewer's data out and take it away.
func privacyRoutes() []Route {
	const path = "/{channel}/api/users/{id}"
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: path + "/export", Who: Owner,
			Summary: "Everything that is kept of a viewer"}, exportUser),
		onTenant(Route{Method: http.MethodPost, Path: path + "/erase", Who: Owner,
			Summary: "Removes a viewer and every trace of him"}, eraseUser),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/admin/rejects", Who: Owner,
			Summary: "Rows of an old database that could not be carried as they were"}, listRejects),
	}
}

func exportUser(ctx context.Context, s tenant.PrivacyStore, in *userID) (tenant.UserExport, error) {
	return s.ExportUser(ctx, in.ID)
}

func eraseUser(ctx context.Context, s tenant.PrivacyStore, in *userID) (Nothing, error) {
	return Nothing{}, s.EraseUser(ctx, in.ID)
}

func listRejects(ctx context.Context, s tenant.RejectStore, in *paging) (Page[tenant.LegacyReject], error) {
	var after int64
	size, err := in.begin(&after)
	if err != nil {
		return Page[tenant.LegacyReject]{}, err
	}
	size = min(size, maxRejects)
	found, err := s.LegacyRejects(ctx, after, size+1)
	if err != nil {
		return Page[tenant.LegacyReject]{}, err
	}
	return paged(found, size, func(r tenant.LegacyReject) tenant.LegacyReject { return r },
		func(r tenant.LegacyReject) any { return r.ID })
}

// maxRejects is the most of them in a page: a row may be long.
const maxRejects = 50

func statusRoutes() []Route {
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/status", Who: Owner,
			Summary: "Whether the stream is live"}, getStatus),
		onTenant(Route{Method: http.MethodPut, Path: "/{channel}/api/status", Who: Owner,
			Summary: "Tells whether the stream is live"}, setStatus),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/events/last", Who: Overlay, ETag: true,
			Summary: "The last event that an overlay showed, or null", shape: reflect.TypeFor[*object]()}, lastEvent),
	}
}

type status struct {
	Live bool `json:"live"`
}

func getStatus(ctx context.Context, s tenant.StatusStore, _ *None) (status, error) {
	found, err := s.StreamStatus(ctx)
	return status{found.Live}, err
}

type newStatus struct{ Body status }

func setStatus(ctx context.Context, s tenant.StatusStore, in *newStatus) (status, error) {
	return in.Body, s.SetLive(ctx, in.Body.Live)
}

func lastEvent(ctx context.Context, s tenant.StatusStore, _ *None) (json.RawMessage, error) {
	found, err := s.StreamStatus(ctx)
	return found.LastEvent, err
}
