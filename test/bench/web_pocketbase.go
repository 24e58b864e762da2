package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// pocketConnections is how many clients ask at once in M12.
	pocketConnections = 64
	// pocketViewers is how many records each side has to begin with.
	pocketViewers = 20_000
)

// viewerSite is a program that serves viewers, seen through the routes that are compared.
type viewerSite struct {
	name    string
	program *program
	client  *webClient
	key     string
	create  string // path; POST makes a viewer
	get     string // path, with a verb for the id
	list    string // path and query: the first 30
	made    int    // status of an answer to create
	last    atomic.Int64
	gets    [][]byte // requests, one for each record that was there at the start
}

// measurePocketBase runs both programs at once but asks one at a time. Both have the same
// records, made in the same way; both log each request; both look at a key: the owner's
// here, a superuser's there, whom PocketBase's rules do not delay. Lists are its first page
// without a total, for ours has none: the ratio is about twice as high with what its
// clients ask for by default.
func measurePocketBase(ctx context.Context, b *bench) (_ []float64, err error) {
	var sites []*viewerSite
	for _, start := range []func(context.Context, *bench) (*viewerSite, error){startOurs, startPocketBase} {
		s, err := start(ctx, b)
		if s != nil {
			defer func() { err = errors.Join(err, s.close()) }()
		}
		if err == nil {
			err = s.fill(ctx)
		}
		if err != nil {
			return nil, err
		}
		sites = append(sites, s)
	}
	var ratios []float64
	for _, call := range []func(*viewerSite) webCall{(*viewerSite).getOne, (*viewerSite).listSome, (*viewerSite).createOne} {
		var variants []variant
		for _, s := range sites {
			variants = append(variants, s.rating(b, call(s)))
		}
		took, err := b.turns(ctx, variants...)
		if err != nil {
			return nil, err
		}
		ratios = append(ratios, ratio(took[0], took[1]))
	}
	return ratios, nil
}

// rating lets the other program finish what it still writes, its log, before its turn.
func (s *viewerSite) rating(b *bench, call webCall) variant {
	v := b.rating(s.name, s.client, call)
	return variant{v.name, func(ctx context.Context) (float64, error) {
		time.Sleep(500 * time.Millisecond)
		return v.run(ctx)
	}}
}

func (s *viewerSite) getOne() webCall {
	return webCall{status: http.StatusOK, holds: `"username":"viewer`, times: 1,
		request: func(conn, i int) []byte { return s.gets[(conn*311+i*7919)%len(s.gets)] }}
}

func (s *viewerSite) listSome() webCall {
	request := webRequest("GET", s.list, s.key, "")
	return webCall{status: http.StatusOK, holds: `"username":"viewer`, times: 30,
		request: func(int, int) []byte { return request }}
}

func (s *viewerSite) createOne() webCall {
	return webCall{status: s.made, holds: `"username":"viewer`, times: 1,
		request: func(int, int) []byte {
			return webRequest("POST", s.create, s.key, fmt.Sprintf(`{"username":"viewer%d","country":"PL"}`, s.last.Add(1)))
		}}
}

// fill makes the records through the same route that is measured later.
func (s *viewerSite) fill(ctx context.Context) (err error) {
	if s.client, err = dialWeb(ctx, s.program.address, pocketConnections); err != nil {
		return err
	}
	var g errgroup.Group
	made := make([][][]byte, len(s.client.conns))
	call := s.createOne()
	for n, conn := range s.client.conns {
		g.Go(func() error {
			for i := n; i < pocketViewers && ctx.Err() == nil; i += len(made) {
				if err := conn.do(call.request(n, i), call); err != nil {
					return err
				}
				var viewer struct{ ID json.RawMessage }
				if err := json.Unmarshal(conn.body, &viewer); err != nil {
					return err
				}
				id := string(viewer.ID)
				if id[0] == '"' {
					id = id[1 : len(id)-1]
				}
				made[n] = append(made[n], webRequest("GET", fmt.Sprintf(s.get, id), s.key, ""))
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("fill %s: %w", s.name, err)
	}
	for _, some := range made {
		s.gets = append(s.gets, some...)
	}
	return nil
}

func (s *viewerSite) close() error {
	var err error
	if s.client != nil {
		err = s.client.close()
	}
	return errors.Join(err, s.program.stop())
}
