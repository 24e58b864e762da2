package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

// diagnosis is what doctor --json prints.
type diagnosis struct {
	OK       bool
	Shards   int
	Problems []struct {
		Code, Detail, Advice string
		Streamer             *string
		Fixable              bool
	}
	Fixed []struct{ Code string }
}

// doctor runs it and holds its exit code and its one document to each other.
func (h home) doctor(args ...string) (d diagnosis) {
	h.Helper()
	o := h.Run(append([]string{"doctor", "--json"}, args...)...)
	o.Decode(h, &d)
	want := 0
	if !d.OK {
		want = 1
	}
	require.Equal(h, want, o.Code, "%s%s", o.Stdout, o.Stderr)
	require.Equal(h, d.OK, len(d.Problems) == 0)
	return d
}

func (d diagnosis) codes() (all []string) {
	for _, p := range d.Problems {
		all = append(all, p.Code)
	}
	return all
}

// TestTheDoctorFromOutside: the same report whether a server runs or not, one document, exit
// codes, and a fix that a second look confirms.
func TestTheDoctorFromOutside(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(home){"Served": func(h home) { h.serve() }, "Alone": func(home) {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.Create("alice")
			h.Create("bob")
			serve(h)
			require.Equal(t, 2, h.doctor().Shards)
			require.True(t, h.doctor("--deep").OK)

			require.NoError(t, os.Chmod(h.Data("shards"), 0o755))
			require.NoError(t, os.WriteFile(h.Data("shards/02/0000000009.1.db-wal"), []byte("x"), 0o600))
			require.ElementsMatch(t, []string{"permissions", "stale_sidecar"}, h.doctor().codes())
			d := h.doctor("--fix")
			require.True(t, d.OK)
			require.Len(t, d.Fixed, 2)
			require.True(t, h.doctor().OK)

			require.NoError(t, os.Remove(h.Data("shards/01/0000000001.1.db")))
			d = h.doctor("--fix")
			require.Equal(t, []string{"file_missing"}, d.codes())
			require.Equal(t, "alice", *d.Problems[0].Streamer)
			require.Contains(t, d.Problems[0].Advice, "backup restore")

			human := h.Run("doctor")
			require.Equal(t, 1, human.Code)
			require.Contains(t, human.Stdout, "file_missing of alice")
			require.Contains(t, human.Stderr, "error: 1 problem,")
		})
	}
}

// What cannot even be opened is a report, too.
func TestTheDoctorOfAnInstallationThatDoesNotOpen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(h home)
		code  string
	}{
		"NoKey":       {func(h home) { require.NoError(h, os.Remove(h.Dir+"/data.key")) }, "master_key"},
		"OtherKey":    {func(h home) { h.write("data.key", strings.Repeat("0", 64)) }, "master_key"},
		"Registry":    {func(h home) { h.write("data/registry.db", strings.Repeat("x", 9000)) }, "registry_damaged"},
		"NoRegistry":  {func(h home) { require.NoError(h, os.Remove(h.Data("registry.db"))) }, "registry_lost"},
		"EmptyOne":    {func(h home) { h.write("data/registry.db", "") }, "registry_damaged"},
		"ReadableKey": {func(h home) { require.NoError(h, os.Chmod(h.Dir+"/data.key", 0o644)) }, "permissions"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.Create("alice")
			c.spoil(h)
			require.Contains(t, h.doctor().codes(), c.code)
		})
	}
}

func (h home) write(name, body string) {
	h.Helper()
	require.NoError(h, os.WriteFile(filepath.Join(h.Dir, name), []byte(body), 0o600))
}

// TestShellsComplete: scripts for shells, and names from a server that runs.
func TestShellsComplete(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Create("alice")
	h.Create("alina")
	h.Create("bob")
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		o := h.Run("completion", shell)
		require.Zero(t, o.Code)
		require.Contains(t, o.Stdout, "streamvault")
	}
	require.Equal(t, 2, h.Run("completion", "csh").Code)
	complete := func(args ...string) program.Outcome { return h.Run(append([]string{"__complete"}, args...)...) }
	require.NotContains(t, complete("streamer", "show", "al").Stdout, "alice", "nobody is there to ask, and the directory is not taken")
	h.serve()
	require.Equal(t, "alice\talice\nalina\talina\n:4\n", complete("streamer", "show", "al").Stdout)
	require.Equal(t, "bob\tbob\n:4\n", complete("audit", "--streamer", "bo").Stdout)
	require.NotContains(t, complete("streamer", "create", "al").Stdout, "alice", "a new name is nobody's")
}
