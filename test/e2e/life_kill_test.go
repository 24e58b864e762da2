package e2e

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

// life is every operation on a streamer in an order that ends where it began. Each is killed at
// some moment and then repeated; done says that a repetition found it done.
var life = []struct {
	args []string
	done string
}{
	{[]string{"streamer", "clone", "seed", "clone"}, "already taken"},
	{[]string{"streamer", "rename", "clone", "anew", "--name-grace", "1"}, `it is "anew" now`},
	{[]string{"streamer", "limit", "anew", "--rows", "users=100000"}, ""},
	{[]string{"streamer", "delete", "anew", "--yes"}, ""},
	{[]string{"streamer", "undelete", "anew"}, "is active"},
	{[]string{"streamer", "suspend", "anew", "--reason", "test"}, "is suspended"},
	{[]string{"streamer", "delete", "anew", "--yes"}, ""},
	{[]string{"streamer", "undelete", "anew"}, "is suspended"},
	{[]string{"streamer", "delete", "anew", "--yes"}, ""},
	{[]string{"streamer", "purge", "anew", "--yes"}, "There is no streamer"},
}

func TestKillsDuringALifeLeaveNothingHalf(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.seed()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	lives := kills() / 5
	for range lives {
		for _, step := range life {
			cmd := h.Command(step.args...)
			require.NoError(t, cmd.Start())
			time.Sleep(time.Duration(r.Int64N(int64(120 * time.Millisecond))))
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // killed, or done before
			if o := h.Run(step.args...); o.Code != 0 {
				require.NotEmpty(t, step.done, "%v: %s", step.args, o.Stderr)
				require.Contains(t, o.Stderr, step.done, "%v", step.args)
			}
		}
	}
	h.onlySeedIsLeft(lives)
}

// The same with a server that is killed while it does all of it for several callers, and ends
// what purges it had begun when it is started again.
func TestKillsOfAServerDuringLives(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.seed()
	r := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for round := range kills() / 5 {
		p := h.serve("--trash-grace", "0")
		control := h.Control()
		var callers sync.WaitGroup
		for caller := range 3 {
			callers.Go(func() {
				for i := 0; ; i++ {
					if !liveOnce(control.HTTP, fmt.Sprintf("r%d-%d-%d", round, caller, i)) {
						return
					}
				}
			})
		}
		time.Sleep(time.Duration(r.Int64N(int64(300 * time.Millisecond))))
		p.Kill()
		callers.Wait()
	}
	p := h.serve()
	require.Zero(t, h.Run("streamer", "clone", "seed", "last").Code) // on a slow machine none came so far before
	for name := range h.allStreamers() {
		if name != "seed" {
			o := h.Run("streamer", "purge", name, "--force", "--yes")
			require.True(t, o.Code == 0 || strings.Contains(o.Stderr, "no streamer"), o.Stderr) // the server purges too
		}
	}
	require.Zero(t, p.Term(), p.Stderr)
	h.onlySeedIsLeft(0)
}

// liveOnce takes a streamer through his life, and says whether the server is still there.
func liveOnce(ask func(method, path, key, body string, headers ...string) (program.Reply, error), name string) bool {
	path := "/api/streamers/" + name
	for _, step := range [][3]string{
		{"POST", "/api/streamers/seed/clone", `{"username":"` + name + `"}`},
		{"PATCH", path, `{"username":"` + name + `-b"}`},
		{"DELETE", path + "-b", ""},
		{"POST", path + "-b/undelete", ""},
		{"DELETE", path + "-b", ""},
		{"POST", path + "-b/purge", `{}`},
	} {
		if _, err := ask(step[0], step[1], "", step[2]); err != nil {
			return false
		}
	}
	return true
}

// seed is the streamer whose data is cloned.
func (h home) seed() {
	h.Helper()
	c := h.Create("seed")
	p := h.serve()
	for i := range 20 {
		r := p.Must("POST", fmt.Sprintf("/seed/api/points/Viewer%d", i), c.OwnerKey, `{"amount":5,"source":"chat"}`)
		require.Equal(h, 200, r.Status, r.Body)
	}
	require.Zero(h, p.Term(), p.Stderr)
}

// allStreamers are the names of all there are, in whatever state.
func (h home) allStreamers() map[string]string {
	h.Helper()
	var list struct {
		Items []struct{ Username, State string }
	}
	h.JSON(&list, "streamer", "list")
	states := map[string]string{}
	for _, s := range list.Items {
		states[s.Username] = s.State
	}
	return states
}

// onlySeedIsLeft holds what lies there and what the audit log says: every life that was lived to
// its end had the same data, and nothing is left of it.
func (h home) onlySeedIsLeft(lives int) {
	h.Helper()
	require.Equal(h, map[string]string{"seed": "active"}, h.allStreamers())
	h.noStrayFiles(h.Streamers())
	left, err := filepath.Glob(h.Data("trash", "*"))
	require.NoError(h, err)
	require.Empty(h, left)
	var doctor struct {
		OK       bool
		Problems []struct{ Code, Streamer, Detail string }
	}
	h.JSON(&doctor, "doctor", "--deep")
	require.True(h, doctor.OK, "%v", doctor.Problems)
	digests, purged := map[string]int{}, 0
	for _, e := range h.audit() {
		switch e.Action {
		case "streamer.clone":
			digests[e.Detail.Digest]++
		case "streamer.purge":
			purged++
		}
	}
	require.Len(h, digests, 1, "every clone has the same data")
	require.GreaterOrEqual(h, purged, lives)
	require.Zero(h, h.Run("streamer", "create", "clone").Code)
	require.Zero(h, h.Run("streamer", "create", "anew").Code)
}

type auditLine struct {
	Action string
	Detail struct{ Digest string }
}

func (h home) audit() []auditLine {
	h.Helper()
	var list struct{ Items []auditLine }
	h.JSON(&list, "audit")
	return list.Items
}
