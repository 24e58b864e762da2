package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestDemoIsThereAndStaysTheSame(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var board, keys []string
	for range 2 {
		p := h.serve("--demo")
		require.NoDirExists(t, h.Data(), "the demo has a directory of its own")
		require.DirExists(t, filepath.Join(h.Dir, "demo-data"))
		for _, key := range keys {
			require.Equal(t, 401, p.Must("GET", "/demo/api/users", key, "").Status, "a former run's key")
		}
		keys = []string{p.Hello.Demo.OwnerKey, p.Hello.Demo.AdminKey}
		for _, key := range keys {
			require.Equal(t, 200, p.Must("GET", "/demo/api/users", key, "").Status)
		}
		r := p.Must("GET", "/demo/api/leaderboard", "", "")
		var ranks []json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(r.Body), &ranks), r.Body)
		require.Len(t, ranks, 50)
		board = append(board, r.Body)
		require.Equal(t, 200, p.Must("GET", "/demo/api/stats/mira_plays", "", "").Status)
		require.Zero(t, p.Term(), p.Stderr)
	}
	require.Equal(t, board[0], board[1])
	other := newHome(t).serve("--demo")
	require.Equal(t, board[0], other.Must("GET", "/demo/api/leaderboard", "", "").Body, "everybody sees the same demo")
}

// What the demo prints is what a newcomer copies.
func TestDemoPrintsWhatWorks(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	cmd := h.Command("serve", "--demo", "--listen", "127.0.0.1:0", "--data", "elsewhere")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	var printed []string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		printed = append(printed, lines.Text())
		if strings.Contains(lines.Text(), "curl") && strings.Contains(lines.Text(), "amount") {
			break
		}
	}
	require.DirExists(t, filepath.Join(h.Dir, "elsewhere"))
	text := strings.Join(printed, "\n")
	links := regexp.MustCompile(`(?m)^ +\w.* (http://\S+)$`).FindAllStringSubmatch(text, -1)
	require.GreaterOrEqual(t, len(links), 3, text)
	web := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(web.CloseIdleConnections)
	for _, link := range links {
		r, err := program.Client{URL: link[1], Web: web}.HTTP("GET", "", "", "")
		require.NoError(t, err)
		require.Equal(t, 200, r.Status, link[1])
	}
	curls := regexp.MustCompile(`(?m)^ +(curl .*)$`).FindAllStringSubmatch(text, -1)
	require.Len(t, curls, 3, text)
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	for _, c := range curls {
		line := c[1] + " -sS --fail-with-body"
		if strings.Contains(line, "curl -N") { // it would go on
			line += " --max-time 1 | grep snapshot"
		}
		out, err := exec.Command("sh", "-c", line).CombinedOutput()
		require.NoError(t, err, "%s\n%s", c[1], out)
	}
}

// An installation with streamers of its own is no place for keys that stand on a screen.
func TestNoDemoAmongRealStreamers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"alice", "demo"} {
		h := newHome(t)
		require.Zero(t, h.Run("streamer", "create", name).Code)
		before := h.Run("key", "list", "--json").Stdout
		done := h.Run("serve", "--demo", "--listen", "127.0.0.1:0", "--data", h.Data())
		require.Equal(t, 1, done.Code, done.Stderr)
		require.Contains(t, done.Stderr, "--demo needs one for itself")
		require.Equal(t, before, h.Run("key", "list", "--json").Stdout, "no key was issued")
	}
}
