package legacy

import (
	"flag"
	"os"
	"testing"

	"streamvault/shard"
)

var long = flag.Bool("long", false, "kill an import at 20 moments instead of 5")

func TestMain(m *testing.M) {
	shard.Gate()
	flag.Parse()
	os.Exit(m.Run())
}
