package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSIGTERMUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	const writers = 8
	h := newHome(t)
	key := h.Create("alice").OwnerKey
	p := h.serve()
	var acks [writers]int64
	var all atomic.Int64
	enough := make(chan struct{})
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			for {
				r, err := p.HTTP("POST", fmt.Sprintf("/alice/api/points/Viewer%d", w), key, `{"amount":1,"source":"chat"}`)
				if err != nil || r.Status != 200 {
					return
				}
				acks[w]++
				if all.Add(1) == 200 {
					close(enough)
				}
			}
		})
	}
	<-enough
	code := p.Term()
	running.Wait()
	require.Zero(t, code, p.Stderr)
	require.NoFileExists(t, h.Data("control.sock"))

	p = h.serve()
	for w, acked := range acks {
		var sum struct{ Total, ChannelPoints int64 }
		r := p.Must("GET", fmt.Sprintf("/alice/api/stats/Viewer%d", w), "", "")
		require.NoError(t, json.Unmarshal([]byte(r.Body), &sum), r.Body)
		// One request of each writer may have been done without its answer arriving.
		require.GreaterOrEqual(t, sum.ChannelPoints, acked, r.Body)
		require.LessOrEqual(t, sum.ChannelPoints, acked+1, r.Body)
	}
	t.Logf("%d writes acknowledged", all.Load())
}

func TestSIGTERMLetsARequestFinish(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	key := h.Create("alice").OwnerKey
	p := h.serve()
	const body = `{"amount":7,"source":"chat"}`
	slow := p.slowRequest("/alice/api/points/Viewer", key, len(body))
	require.NoError(t, p.Cmd.Process.Signal(syscall.SIGTERM))
	p.until("stopping")
	_, err := io.WriteString(slow, body[1:])
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(slow), nil)
	require.NoError(t, err, "the request was cut off")
	defer resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
	require.Zero(t, p.ExitCode(), p.Stderr)
	require.Contains(t, h.serve().Must("GET", "/alice/api/stats/Viewer", "", "").Body, "7")
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	p.slowRequest("/api/streamers", h.AdminKey(), 100)
	require.NoError(t, p.Cmd.Process.Signal(syscall.SIGTERM))
	p.until("stopping")
	require.NoError(t, p.Cmd.Process.Signal(syscall.SIGINT))
	require.Error(t, p.Wait())
	status := p.Cmd.ProcessState.Sys().(syscall.WaitStatus)
	require.True(t, status.Signaled(), "it waited for the slow request: %v", p.Cmd.ProcessState)
	require.Empty(t, h.Streamers(), "the directory is free")
}

func TestSIGTERMCutsOffWhoNeverEnds(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	p.slowRequest("/api/streamers", h.AdminKey(), 100)
	require.Zero(t, p.Term(), p.Stderr)
}
