package main

import (
	"github.com/rs/zerolog"

	"streamvault/api"
	"streamvault/shard"
)

// newAPI serves a store, with the operations that only this machine's user may start.
func newAPI(store *shard.Store, limits api.Limits, log zerolog.Logger) *api.Server {
	return api.New(store, api.Options{Log: log, Limits: limits, Operations: legacyRoutes(store)})
}
