package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every kind of secret is used in every way that a careless caller finds, and must be in
// no log and in no file but the owner's memory.
func TestNoSecretInLogsOrFiles(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var first struct{ AdminKey string }
	h.json(&first, "init")
	p := h.serve()
	owner := h.create("alice").OwnerKey
	var overlay struct{ Key string }
	h.json(&overlay, "key", "create", "--streamer", "alice", "--role", "overlay")
	secrets := []string{first.AdminKey, owner, overlay.Key}
	for _, s := range secrets {
		require.Regexp(t, `^sv_(admin|owner|overlay)_.{40,}$`, s)
		p.must("GET", "/alice/api/users", s, "")
		p.must("GET", "/alice/api/users?key="+s, "", "")
		p.must("GET", "/alice/api/overlay/settings?key="+s, "", "")
		p.must("GET", "/"+s+"/api/leaderboard", "", "")
		p.must("GET", "/alice/api/stats/"+s, "", "")
		p.must("POST", "/api/streamers", s, `{"username":"`+s+`"}`)
		p.must("POST", "/alice/api/points/Viewer", s, `{"amount":1,"source":"chat","`+s+`":1}`)
		h.run("streamer", "show", s)
	}
	require.Zero(t, p.term(), p.stderr)
	require.Contains(t, p.stderr.String(), "/{channel}/api/users", "requests are logged by their template")
	for _, s := range secrets {
		body := strings.SplitN(s, "_", 3)[2] // which may hold a _ itself
		require.NotContains(t, p.stderr.String(), body)
		require.NoError(t, filepath.WalkDir(h.dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(name)
			require.NotContains(t, string(content), body, name)
			return err
		}))
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.create("alice")
	h.serve()
	require.NoError(t, filepath.WalkDir(h.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == h.dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		require.Zero(t, info.Mode().Perm()&0o077, "%s is %v", name, info.Mode())
		return nil
	}))
}
