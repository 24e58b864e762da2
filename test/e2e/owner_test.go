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
	o := h.Run("serve", "--listen", "127.0.0.1:0", "--json")
	require.Equal(t, 1, o.Code)
	require.Regexp(t, `(?m)^error: \S*data is in use by process `+p.PID()+`: stop it first, or choose another directory with --data$`, o.Stderr)
	var answer struct{ Error struct{ Code string } }
	o.Decode(t, &answer)
	require.Equal(t, "locked", answer.Error.Code)
	require.Equal(t, 200, p.Must("GET", "/healthz", "", "").Status, "the first one is not disturbed")
	require.Zero(t, h.Run("streamer", "list").Code, "nor its socket")
}

func TestATakenPortIsSaidPlainly(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	h := newHome(t)
	o := h.Run("serve", "--listen", l.Addr().String())
	require.Equal(t, 1, o.Code)
	require.Contains(t, o.Stderr, "error: "+l.Addr().String()+" is in use by another program")
	require.NoFileExists(t, h.Data("control.sock"))
	require.Zero(t, h.Run("streamer", "list").Code, "the directory is free again")
}

func TestAnOwnerThatDoesNotAnswerIsNamed(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	require.NoError(t, p.Cmd.Process.Signal(syscall.SIGSTOP))
	o := h.Run("streamer", "list")
	require.NoError(t, p.Cmd.Process.Signal(syscall.SIGCONT))
	require.Equal(t, 1, o.Code)
	require.Regexp(t, `^error: \S*data is in use by process `+p.PID()+`, which does not answer at control.sock: `+
		`wait until it has finished, or stop it, and try again\n$`, o.Stderr)
	require.Zero(t, h.Run("streamer", "list").Code)
}

func TestAStaleSocketIsInNobodysWay(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.serve().Kill()
	require.FileExists(t, h.Data("control.sock"))
	require.Zero(t, h.Run("streamer", "list").Code)
	require.NoFileExists(t, h.Data("control.sock"), "the command was the new owner")

	h.serve().Kill()
	p := h.serve()
	require.Zero(t, h.Run("streamer", "list").Code)
	info, err := os.Stat(h.Data("control.sock"))
	require.NoError(t, err)
	require.Equal(t, os.ModeSocket|0o600, info.Mode())
	require.Zero(t, p.Term(), p.Stderr)
}

func TestAPathTooLongForASocket(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	far := strings.Repeat("/0123456789abcdef", 8)
	require.NoError(t, os.MkdirAll(h.Dir+far, 0o700))
	data := h.Dir + far + "/data"
	o := h.Run("serve", "--listen", "127.0.0.1:0", "--data", data)
	require.Equal(t, 1, o.Code)
	require.Contains(t, o.Stderr, "too long for a unix socket")
	require.Contains(t, o.Stderr, "choose a data directory with a shorter path")
	require.Zero(t, h.Run("streamer", "list", "--data", data).Code, "a command needs no socket")

	near := home{h.At(h.Dir + far)}
	near.serve()
	require.Zero(t, near.Run("streamer", "list", "--data", data).Code, "from near by the path is short")
}
