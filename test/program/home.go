package program

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Home is a place with a data directory of its own.
type Home struct {
	testing.TB
	Dir    string // the working directory; data lies in ./data
	binary string
}

// NewHome makes an empty one that is gone after the test.
func NewHome(t testing.TB, binary string) Home {
	t.Helper()
	dir, err := os.MkdirTemp("", "sv") // short: a socket's path is limited
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return Home{t, dir, binary}
}

// At is a home for the same program in another directory.
func (h Home) At(dir string) Home {
	h.Dir = dir
	return h
}

// Data is a path in the data directory.
func (h Home) Data(name ...string) string {
	return filepath.Join(append([]string{h.Dir, "data"}, name...)...)
}

// Outcome is what a command left.
type Outcome struct {
	Code           int // of its exit
	Stdout, Stderr string
}

// Command is the program with arguments, not yet started.
func (h Home) Command(args ...string) *exec.Cmd {
	cmd := exec.Command(h.binary, args...)
	cmd.Dir = h.Dir
	cmd.Env = append(os.Environ(), "STREAMVAULT_DATA=", "STREAMVAULT_CONFIG=", "STREAMVAULT_MASTER_KEY_FILE=", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// Run runs a command to its end.
func (h Home) Run(args ...string) Outcome {
	h.Helper()
	cmd := h.Command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) {
		require.NoError(h, err)
	}
	return Outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// JSON runs a command with --json, which has to succeed, and reads its one document.
func (h Home) JSON(out any, args ...string) {
	h.Helper()
	o := h.Run(append(args, "--json")...)
	require.Zero(h, o.Code, "%v: %s%s", args, o.Stdout, o.Stderr)
	o.Decode(h, out)
}

// Decode reads the one JSON document that a command wrote.
func (o Outcome) Decode(t testing.TB, out any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(o.Stdout)))
	require.NoError(t, d.Decode(out), o.Stdout)
	require.False(t, d.More(), "more than one document: %s", o.Stdout)
}

// Created is the answer of streamer create.
type Created struct {
	ID       int64
	Username string
	OwnerKey string
}

// Create makes a streamer.
func (h Home) Create(name string) (c Created) {
	h.Helper()
	h.JSON(&c, "streamer", "create", name)
	require.Equal(h, name, c.Username)
	return c
}

// AdminKey issues an admin key.
func (h Home) AdminKey() string {
	h.Helper()
	var k struct{ Key string }
	h.JSON(&k, "key", "create", "--admin", "--name", "tests")
	return k.Key
}

// Streamers lists their names by id; each has to be active.
func (h Home) Streamers() map[int64]string {
	h.Helper()
	var list struct {
		Items []struct {
			ID              int64
			Username, State string
		}
	}
	h.JSON(&list, "streamer", "list")
	byID := map[int64]string{}
	for _, s := range list.Items {
		require.Equal(h, "active", s.State, s.Username)
		byID[s.ID] = s.Username
	}
	return byID
}
