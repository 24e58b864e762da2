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
	h.JSON(&first, "init")
	p := h.serve()
	owner := h.Create("alice").OwnerKey
	var overlay struct{ Key string }
	h.JSON(&overlay, "key", "create", "--streamer", "alice", "--role", "overlay")
	secrets := []string{first.AdminKey, owner, overlay.Key}
	for _, s := range secrets {
		require.Regexp(t, `^sv_(admin|owner|overlay)_.{40,}$`, s)
		p.Must("GET", "/alice/api/users", s, "")
		p.Must("GET", "/alice/api/users?key="+s, "", "")
		p.Must("GET", "/alice/api/overlay/settings?key="+s, "", "")
		p.Must("GET", "/"+s+"/api/leaderboard", "", "")
		p.Must("GET", "/alice/api/stats/"+s, "", "")
		p.Must("POST", "/api/streamers", s, `{"username":"`+s+`"}`)
		p.Must("POST", "/alice/api/points/Viewer", s, `{"amount":1,"source":"chat","`+s+`":1}`)
		h.Run("streamer", "show", s)
	}
	require.Zero(t, p.Term(), p.Stderr)
	require.Contains(t, p.Stderr.String(), "/{channel}/api/users", "requests are logged by their template")
	for _, s := range secrets {
		body := strings.SplitN(s, "_", 3)[2] // which may hold a _ itself
		require.NotContains(t, p.Stderr.String(), body)
		require.NoError(t, filepath.WalkDir(h.Dir, func(name string, d fs.DirEntry, err error) error {
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
	h.Create("alice")
	h.serve()
	require.NoError(t, filepath.WalkDir(h.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == h.Dir {
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
