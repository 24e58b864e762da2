// Package versity starts a real S3 server, versitygw, for tests.
package versity

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// variable names the binary. CI sets it, and then no test may skip.
const variable = "STREAMVAULT_VERSITYGW"

// Server is one under way, with one bucket.
type Server struct {
	Endpoint, Bucket, ID, Secret string
	// Root is where it keeps objects as files.
	Root string
}

// Start starts a server on loopback that ends with the test, or skips the test where there is
// no binary.
func Start(t testing.TB) Server {
	t.Helper()
	binary := os.Getenv(variable)
	if binary == "" {
		found, err := exec.LookPath("versitygw")
		if err != nil {
			t.Skip("there is no versitygw: name one with " + variable + " (.ci/run builds it)")
		}
		binary = found
	}
	dir := t.TempDir()
	s := Server{Endpoint: "http://" + freeAddress(t), Bucket: "backups", ID: "streamvault-test",
		Secret: "a secret of the test", Root: filepath.Join(dir, "root")}
	sidecar := filepath.Join(dir, "sidecar")
	require.NoError(t, os.MkdirAll(filepath.Join(s.Root, s.Bucket), 0o700))
	require.NoError(t, os.Mkdir(sidecar, 0o700))
	cmd := exec.Command(binary, "--port", s.Endpoint[len("http://"):], "--quiet", "posix", "--sidecar", sidecar, s.Root)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s.ID, "ROOT_SECRET_KEY="+s.Secret)
	said := &tail{}
	cmd.Stdout, cmd.Stderr = said, said
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	s.await(t, ended, said)
	return s
}

// await waits until the server takes connections.
func (s Server) await(t testing.TB, ended chan struct{}, said *tail) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", s.Endpoint[len("http://"):])
		if err == nil {
			require.NoError(t, c.Close())
			return
		}
		select {
		case <-ended:
			t.Fatalf("versitygw ended: %s", said.text())
		case <-ctx.Done():
			t.Fatalf("versitygw does not answer: %s", said.text())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}
