package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"streamvault/api"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/tenant"
)

var webGoals = []goal{
	{id: "M11", what: "a whole GET (router, key, log, JSON) against net/http writing the same bytes, 8 connections: requests a second",
		parts:   []part{atLeast(0.5, "a viewer, with key"), atLeast(0.5, "a viewer's figures")},
		measure: measureGet},
	{id: "M12", what: "against PocketBase, both as programs, 64 connections: requests a second", slow: true,
		parts:   []part{atLeast(4, "GET one"), atLeast(5, "list 30"), atLeast(3, "create, FULL against NORMAL")},
		measure: measurePocketBase},
}

// getConnections is how many clients ask at once in M11; the machine has to be busy.
const getConnections = 8

func measureGet(ctx context.Context, b *bench) (_ []float64, err error) {
	h, err := newWebHouse(ctx, b)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	var ratios []float64
	for _, get := range []struct{ path, key, holds string }{
		{fmt.Sprintf("/alice/api/users/%d", h.viewer), h.key, `"viewer7"`},
		{"/alice/api/stats/viewer7", "", `"viewer7"`},
		{"/alice/api/leaderboard", "", `"viewer199"`},
	} {
		r, err := h.againstRaw(ctx, b, webRequest("GET", get.path, get.key, ""), get.holds)
		if err != nil {
			return nil, err
		}
		ratios = append(ratios, r)
	}
	// Reading and writing fifty rows is not what the goal is about; it is told all the same.
	b.note("%-44s %12.3g", "leaderboard of 50, ratio", ratios[2])
	return ratios[:2], nil
}

// webHouse is an installation served as the program serves it, in this process.
type webHouse struct {
	store  *shard.Store
	server *webServer
	log    *os.File
	key    string // the owner's
	viewer tenant.UserID
}

func newWebHouse(ctx context.Context, b *bench) (*webHouse, error) {
	dir, err := b.place()
	if err != nil {
		return nil, err
	}
	h := &webHouse{}
	if h.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	log := zerolog.New(h.log).Level(zerolog.InfoLevel).With().Timestamp().Logger()
	if h.store, err = shard.Open(ctx, filepath.Join(dir, "data"), shard.Options{Log: log}); err != nil {
		return nil, errors.Join(err, h.log.Close())
	}
	if err = h.fill(ctx); err == nil {
		h.server, err = startWeb(ctx, api.New(h.store, api.Options{Log: log}).HTTPServer())
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// fill makes a streamer with 200 viewers who have points.
func (h *webHouse) fill(ctx context.Context) error {
	alice, key, err := h.store.CreateStreamer(ctx, registry.NewStreamer{Username: "alice", DisplayName: "Alice", Actor: "bench"})
	if err != nil {
		return err
	}
	h.key = key
	store := h.store.Tenant(alice.ID)
	for i := range 200 {
		award := tenant.Award{Amount: int64(1 + i), Source: "chat", Description: "Hello"}
		if _, err := store.AddPoints(ctx, fmt.Sprint("viewer", i), award); err != nil {
			return err
		}
	}
	u, err := store.UserByName(ctx, "viewer7")
	h.viewer = u.ID
	return err
}

func (h *webHouse) close() error {
	var errs []error
	if h.server != nil {
		errs = append(errs, h.server.close())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return errors.Join(append(errs, h.store.Close(ctx), h.log.Close())...)
}

// againstRaw compares our server with one that writes down what ours has answered.
func (h *webHouse) againstRaw(ctx context.Context, b *bench, request []byte, holds string) (_ float64, err error) {
	ours, err := dialWeb(ctx, h.server.address(), getConnections)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, ours.close()) }()
	raw, err := rawServer(ctx, h.server.address(), request)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, raw.close()) }()
	theirs, err := dialWeb(ctx, raw.address(), getConnections)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, theirs.close()) }()
	call := webCall{request: func(int, int) []byte { return request }, status: http.StatusOK, holds: holds, times: 1}
	took, err := b.turns(ctx, b.rating("streamvault", ours, call), b.rating("net/http", theirs, call))
	if err != nil {
		return 0, err
	}
	return ratio(took[0], took[1]), nil
}

// rating is a variant that measures a rate.
func (b *bench) rating(name string, c *webClient, call webCall) variant {
	return variant{name, func(ctx context.Context) (float64, error) {
		return c.rate(ctx, call, time.Duration(b.pick(500, 2000))*time.Millisecond)
	}}
}

// webServer is an http.Server that runs.
type webServer struct {
	*http.Server
	listener net.Listener
	ended    chan error
}

func startWeb(ctx context.Context, s *http.Server) (*webServer, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &webServer{s, l, make(chan error, 1)}
	go func() { w.ended <- s.Serve(l) }()
	return w, nil
}

func (s *webServer) address() string { return s.listener.Addr().String() }

func (s *webServer) close() error {
	err := s.Close()
	if ended := <-s.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// rawServer asks a server once and starts one that always gives that answer, with the same
// headers and bytes: as little as one can do with net/http.
func rawServer(ctx context.Context, address string, request []byte) (*webServer, error) {
	seen, body, err := askOnce(ctx, address, request)
	if err != nil {
		return nil, err
	}
	seen.Del("Date") // net/http writes its own
	return startWeb(ctx, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for name, value := range seen {
			h[name] = value
		}
		_, _ = w.Write(body)
	})})
}
