package e2e

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// slowRequest begins a request whose body is still to come, and returns its connection.
func (p *process) slowRequest(path, key string, length int) net.Conn {
	p.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
	require.NoError(p, err)
	p.Cleanup(func() { _ = c.Close() })
	_, err = fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n{", path, key, length)
	require.NoError(p, err)
	p.Must("GET", "/healthz", "", "") // by now the server has taken the connection
	return c
}

// until waits for a word in the server's log.
func (p *process) until(word string) {
	p.Helper()
	require.Eventually(p, func() bool { return strings.Contains(p.Stderr.String(), word) },
		10*time.Second, 5*time.Millisecond, "no %q in the log", word)
}
