package program

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Client asks one server.
type Client struct {
	URL string
	Web *http.Client
}

// Reply is an answer over HTTP.
type Reply struct {
	Status int
	Body   string
}

// Code is the code of an answer that is a problem.
func (r Reply) Code(t testing.TB) string {
	t.Helper()
	var problem struct{ Code string }
	require.NoError(t, json.Unmarshal([]byte(r.Body), &problem), r.Body)
	return problem.Code
}

// HTTP asks the server; headers are names and values in turn. An error means that there
// was no whole answer.
func (c Client) HTTP(method, path, key, body string, headers ...string) (Reply, error) {
	req, err := http.NewRequest(method, c.URL+path, strings.NewReader(body))
	if err != nil {
		return Reply{}, err
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Web.Do(req)
	if err != nil {
		return Reply{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return Reply{resp.StatusCode, string(b)}, err
}

// Control asks whichever server has the home's control socket.
func (h Home) Control() Client {
	path := h.Data("control.sock")
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}}}
	h.Cleanup(c.CloseIdleConnections)
	return Client{"http://streamvault", c}
}

// CreateStreamer makes a streamer.
func (c Client) CreateStreamer(name string) (Reply, error) {
	return c.HTTP(http.MethodPost, "/api/streamers", "", `{"username":"`+name+`"}`)
}
