package e2e

import (
	"flag"
	"os"
	"testing"

	"streamvault/test/program"
)

var long = flag.Bool("long", false, "as many kills and streamers as are promised, not only some")

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(program.Main(m, &binary))
}

type home struct{ program.Home }

func newHome(t testing.TB) home { return home{program.NewHome(t, binary)} }

type process struct{ *program.Server }

func (h home) serve(args ...string) *process { return &process{h.Serve(args...)} }
