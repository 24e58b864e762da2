package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// A page has many files; that one was fetched is no news, that one is missing is.
func TestFilesOfPagesAreLoggedAtDebug(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/assets/core.js", "/assets/none.js"} {
		resp, err := http.Get(h.public.URL + path)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	levels := map[any]any{}
	for _, line := range h.lines(2) {
		if line["route"] != assetPath {
			continue
		}
		levels[line["status"]] = line["level"]
	}
	require.Equal(t, map[any]any{float64(http.StatusOK): "debug", float64(http.StatusNotFound): "info"}, levels)
}
