package e2e

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASecondServerEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	o := h.run("serve", "--listen", "127.0.0.1:0", "--json")
	require.Equal(t, 1, o.code)
	require.Regexp(t, `(?m)^error: \S*data is in use by process `+p.pid()+`: stop it first, or choose another directory with --data$`, o.stderr)
	var answer struct{ Error struct{ Code string } }
	o.decode(t, &answer)
	require.Equal(t, "locked", answer.Error.Code)
	require.Equal(t, 200, p.must("GET", "/healthz", "", "").status, "the first one is not disturbed")
	require.Zero(t, h.run("streamer", "list").code, "nor its socket")
}

func TestATakenPortIsSaidPlainly(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	h := newHome(t)
	o := h.run("serve", "--listen", l.Addr().String())
	require.Equal(t, 1, o.code)
	require.Contains(t, o.stderr, "error: "+l.Addr().String()+" is in use by another program")
	require.NoFileExists(t, h.data("control.sock"))
	require.Zero(t, h.run("streamer", "list").code, "the directory is free again")
}

func TestAnOwnerThatDoesNotAnswerIsNamed(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGSTOP))
	o := h.run("streamer", "list")
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGCONT))
	require.Equal(t, 1, o.code)
	require.Regexp(t, `^error: \S*data is in use by process `+p.pid()+`, which does not answer at control.sock: `+
		`wait until it has finished, or stop it, and try again\n$`, o.stderr)
	require.Zero(t, h.run("streamer", "list").code)
}

func TestAStaleSocketIsInNobodysWay(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.serve().kill()
	require.FileExists(t, h.data("control.sock"))
	require.Zero(t, h.run("streamer", "list").code)
	require.NoFileExists(t, h.data("control.sock"), "the command was the new owner")

	h.serve().kill()
	p := h.serve()
	require.Zero(t, h.run("streamer", "list").code)
	info, err := os.Stat(h.data("control.sock"))
	require.NoError(t, err)
	require.Equal(t, os.ModeSocket|0o600, info.Mode())
	require.Zero(t, p.term(), p.stderr)
}

func TestAPathTooLongForASocket(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	far := strings.Repeat("/0123456789abcdef", 8)
	require.NoError(t, os.MkdirAll(h.dir+far, 0o700))
	data := h.dir + far + "/data"
	o := h.run("serve", "--listen", "127.0.0.1:0", "--data", data)
	require.Equal(t, 1, o.code)
	require.Contains(t, o.stderr, "too long for a unix socket")
	require.Contains(t, o.stderr, "choose a data directory with a shorter path")
	require.Zero(t, h.run("streamer", "list", "--data", data).code, "a command needs no socket")

	near := home{t, h.dir + far}
	near.serve()
	require.Zero(t, near.run("streamer", "list", "--data", data).code, "from near by the path is short")
}
