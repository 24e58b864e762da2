package shard

import (
	"flag"
	"os"
	"testing"
)

var long = flag.Bool("long", false, "end operations before every step, not only before some")

func TestMain(m *testing.M) {
	flag.Parse()
	Gate()
	os.Exit(m.Run())
}
