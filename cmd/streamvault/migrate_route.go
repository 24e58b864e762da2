package main

import (
	"context"
	"net/http"

	"streamvault/api"
	"streamvault/shard"
	"streamvault/shard/scope"
)

const shardCopiesPath = "/api/shards/copies"

// shardCopy is the body of the route. Path is on the server's machine; nothing is there yet.
type shardCopy struct {
	Streamer int64  `json:"streamer"`
	Path     string `json:"path"`
}

// copiedShard is what a copy says of itself.
type copiedShard struct {
	UUID       string `json:"uuid"`
	Generation int64  `json:"generation"`
}

// copyRoute hands out copies of shards to a newer program, which rehearses its migrations on
// them. It writes where it is told on this machine, so the world does not get it.
func copyRoute(store *shard.Store) api.Route {
	return api.Operation(api.Route{Method: http.MethodPost, Path: shardCopiesPath, Who: api.Admin, Local: true,
		Summary: "Writes a copy of a shard to a path of this machine"},
		func(ctx context.Context, _ api.Caller, in *struct{ Body shardCopy }, _ func(any)) (copiedShard, error) {
			identity, err := store.Fleet().Copy(ctx, scope.StreamerID(in.Body.Streamer), in.Body.Path)
			if err != nil {
				return copiedShard{}, localProblem(http.StatusConflict, "not_copied", err)
			}
			return copiedShard{identity.UUID, identity.Generation}, nil
		})
}
