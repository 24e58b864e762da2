// Package program builds the program once and drives it from outside: commands, servers,
// HTTP over real sockets, kill -9. The tests that see only the built binary share it.
package program

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Main builds the program, says in binary where it lies, and runs the tests; it returns
// their exit code.
func Main(m *testing.M, binary *string) int {
	dir, err := os.MkdirTemp("", "streamvault-built")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	*binary = filepath.Join(dir, "streamvault")
	if err := build(*binary); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(binary string) error {
	if err := lookAtSources(); err != nil {
		return err
	}
	args := append([]string{"build", "-o", binary}, raceFlag...)
	if out, err := exec.Command("go", append(args, "streamvault/cmd/streamvault")...).CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return nil
}

// ofTheProgram are the kinds of files that the program is built from.
var ofTheProgram = map[string]bool{".go": true, ".sql": true, ".json": true, ".html": true, ".js": true, ".css": true, ".svg": true}

// lookAtSources opens every source of the program: a cached result of these tests counts
// only while none of what they opened has changed.
func lookAtSources() error {
	return filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !ofTheProgram[filepath.Ext(name)] {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		return f.Close()
	})
}
