package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"streamvault/api"
	"streamvault/api/kick"
	"streamvault/api/kickapp"
	"streamvault/shard"
)

// How long a server that was told to stop takes at most; together below ten seconds.
const (
	drainTime = 6 * time.Second // for requests under way
	closeTime = 3 * time.Second // for files
)

// server is an open installation and what it listens on.
type server struct {
	store       *shard.Store
	web, socket net.Listener
	public      *http.Server       // at web
	control     *http.Server       // at socket
	cutOff      context.CancelFunc // ends the requests under way
	kick        *kickapp.App       // nil without an application at Kick
	demo        *demoKeys
	log         zerolog.Logger
}

// startServer takes the directory and binds the control socket and the address, or leaves
// nothing behind. Nothing is accepted before run.
func (a *app) startServer(ctx context.Context, o serveFlags, log zerolog.Logger) (_ *server, err error) {
	cert, err := o.certificate()
	if err != nil {
		return nil, err
	}
	limits, err := o.limits()
	if err != nil {
		return nil, err
	}
	keys, err := o.kick.keys()
	if err != nil {
		return nil, err
	}
	secret, err := o.kick.secret(a.env)
	if err != nil {
		return nil, err
	}
	schedule, err := o.schedule.schedule()
	if err != nil {
		return nil, err
	}
	// First, so that an address that is taken does not make an installation whose key nobody saw.
	web, err := listenWeb(ctx, o.listen)
	if err != nil {
		return nil, err
	}
	clock := new(demoClock)
	store, err := a.takeStore(ctx, shard.Options{
		FleetWorkers: max(1, runtime.GOMAXPROCS(0)/2), // who serves has better things to do
		MaxOpen:      o.maxOpen, MinFree: int64(o.minFree) << 20, Quota: int64(o.quota) << 20,
		NameGrace: graceOf(o.nameGrace), TrashGrace: graceOf(o.trashGrace),
		Synchronous: o.synchronous(), Log: log, Now: clock.Now, Schedule: schedule,
	})
	if err != nil {
		return nil, errors.Join(err, web.Close())
	}
	options := api.Options{Log: log, Limits: limits, Kick: kick.Options{Keys: keys, Log: log, Now: clock.Now}}
	kickApp := o.kick.app(secret, store, &options)
	s := newServer(store, options)
	s.web, s.kick = web, kickApp
	s.public.TLSConfig = cert
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.socket, err = listenControl(a.data); err != nil {
		return nil, err
	}
	if o.demo {
		s.demo, err = prepareDemo(ctx, store, clock)
	}
	return s, err
}

// newServer makes the two HTTP servers. The socket's callers are trusted, and long
// operations have all the time there.
func newServer(store *shard.Store, o api.Options) *server {
	base, cutOff := context.WithCancel(context.Background())
	inBase := func(net.Listener) context.Context { return base }
	a, log := newAPI(store, o), o.Log
	s := &server{store: store, cutOff: cutOff, log: log, public: a.HTTPServer(), control: &http.Server{
		Handler: a.ControlHandler(), ErrorLog: stdLogger(log), ReadHeaderTimeout: 5 * time.Second,
	}}
	s.public.BaseContext, s.control.BaseContext = inBase, inBase
	return s
}

// run serves until ctx ends or a listener fails, then stops.
func (s *server) run(ctx context.Context) error {
	failed := make(chan error, 2)
	go func() { failed <- s.serveWeb() }()
	go func() { failed <- s.control.Serve(s.socket) }()
	stopTidying, stopSchedule := s.keepTidy(), s.keepSchedule()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.log.Info().Msg("stopping")
	}
	stopTidying()
	stopSchedule()
	err = errors.Join(err, s.stop())
	s.log.Info().Err(err).Msg("stopped")
	return err
}

func (s *server) serveWeb() error {
	if s.public.TLSConfig != nil {
		return s.public.ServeTLS(s.web, "", "")
	}
	return s.public.Serve(s.web)
}

// stop accepts nothing more, halts jobs, lets requests under way finish while there is time,
// closes every file and gives the directory back.
func (s *server) stop() error {
	s.store.HaltJobs() // those who follow one would not end by themselves
	s.drain()
	for _, l := range []net.Listener{s.web, s.socket} {
		if l != nil {
			_ = l.Close() // closed already, unless nothing was served
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	return s.store.Close(ctx)
}

func (s *server) drain() {
	defer s.cutOff()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var g errgroup.Group
	g.Go(func() error { return s.public.Shutdown(ctx) })
	g.Go(func() error { return s.control.Shutdown(ctx) })
	if s.kick != nil {
		g.Go(func() error { return s.kick.Close(ctx) })
	}
	if err := g.Wait(); errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn().Dur("after", drainTime).Msg("cutting off requests that did not finish")
		s.cutOff()
		_, _ = s.public.Close(), s.control.Close()
	}
}
