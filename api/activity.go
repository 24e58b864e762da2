package api

import (
	"context"
	"net/http"

	"streamvault/shard/tenant"
)

func activityRoutes() []Route {
	return []Route{onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/activity", Who: Owner, ETag: true,
		Summary: "Points given, viewers and drops by the hour: the last ?hours=, 1 to 744, else 24"}, activity)}
}

type activityOf struct {
	Hours *int `query:"hours" is:"1..744"` // 24 when it is not sent
}

type busyHour struct {
	Hour    Time  `json:"hour"`    // its beginning
	Points  int64 `json:"points"`  // channel points given
	Viewers int64 `json:"viewers"` // who got or spent points
	Drops   int64 `json:"drops"`
}

func activity(ctx context.Context, s tenant.ActivityStore, in *activityOf) (Page[busyHour], error) {
	hours := 24
	if in.Hours != nil {
		hours = *in.Hours
	}
	if hours < 1 || hours > tenant.MaxHours {
		return Page[busyHour]{}, &tenant.InvalidError{Field: "hours", Problem: "must be 1 to 744"}
	}
	all, err := s.Activity(ctx, hours)
	return whole(all, err, func(h tenant.Hour) busyHour { return busyHour{Time{h.At}, h.Points, h.Viewers, h.Drops} })
}
