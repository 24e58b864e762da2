package e2e

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

// home is a place with a data directory of its own.
type home struct {
	testing.TB
	dir string // the working directory; data lies in ./data
}

func newHome(t testing.TB) home {
	t.Helper()
	dir, err := os.MkdirTemp("", "sv") // short: a socket's path is limited
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return home{t, dir}
}

func (h home) data(name ...string) string {
	return filepath.Join(append([]string{h.dir, "data"}, name...)...)
}

// outcome is what a command left.
type outcome struct {
	code           int
	stdout, stderr string
}

func (h home) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "STREAMVAULT_DATA=", "STREAMVAULT_CONFIG=", "STREAMVAULT_MASTER_KEY_FILE=", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// run runs a command to its end.
func (h home) run(args ...string) outcome {
	h.Helper()
	cmd := h.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) {
		require.NoError(h, err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// json runs a command with --json, which has to succeed, and reads its one document.
func (h home) json(out any, args ...string) {
	h.Helper()
	o := h.run(append(args, "--json")...)
	require.Zero(h, o.code, "%v: %s%s", args, o.stdout, o.stderr)
	o.decode(h, out)
}

func (o outcome) decode(t testing.TB, out any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(o.stdout)))
	require.NoError(t, d.Decode(out), o.stdout)
	require.False(t, d.More(), "more than one document: %s", o.stdout)
}

// created is the answer of streamer create.
type created struct {
	ID       int64
	Username string
	OwnerKey string
}

func (h home) create(name string) (c created) {
	h.Helper()
	h.json(&c, "streamer", "create", name)
	require.Equal(h, name, c.Username)
	return c
}

// streamers lists their names by id.
func (h home) streamers() map[int64]string {
	h.Helper()
	var list struct {
		Items []struct {
			ID              int64
			Username, State string
		}
	}
	h.json(&list, "streamer", "list")
	byID := map[int64]string{}
	for _, s := range list.Items {
		require.Equal(h, "active", s.State, s.Username)
		byID[s.ID] = s.Username
	}
	return byID
}

// adminKey issues an admin key.
func (h home) adminKey() string {
	h.Helper()
	var k struct{ Key string }
	h.json(&k, "key", "create", "--admin", "--name", "e2e")
	return k.Key
}
