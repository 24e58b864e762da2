package datastoretest

import (
	"os"
	"testing"

	"streamvault/shard"
)

func TestMain(m *testing.M) {
	shard.Gate() // this program is the child that looks at files, too
	os.Exit(m.Run())
}
