package chaos

import (
	"flag"
	"os"
	"testing"
	"time"

	"streamvault/test/program"
)

var long = flag.Bool("long", false, "as many kills and cuts as are promised, not only some")

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(program.Main(m, &binary))
}

// times is how often something is done, in the short form and in the long one.
func times(short, all int) int {
	if *long {
		return all
	}
	return short
}

// atMost is a random duration.
func atMost(d time.Duration, random interface{ Int64N(int64) int64 }) time.Duration {
	return time.Duration(random.Int64N(int64(d)))
}
