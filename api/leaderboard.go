package api

import (
	"context"
	"errors"
	"net/http"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func leaderboardRoutes() []Route {
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/leaderboard", Who: Anyone, ETag: true,
			Summary: "The 50 viewers with the most points, highest first"}, leaderboard),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/stats/{username}", Who: Anyone, ETag: true,
			Summary: "One viewer's points; zeros for a viewer that there is not"}, stats),
	}
}

// shownRanks is how many lines the leaderboard has.
const shownRanks = 50

// rank is a line of the leaderboard. Names and order of the fields are the old app's.
type rank struct {
	Username      string `json:"username"`
	TotalPoints   int64  `json:"totalPoints"` // channel and drop points together
	ChannelPoints int64  `json:"channelPoints"`
	DropPoints    int64  `json:"dropPoints"`
	TotalDrops    int64  `json:"totalDrops"` // count
}

func leaderboard(ctx context.Context, s tenant.PointStore, _ *None) ([]rank, error) {
	found, err := s.Leaderboard(ctx, shownRanks)
	if err != nil {
		return nil, err
	}
	ranks := make([]rank, 0, len(found))
	for _, r := range found {
		ranks = append(ranks, rank{r.Username, r.Points.Total(), r.Points.Channel, r.Points.Drop, r.Points.Drops})
	}
	return ranks, nil
}

type viewerName struct {
	Username string `path:"username"` // A to Z in any case
}

// newViewerName is the same where a viewer who is not there yet is created.
type newViewerName struct {
	Username string `path:"username" is:"name"` // A to Z in any case
}

// viewerStats are one viewer's figures. Names and order of the fields are the old app's.
type viewerStats struct {
	Username      string  `json:"username"` // as the caller spelled it
	ChannelPoints int64   `json:"channelPoints"`
	DropPoints    int64   `json:"dropPoints"`
	TotalDrops    int64   `json:"totalDrops"` // count
	TotalPoints   int64   `json:"totalPoints"`
	Country       *string `json:"country"`
}

func stats(ctx context.Context, s tenant.UserStore, in *viewerName) (viewerStats, error) {
	u, err := s.UserByName(ctx, in.Username)
	if err != nil && !errors.Is(err, scope.ErrNotFound) {
		return viewerStats{}, err
	}
	return viewerStats{in.Username, u.Points.Channel, u.Points.Drop, u.Points.Drops, u.Points.Total(), u.Country}, nil
}
