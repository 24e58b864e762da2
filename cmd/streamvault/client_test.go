package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// pipeTo is a client of a handler that is served inside the process.
func pipeTo(t testing.TB, h http.HandlerFunc) *client {
	t.Helper()
	l := newPipeListener()
	s := &http.Server{Handler: h}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	c := newClient(l.Dial)
	t.Cleanup(func() {
		c.close()
		require.NoError(t, s.Shutdown(context.Background()))
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	})
	return c
}

func TestPipeRefusesAfterClose(t *testing.T) {
	t.Parallel()
	l := newPipeListener()
	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	_, err := l.Dial(t.Context())
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestClientGetsEveryPage(t *testing.T) {
	t.Parallel()
	const total = 2500
	c := pipeTo(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		from, limit := 0, 0
		_, _ = fmt.Sscan(q.Get("cursor"), &from)
		_, _ = fmt.Sscan(q.Get("limit"), &limit)
		page := struct {
			Items []int  `json:"items"`
			Next  string `json:"next"`
		}{}
		for i := from; i < min(from+limit, total); i++ {
			page.Items = append(page.Items, i)
		}
		if from+limit < total {
			page.Next = fmt.Sprint(from + limit)
		}
		_ = json.NewEncoder(w).Encode(page)
	})
	items, err := c.items(t.Context(), "/api/streamers", nil)
	require.NoError(t, err)
	require.Len(t, items, total)
	require.Equal(t, "2499", string(items[total-1]))
}

func TestClientReadsProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status      int
		body        string
		code, shown string
	}{
		"Problem":   {409, `{"title":"Conflict","code":"conflict","detail":"the name is taken"}`, "conflict", "the name is taken"},
		"TitleOnly": {404, `{"title":"Not Found","code":"not_found"}`, "not_found", "Not Found"},
		"Foreign":   {502, `<html>`, "failed", "the server answered 502 Bad Gateway"},
		"NoCode":    {500, `{"title":"x"}`, "failed", "the server answered 500 Internal Server Error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := pipeTo(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			f := explain(client.call(t.Context(), http.MethodGet, "/", nil, nil))
			require.Equal(t, failure{Code: c.code, Detail: c.shown, exit: exitFailed}, f)
		})
	}
}

func TestClientReadsLinesAsTheyCome(t *testing.T) {
	t.Parallel()
	seen := make(chan string)
	c := pipeTo(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			_, _ = fmt.Fprintf(w, "{\"n\":%d}\n", i)
			w.(http.Flusher).Flush()
			<-seen // the line has arrived before the next is written
		}
	})
	var lines []string
	err := c.stream(t.Context(), http.MethodPost, "/", nil, func(line json.RawMessage) error {
		lines = append(lines, string(line))
		seen <- string(line)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{`{"n":0}`, `{"n":1}`, `{"n":2}`}, lines)
}

func TestClientTellsThatTheServerWentAway(t *testing.T) {
	t.Parallel()
	c := pipeTo(t, func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	err := c.call(t.Context(), http.MethodPost, "/", map[string]int{}, nil)
	require.ErrorContains(t, err, "went away before it answered")

	c = newClient(func(context.Context) (net.Conn, error) { return nil, errNobody })
	err = c.call(t.Context(), http.MethodPost, "/", nil, nil)
	require.True(t, errors.Is(err, errNobody), "a request that was never sent may be sent again: %v", err)
}
