package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

// ballast takes room on the volume.
type ballast struct {
	*volume
	file *os.File
	size int64
}

func (v *volume) ballast() *ballast {
	v.Helper()
	f, err := os.Create(filepath.Join(v.dir, "ballast"))
	require.NoError(v, err)
	v.Cleanup(func() { _ = f.Close() })
	return &ballast{volume: v, file: f}
}

func (b *ballast) free() int64 {
	b.Helper()
	var s syscall.Statfs_t
	require.NoError(b, syscall.Statfs(b.dir, &s))
	return int64(s.Bavail) * s.Bsize
}

// grow takes bytes, or what there is.
func (b *ballast) grow(bytes int64) {
	if syscall.Fallocate(int(b.file.Fd()), 0, b.size, bytes) == nil {
		b.size += bytes
	}
}

func (b *ballast) release() {
	b.Helper()
	require.NoError(b, b.file.Truncate(0))
	b.size = 0
}

// fillUntil takes half of what is free, again and again and at the end all of it, until
// refused says that a write was refused for lack of room. Between two steps the server has
// time to see that the room shrinks.
func (b *ballast) fillUntil(refused func() bool) {
	b.Helper()
	for !refused() {
		free := b.free()
		if free <= 64<<10 {
			b.grow(free)
			soon(b, "a write was refused on the full volume", refused)
			return
		}
		b.grow(free / 2)
		time.Sleep(100 * time.Millisecond)
	}
}

// soon repeats a write: on a full volume files that grew before have room left in them, and
// room that is back need not be seen at once.
func soon(t testing.TB, what string, write func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if write() {
			return
		}
	}
	require.Fail(t, "it never happened that "+what)
}

// While there is no room, writes are refused and everything can be read; with room again
// the same server writes again, and of what it acknowledged nothing is missing.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	h := program.NewHome(t, binary)
	v := newVolume(h, 2<<30)
	s := h.Serve()
	c := newCrowd(h)
	for _, one := range c.clients {
		require.True(t, one.step(s.Client), one.refused)
	}
	// Some streamers are opened on the full disk only; of one, nobody has ever asked anything.
	require.NoError(t, c.found(h.Control(), "stranger"))
	s.Kill()
	s = h.Serve()
	writer := c.clients[0]
	b := v.ballast()
	b.fillUntil(func() bool { return c.refusedForRoom(writer, s) })
	t.Logf("refused with %d KiB free", b.free()>>10)

	c.reads(s)
	for _, one := range c.clients[1:channels] {
		soon(t, one.channel+" was refused, too", func() bool { return c.refusedForRoom(one, s) })
	}
	if *long {
		time.Sleep(5 * time.Second) // by now files at rest have been tidied
	}
	c.reads(s)

	b.release()
	soon(t, "room was found again", func() bool { return !c.refusedForRoom(writer, s) })
	for _, one := range c.clients {
		require.True(t, one.step(s.Client), one.refused)
	}
	c.audit(s).holds(t)
	require.Zero(t, s.Term(), s.Stderr.Warnings())
}

// While there is no room, no streamer can be made, no half of one is left, and the server
// says that it is not ready; with room again it is as before.
func TestDiskFullForNewStreamers(t *testing.T) {
	t.Parallel()
	h := program.NewHome(t, binary)
	v := newVolume(h, 2<<30)
	s := h.Serve()
	c := newCrowd(h)
	control := h.Control()
	tries := 0
	b := v.ballast()
	b.fillUntil(func() bool {
		tries++
		r, err := control.CreateStreamer(fmt.Sprintf("newcomer%d", tries))
		require.NoError(t, err)
		if r.Status != 201 {
			require.Equal(t, 507, r.Status, r.Body)
			require.Equal(t, "storage_full", r.Code(t))
		}
		return r.Status == 507
	})
	require.Equal(t, 200, s.Must("GET", "/healthz", "", "").Status)
	require.Equal(t, 503, s.Must("GET", "/readyz", "", "").Status)
	require.Len(t, h.Streamers(), channels+tries-1)
	c.reads(s)

	b.release()
	name := fmt.Sprintf("newcomer%d", tries) // which is free: nothing was left of it
	soon(t, "room was found again", func() bool { return c.found(control, name) == nil })
	require.Equal(t, 200, s.Must("GET", "/readyz", "", "").Status)
	require.Zero(t, s.Term(), s.Stderr.Warnings())
}

// refusedForRoom lets a client write. Any other refusal than for lack of room fails.
func (c *crowd) refusedForRoom(one *client, s *program.Server) bool {
	c.Helper()
	r := one.next()
	reply, err := one.send(s.Client, r)
	require.NoError(c, err)
	if r.keyed {
		one.again = r
	}
	if reply.Status == 200 {
		one.note(r, reply.Body)
		return false
	}
	require.Equal(c, 507, reply.Status, "%s: %s\n%s", one.channel, reply.Body, s.Stderr.Warnings())
	require.Equal(c, "storage_full", reply.Code(c))
	return true
}

// reads asks for something of every streamer: what anybody may see and what the owner may.
func (c *crowd) reads(s *program.Server) {
	c.Helper()
	for name, key := range c.keys {
		r := s.Must("GET", "/"+name+"/api/leaderboard", "", "")
		require.Equal(c, 200, r.Status, "%s: %s\n%s", name, r.Body, s.Stderr.Warnings())
		c.users(s, name, key)
	}
}
