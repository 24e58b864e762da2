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
	key := h.create("alice").OwnerKey
	p := h.serve()
	var acks [writers]int64
	var all atomic.Int64
	enough := make(chan struct{})
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			for {
				r, err := p.http("POST", fmt.Sprintf("/alice/api/points/Viewer%d", w), key, `{"amount":1,"source":"chat"}`)
				if err != nil || r.status != 200 {
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
	code := p.term()
	running.Wait()
	require.Zero(t, code, p.stderr)
	require.NoFileExists(t, h.data("control.sock"))

	p = h.serve()
	for w, acked := range acks {
		var sum struct{ Total, ChannelPoints int64 }
		r := p.must("GET", fmt.Sprintf("/alice/api/stats/Viewer%d", w), "", "")
		require.NoError(t, json.Unmarshal([]byte(r.body), &sum), r.body)
		// One request of each writer may have been done without its answer arriving.
		require.GreaterOrEqual(t, sum.ChannelPoints, acked, r.body)
		require.LessOrEqual(t, sum.ChannelPoints, acked+1, r.body)
	}
	t.Logf("%d writes acknowledged", all.Load())
}

func TestSIGTERMLetsARequestFinish(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	key := h.create("alice").OwnerKey
	p := h.serve()
	const body = `{"amount":7,"source":"chat"}`
	slow := p.slowRequest("/alice/api/points/Viewer", key, len(body))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.until("stopping")
	_, err := io.WriteString(slow, body[1:])
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(slow), nil)
	require.NoError(t, err, "the request was cut off")
	defer resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
	require.Zero(t, p.exitCode(), p.stderr)
	require.Contains(t, h.serve().must("GET", "/alice/api/stats/Viewer", "", "").body, "7")
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	p.slowRequest("/api/streamers", h.adminKey(), 100)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.until("stopping")
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGINT))
	require.Error(t, p.wait())
	status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	require.True(t, status.Signaled(), "it waited for the slow request: %v", p.cmd.ProcessState)
	require.Empty(t, h.streamers(), "the directory is free")
}

func TestSIGTERMCutsOffWhoNeverEnds(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve()
	p.slowRequest("/api/streamers", h.adminKey(), 100)
	require.Zero(t, p.term(), p.stderr)
}
