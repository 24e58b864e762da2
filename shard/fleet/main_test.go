package fleet_test

import (
	"testing"

	"go.uber.org/goleak"

	"streamvault/shard"
)

// The tests are their own child that looks at files.
func TestMain(m *testing.M) {
	shard.Gate()
	goleak.VerifyTestMain(m)
}
