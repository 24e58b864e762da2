package main

import (
	"streamvault/api"
	"streamvault/shard"
)

// newAPI serves a store, with the operations that only this machine's user may start.
func newAPI(store *shard.Store, o api.Options) *api.Server {
	o.Operations = append(legacyRoutes(store), copyRoute(store))
	return api.New(store, o)
}
