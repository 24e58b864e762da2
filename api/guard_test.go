package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func (h *house) change(method, path, body, match string) int {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), method, h.public.URL+path, strings.NewReader(body))
	require.NoError(h, err)
	req.Header.Set("Authorization", "Bearer "+h.aliceKey)
	req.Header.Set("Content-Type", "application/json")
	if match != "" {
		req.Header.Set("If-Match", match)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(h, err)
	require.NoError(h, resp.Body.Close())
	return resp.StatusCode
}

func (h *house) etag(path string) string {
	h.Helper()
	r := h.ask("GET", path, h.aliceKey, "").ok(200, nil)
	require.NotEmpty(h, r.header.Get("Etag"), path)
	return r.header.Get("Etag")
}

func TestWritesThatNameWhatTheyReplace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var made layout
	h.ask("POST", "/alice/api/overlay/layouts", h.aliceKey, `{"name":"one","layout":{}}`).ok(201, &made)
	for name, c := range map[string]struct{ read, method, write, body string }{
		"Theme":         {"/alice/api/admin/theme", "PUT", "/alice/api/admin/theme", `{"siteName":"%d"}`},
		"Settings":      {"/alice/api/admin/settings", "PUT", "/alice/api/admin/settings", `{"key":"k","value":"%d"}`},
		"Layout":        {fmt.Sprint("/alice/api/overlay/layouts/", made.ID), "PATCH", fmt.Sprint("/alice/api/overlay/layouts/", made.ID), `{"name":"n%d"}`},
		"DefaultLayout": {"/alice/api/admin/overlay/layout", "PUT", "/alice/api/admin/overlay/layout", `{"n":%d}`},
	} {
		before := h.etag(c.read)
		require.Equal(t, 200, h.change(c.method, c.write, fmt.Sprintf(c.body, 1), before), name)
		require.Equal(t, 412, h.change(c.method, c.write, fmt.Sprintf(c.body, 2), before), "%s: somebody was faster", name)
		require.Equal(t, 200, h.change(c.method, c.write, fmt.Sprintf(c.body, 3), `"other", `+h.etag(c.read)), name)
		require.Equal(t, 200, h.change(c.method, c.write, fmt.Sprintf(c.body, 4), "*"), name)
		require.Equal(t, 200, h.change(c.method, c.write, fmt.Sprintf(c.body, 5), ""), name)
	}
}

// Of many who have read the same, one writes.
func TestOneOfManyWritesWhatTheyRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.etag("/alice/api/admin/theme")
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if h.change("PUT", "/alice/api/admin/theme", fmt.Sprintf(`{"siteName":"%d"}`, i), before) == 200 {
				won.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, won.Load())
}
