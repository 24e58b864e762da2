package chaos

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

const (
	channels = 4
	viewers  = 64
)

// crowd is the clients of an installation. They outlive its servers.
type crowd struct {
	testing.TB
	home    program.Home
	random  *rand.Rand
	clients []*client
	keys    map[string]string // of the owners, by channel
	starts  []time.Duration   // until the first request was answered
}

// newCrowd makes the streamers, on a server that runs.
func newCrowd(h program.Home) *crowd {
	seed := rand.Uint64()
	h.Logf("seed %d", seed)
	c := &crowd{TB: h.TB, home: h, random: rand.New(rand.NewPCG(seed, 0)), keys: map[string]string{}}
	control := h.Control()
	for i := range channels {
		require.NoError(h, c.found(control, fmt.Sprintf("channel%d", i)))
	}
	for i := range viewers {
		name := fmt.Sprintf("channel%d", i%channels)
		c.clients = append(c.clients, &client{channel: name, key: c.keys[name], viewer: fmt.Sprintf("Viewer%d", i),
			random: rand.New(rand.NewPCG(seed, uint64(i)+1)), sent: map[string]*request{}})
	}
	return c
}

// found makes a streamer and remembers the key that it is answered.
func (c *crowd) found(control program.Client, name string) error {
	r, err := control.CreateStreamer(name)
	if err != nil {
		return err
	}
	if r.Status != 201 {
		return fmt.Errorf("create %s: %d %s", name, r.Status, r.Body)
	}
	var created struct{ OwnerKey string }
	decode(c, r.Body, &created)
	c.keys[name] = created.OwnerKey
	return nil
}

// load sets 16 to 64 clients to work. They stop when the server is gone; the result waits
// for that.
func (c *crowd) load(s *program.Server) (wait func()) {
	var all sync.WaitGroup
	c.random.Shuffle(len(c.clients), func(i, j int) { c.clients[i], c.clients[j] = c.clients[j], c.clients[i] })
	for _, one := range c.clients[:16+c.random.IntN(viewers-15)] {
		all.Go(func() { one.work(s.Client) })
	}
	return all.Wait
}

// restart starts a server and lets one streamer be asked for at once. Every other server
// has too few slots, so that files are closed and opened all the time.
func (c *crowd) restart(args ...string) *program.Server {
	c.Helper()
	if len(c.starts)%2 == 0 {
		args = append(slices.Clone(args), "--max-open", fmt.Sprint(channels-1))
	}
	began := time.Now()
	s := c.home.Serve(args...)
	require.Equal(c, 200, s.Must("GET", "/channel0/api/leaderboard", "", "").Status)
	c.starts = append(c.starts, time.Since(began))
	return s
}

// audit asks for every streamer, and for everything of every client.
func (c *crowd) audit(s *program.Server) (v verdict) {
	c.Helper()
	ids := map[string]map[string]int64{}
	for name, key := range c.keys {
		ids[name] = c.users(s, name, key)
	}
	for _, one := range c.clients {
		var k kept
		if id, found := ids[one.channel][one.viewer]; found {
			r := s.Must("GET", fmt.Sprintf("/%s/api/users/%d/export", one.channel, id), one.key, "")
			require.Equal(c, 200, r.Status, r.Body)
			decode(c, r.Body, &k)
		}
		v.add(one.audit(k))
	}
	return v
}

func (c *crowd) users(s *program.Server, channel, key string) map[string]int64 {
	c.Helper()
	ids := map[string]int64{}
	for cursor := ""; ; {
		r := s.Must("GET", "/"+channel+"/api/users?limit=200&cursor="+url.QueryEscape(cursor), key, "")
		require.Equal(c, 200, r.Status, "%s: %s", channel, r.Body)
		var page struct {
			Items []struct {
				ID       int64
				Username string
			}
			Next *string
		}
		decode(c, r.Body, &page)
		for _, u := range page.Items {
			ids[u.Username] = u.ID
		}
		if page.Next == nil {
			return ids
		}
		cursor = *page.Next
	}
}
