// Command pocketbase is PocketBase as its own program has it: the server that streamvault
// is measured against (goal M12). It is a module of its own, so that what PocketBase needs
// stays out of streamvault's.
//
// Nothing is set but the version. So, by PocketBase's defaults: SQLite in WAL mode with
// synchronous=NORMAL, up to 120 connections to read with and one to write with, every
// request logged into its second database, no rate limits, no development mode.
package main

import (
	"log"

	"github.com/pocketbase/pocketbase"
)

func main() {
	if err := pocketbase.New().Start(); err != nil {
		log.Fatal(err)
	}
}
