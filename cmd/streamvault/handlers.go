package main

import (
	"github.com/rs/zerolog"

	"streamvault/api"
	"streamvault/api/kick"
	"streamvault/shard"
)

// newAPI serves a store, with the operations that only this machine's user may start. The
// zero hooks take no webhooks.
func newAPI(store *shard.Store, log zerolog.Logger, hooks kick.Options) *api.Server {
	return api.New(store, api.Options{Log: log, Operations: legacyRoutes(store), Kick: hooks})
}
