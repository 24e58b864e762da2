package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is a running server.
type process struct {
	home
	cmd    *exec.Cmd
	url    string
	hello  hello
	stderr *lockedBuffer
	web    *http.Client
	done   chan error
}

// hello is the document that serve --json prints when it is ready.
type hello struct {
	URL  string
	PID  int
	Demo struct{ AdminKey, OwnerKey string }
}

// serve starts a server on a free port and waits until it is ready.
func (h home) serve(args ...string) *process {
	h.Helper()
	p := &process{home: h, stderr: new(lockedBuffer), done: make(chan error, 1)}
	p.web = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	p.cmd = h.command(append([]string{"serve", "--listen", "127.0.0.1:0", "--json"}, args...)...)
	p.cmd.Stderr = p.stderr
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(h, err)
	require.NoError(h, p.cmd.Start())
	if err := json.NewDecoder(stdout).Decode(&p.hello); err != nil {
		_ = p.cmd.Wait()
		require.NoError(h, err, "the server did not come up: %s", p.stderr)
	}
	go func() {
		_, _ = io.Copy(io.Discard, stdout)
		p.done <- p.cmd.Wait()
	}()
	p.url = p.hello.URL
	h.Cleanup(p.kill)
	return p
}

// kill ends the server as a crash would. It may be dead already.
func (p *process) kill() {
	p.web.CloseIdleConnections()
	_ = p.cmd.Process.Kill()
	p.wait()
}

func (p *process) wait() error {
	err := <-p.done
	p.done <- err
	return err
}

// term asks the server to stop and returns its exit code.
func (p *process) term() int {
	p.Helper()
	require.NoError(p, p.cmd.Process.Signal(syscall.SIGTERM))
	return p.exitCode()
}

// exitCode waits for the server's end, ten seconds at most, as is promised.
func (p *process) exitCode() int {
	p.Helper()
	select {
	case err := <-p.done:
		p.done <- err
	case <-time.After(10 * time.Second):
		p.kill()
		require.Fail(p, "the server did not stop within ten seconds", p.stderr.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// reply is an answer over HTTP.
type reply struct {
	status int
	body   string
}

func (r reply) code(t testing.TB) string {
	t.Helper()
	var problem struct{ Code string }
	require.NoError(t, json.Unmarshal([]byte(r.body), &problem), r.body)
	return problem.Code
}

// http asks the server at its address; an error means that there was no whole answer.
func (p *process) http(method, path, key, body string, headers ...string) (reply, error) {
	req, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return send(p.web, req)
}

func send(c *http.Client, req *http.Request) (reply, error) {
	resp, err := c.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, string(b)}, err
}

// must is http for a request that has to be answered.
func (p *process) must(method, path, key, body string) reply {
	p.Helper()
	r, err := p.http(method, path, key, body)
	require.NoError(p, err)
	return r
}

// controlClient talks to the control socket of a data directory.
func (h home) controlClient() *http.Client {
	path := h.data("control.sock")
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}}}
	h.Cleanup(c.CloseIdleConnections)
	return c
}

// createBy makes a streamer through the control socket.
func createBy(c *http.Client, name string) (reply, error) {
	req, err := http.NewRequest(http.MethodPost, "http://streamvault/api/streamers",
		strings.NewReader(`{"username":"`+name+`"}`))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	return send(c, req)
}

// lockedBuffer is written by a process while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func httpClient(t testing.TB) *http.Client {
	c := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(c.CloseIdleConnections)
	return c
}
