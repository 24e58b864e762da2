package api

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

type steps struct {
	Body struct {
		Steps int  `json:"steps"`
		Fail  bool `json:"fail,omitempty"`
	}
}

// working is an operation that takes a step for each value of next.
func working(next chan struct{}) Route {
	return Operation(Route{Method: "POST", Path: "/api/work", Who: Admin, Local: true, Summary: "Works"},
		func(ctx context.Context, by Caller, in *steps, progress func(any)) (map[string]string, error) {
			for i := range in.Body.Steps {
				progress(map[string]int{"done": i})
				select {
				case <-next:
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			if in.Body.Fail {
				return nil, registry.ErrTaken
			}
			return map[string]string{"by": by.Actor}, nil
		})
}

func TestLongWorkTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	h := newHouseWith(t, nil, working(next))
	resp, err := h.control.Client().Post(h.control.URL+"/api/work", "application/json", strings.NewReader(`{"steps":2}`))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "application/x-ndjson", resp.Header.Get("Content-Type"))
	lines := bufio.NewScanner(resp.Body)
	for _, want := range []string{`{"progress":{"done":0}}`, `{"progress":{"done":1}}`} {
		require.True(t, lines.Scan())
		require.Equal(t, want, lines.Text(), "it arrives before the next step")
		next <- struct{}{}
	}
	require.True(t, lines.Scan())
	require.Equal(t, `{"result":{"by":"control"}}`, lines.Text())
	require.False(t, lines.Scan())
}

func TestLongWorkThatFails(t *testing.T) {
	t.Parallel()
	next := make(chan struct{}, 1)
	h := newHouseWith(t, nil, working(next))
	h.askAt(h.control, "POST", "/api/work", "", `{"steps":0,"fail":true}`).problem(409, "conflict")
	h.askAt(h.control, "POST", "/api/work", "", `{"steps":"x"}`).problem(400, "invalid_request")
	next <- struct{}{}
	r := h.askAt(h.control, "POST", "/api/work", "", `{"steps":1,"fail":true}`).ok(200, nil)
	var last struct{ Error Problem }
	require.NoError(t, json.Unmarshal([]byte(r.body[strings.Index(r.body, "\n"):]), &last))
	require.Equal(t, "conflict", last.Error.Code)
}

func TestLongWorkEndsWhenNobodyReads(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	h := newHouseWith(t, nil, Operation(Route{Method: "POST", Path: "/api/work", Who: Admin, Summary: "Never ends"},
		func(ctx context.Context, _ Caller, _ *None, progress func(any)) (Nothing, error) {
			for ctx.Err() == nil {
				progress(strings.Repeat("x", 1000))
			}
			ended <- ctx.Err()
			return Nothing{}, ctx.Err()
		}))
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", h.control.URL+"/api/work", nil)
	require.NoError(t, err)
	resp, err := h.control.Client().Do(req)
	require.NoError(t, err)
	_, err = io.ReadFull(resp.Body, make([]byte, 10))
	require.NoError(t, err)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	_ = resp.Body.Close()
}

func TestLocalOperationsAreForTheControlHandler(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, nil, working(nil))
	h.ask("POST", "/api/work", h.adminKey, `{"steps":0}`).problem(404, "not_found")
	require.Equal(t, `{"result":{"by":"control"}}`+"\n", h.askAt(h.control, "POST", "/api/work", "", `{"steps":0}`).ok(200, nil).body)
}
