package shard

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	Gate()
	os.Exit(m.Run())
}
