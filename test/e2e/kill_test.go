package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// kills is how often a test ends the program in the middle of its work.
func kills() int {
	if *long {
		return 100
	}
	return 30
}

// acked collects the names of streamers whose creation was acknowledged.
type acked struct {
	mu    sync.Mutex
	names []string
}

func (a *acked) add(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.names = append(a.names, name)
}

func TestKillsDuringCreateLeaveWholeStreamersOnly(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	require.Zero(t, h.Run("init").Code)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var done acked
	for i := range kills() {
		if i%2 == 0 {
			h.killCommand(fmt.Sprintf("c%d", i), time.Duration(r.Int64N(int64(60*time.Millisecond))))
		} else {
			h.killServer(fmt.Sprintf("s%d", i), time.Duration(r.Int64N(int64(150*time.Millisecond))), &done)
		}
		h.Streamers() // the next command works
	}
	t.Logf("%d streamers were acknowledged, %d are there", len(done.names), len(h.Streamers()))
	h.onlyWholeStreamers(done.names)
}

// killCommand kills a command that makes a streamer with no server there.
func (h home) killCommand(name string, after time.Duration) {
	h.Helper()
	cmd := h.Command("streamer", "create", name)
	require.NoError(h, cmd.Start())
	time.Sleep(after)
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed, or done before
}

// killServer kills a server while it makes streamers for several callers.
func (h home) killServer(prefix string, after time.Duration, done *acked) {
	h.Helper()
	p := h.serve()
	control := h.Control()
	var callers sync.WaitGroup
	for caller := range 4 {
		callers.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%s-%d-%d", prefix, caller, i)
				r, err := control.CreateStreamer(name)
				if err != nil || r.Status != 201 {
					return
				}
				done.add(name)
			}
		})
	}
	time.Sleep(after)
	p.Kill()
	callers.Wait()
}

// onlyWholeStreamers looks at every streamer and every file.
func (h home) onlyWholeStreamers(acked []string) {
	h.Helper()
	key := h.AdminKey()
	p := h.serve()
	listed := h.Streamers()
	names := map[string]bool{}
	for _, name := range listed {
		names[name] = true
		r := p.Must("POST", "/"+name+"/api/points/Viewer", key, `{"amount":5,"source":"chat"}`)
		require.Equal(h, 200, r.Status, "%s: %s", name, r.Body)
		r = p.Must("GET", "/"+name+"/api/leaderboard", "", "")
		require.Equal(h, 200, r.Status, "%s: %s", name, r.Body)
		require.Contains(h, r.Body, "Viewer")
	}
	for _, name := range acked {
		require.True(h, names[name], "%s was acknowledged and is not there", name)
	}
	require.Zero(h, p.Term(), p.Stderr)
	h.noStrayFiles(listed)
}

// noStrayFiles says that each streamer has its one file and that there is no other.
func (h home) noStrayFiles(listed map[int64]string) {
	h.Helper()
	files, err := filepath.Glob(h.Data("shards", "*", "*"))
	require.NoError(h, err)
	files = slices.DeleteFunc(files, func(f string) bool {
		info, err := os.Stat(f)
		require.NoError(h, err)
		return strings.HasSuffix(f, "-shm") || strings.HasSuffix(f, "-wal") && info.Size() == 0
	})
	for _, f := range files {
		id, err := strconv.ParseInt(strings.SplitN(filepath.Base(f), ".", 2)[0], 10, 64)
		require.NoError(h, err, "what is %s?", f)
		require.Contains(h, listed, id, "no streamer owns %s", f)
	}
	require.Len(h, files, len(listed), "one file a streamer once all are closed, and empty logs")
	left, err := os.ReadDir(h.Data("tmp"))
	if !os.IsNotExist(err) {
		require.NoError(h, err)
	}
	require.Empty(h, left, "half-built files were swept")
}
