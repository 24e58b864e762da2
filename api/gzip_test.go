package api

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLargeAnswersArePacked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 60 {
		h.give(h.alice, fmt.Sprint("viewer", i), int64(1+i))
	}
	get := func(path, accept string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.public.URL+path, nil)
		require.NoError(t, err)
		req.Header.Set("Accept-Encoding", accept)
		resp, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp
	}
	plain := get("/alice/api/leaderboard", "")
	require.Empty(t, plain.Header.Get("Content-Encoding"))
	require.Equal(t, "Accept-Encoding", plain.Header.Get("Vary"))
	want, err := io.ReadAll(plain.Body)
	require.NoError(t, err)
	for _, accept := range []string{"gzip", "br, GZIP;q=0.5"} {
		packed := get("/alice/api/leaderboard", accept)
		require.Equal(t, "gzip", packed.Header.Get("Content-Encoding"), accept)
		require.Less(t, packed.ContentLength, int64(len(want)/2))
		require.Equal(t, plain.Header.Get("Etag"), packed.Header.Get("Etag"), "a weak tag is of the content")
		r, err := gzip.NewReader(packed.Body)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}
	require.Empty(t, get("/alice/api/leaderboard", "gzip;q=0").Header.Get("Content-Encoding"))
	require.Empty(t, get("/alice/api/goals", "gzip").Header.Get("Content-Encoding"), "small ones are not worth it")
}
