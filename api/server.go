package api

import (
	"crypto/rand"
	"encoding/hex"
	"hash/maphash"
	"log"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"streamvault/api/kick"
	"streamvault/shard"
	"streamvault/shard/pool"
)

// Installation is what the API serves: a DataStore and what an operator wants to know of it.
type Installation interface {
	shard.DataStore
	PoolStore
	AuditStore
}

// PoolStore tells how the streamers' open files are used.
type PoolStore interface{ PoolStats() pool.Stats }

// Options of a Server. The zero value logs nothing and has no further operations.
type Options struct {
	Log zerolog.Logger
	// Operations are routes of the installation beyond those of this package; see Operation.
	Operations []Route
	// Kick says how its webhooks are checked and answered; without keys they are refused.
	Kick kick.Options
}

// Server answers HTTP requests. It is safe for concurrent use and holds nothing open.
type Server struct {
	ds      Installation
	log     zerolog.Logger
	routes  []Route
	buffers sync.Pool
	seed    maphash.Seed // of ETags, which end with the process
	boot    string       // begins each request's id
	served  atomic.Uint64
}

// New makes a Server of an installation. It panics on a route that cannot be served, which
// is a mistake in the program.
func New(ds Installation, o Options) *Server {
	var boot [4]byte
	_, _ = rand.Read(boot[:]) // never fails
	s := &Server{ds: ds, log: o.Log, seed: maphash.MakeSeed(), boot: hex.EncodeToString(boot[:]) + "-"}
	s.buffers.New = func() any { return new(buffer) }
	for _, table := range [][]Route{
		healthRoutes(), leaderboardRoutes(), shownRoutes(), userRoutes(), oldUserRoutes(), pointRoutes(), profileRoutes(),
		powerupRoutes(), dropRoutes(), settingRoutes(), layoutRoutes(), tipRoutes(), goalRoutes(), keyRoutes(),
		signInRoutes(), tokenRoutes(), uploadRoutes(), privacyRoutes(), statusRoutes(), commandRoutes(),
		streamerRoutes(), adminKeyRoutes(), operatorRoutes(), auditRoutes(), kickRoutes(kick.New(o.Kick)), o.Operations,
	} {
		s.routes = append(s.routes, table...)
	}
	return s
}

// Routes is the whole table, the local ones too.
func (s *Server) Routes() []Route { return s.routes }

// Handler is what the world talks to.
func (s *Server) Handler() http.Handler { return s.router(false) }

// ControlHandler serves the same routes, and the local ones, to callers who may do anything:
// whoever can open the control socket, and the process itself.
func (s *Server) ControlHandler() http.Handler { return s.router(true) }

// HTTPServer serves Handler with limits that hold off clients which send slowly, send too
// much, or never end. The caller listens, and stops it.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		ErrorLog:          log.New(s.log.With().Str("level", "warn").Logger(), "", 0),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
}
