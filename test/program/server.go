package program

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"
)

// Server is a running server.
type Server struct {
	Home
	Client
	Cmd    *exec.Cmd
	Hello  Hello
	Stderr *Log
	done   chan error
}

// Hello is the document that serve --json prints when it is ready.
type Hello struct {
	URL  string
	PID  int
	Demo struct{ AdminKey, OwnerKey, OverlayKey string }
}

// Serve starts a server on a free port and waits until it is ready.
func (h Home) Serve(args ...string) *Server {
	h.Helper()
	s := &Server{Home: h, Stderr: new(Log), done: make(chan error, 1)}
	s.Cmd = h.Command(append([]string{"serve", "--listen", "127.0.0.1:0", "--json"}, args...)...)
	s.Cmd.Stderr = s.Stderr
	stdout, err := s.Cmd.StdoutPipe()
	require.NoError(h, err)
	require.NoError(h, s.Cmd.Start())
	if err := json.NewDecoder(stdout).Decode(&s.Hello); err != nil {
		_ = s.Cmd.Wait()
		require.NoError(h, err, "the server did not come up: %s", s.Stderr)
	}
	go func() {
		_, _ = io.Copy(io.Discard, stdout)
		s.done <- s.Cmd.Wait()
	}()
	s.Client = Client{s.Hello.URL, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	h.Cleanup(s.Kill)
	return s
}

// Kill ends the server as a crash would. It may be dead already.
func (s *Server) Kill() {
	s.Web.CloseIdleConnections()
	_ = s.Cmd.Process.Kill()
	_ = s.Wait()
}

// Wait waits for the server's end and says how it was.
func (s *Server) Wait() error {
	err := <-s.done
	s.done <- err
	return err
}

// Term asks the server to stop and returns its exit code.
func (s *Server) Term() int {
	s.Helper()
	require.NoError(s, s.Cmd.Process.Signal(syscall.SIGTERM))
	return s.ExitCode()
}

// ExitCode waits for the server's end, ten seconds at most, as is promised.
func (s *Server) ExitCode() int {
	s.Helper()
	select {
	case err := <-s.done:
		s.done <- err
	case <-time.After(10 * time.Second):
		s.Kill()
		require.Fail(s, "the server did not stop within ten seconds", s.Stderr.String())
	}
	return s.Cmd.ProcessState.ExitCode()
}

// PID is the server's process id.
func (s *Server) PID() string { return strconv.Itoa(s.Cmd.Process.Pid) }

// Descriptors counts what the server has open.
func (s *Server) Descriptors() int {
	s.Helper()
	open, err := os.ReadDir("/proc/" + s.PID() + "/fd")
	require.NoError(s, err)
	return len(open)
}

// Must is HTTP for a request that has to be answered.
func (s *Server) Must(method, path, key, body string, headers ...string) Reply {
	s.Helper()
	r, err := s.HTTP(method, path, key, body, headers...)
	require.NoError(s, err)
	return r
}

// Log is written by a process while a test reads it.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Warnings are the lines that say more than that all is well.
func (l *Log) Warnings() string {
	var all strings.Builder
	for line := range strings.Lines(l.String()) {
		if !strings.Contains(line, `"level":"info"`) {
			all.WriteString(line)
		}
	}
	return all.String()
}
