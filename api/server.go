package api

import (
	"context"
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
	"streamvault/api/kickapp"
	"streamvault/api/metrics"
	"streamvault/shard"
	"streamvault/shard/pool"
	"streamvault/shard/scope"
)

// Installation is what the API serves: a DataStore and what an operator wants to know of it.
type Installation interface {
	shard.DataStore
	PoolStore
	AuditStore
	WatchStore
	DoctorStore
	StatsStore
	ExportStore
	BackupCareStore
	FleetStore
	BackupStore
	RestoreStore
}

// WatchStore tells when a streamer's data has changed.
type WatchStore interface {
	// Watch returns a channel that has a value after commits, until stop is called.
	Watch(id scope.StreamerID) (commits <-chan struct{}, stop func())
}

// PoolStore tells how the streamers' open files are used.
type PoolStore interface {
	PoolStats() pool.Stats
	// Busiest lists the open files that were asked most in the last minutes.
	Busiest(ctx context.Context, n int) []shard.Busy
}

// Options of a Server. The zero value logs and limits nothing and has no further operations.
type Options struct {
	Log zerolog.Logger
	// Limits on what one caller may ask. The zero value limits nothing.
	Limits Limits
	// Operations are routes of the installation beyond those of this package; see Operation.
	Operations []Route
	// KickLogin lets streamers sign in with Kick; without an App they cannot.
	KickLogin KickLogin
	// Kick says how its webhooks are checked and answered; without keys they are refused.
	Kick kick.Options
}

// Server answers HTTP requests. It is safe for concurrent use and holds nothing open.
type Server struct {
	ds          Installation
	log         zerolog.Logger
	routes      []Route
	buffers     sync.Pool
	packers     sync.Pool    // *gzip.Writer
	seed        maphash.Seed // of ETags, which end with the process; those of pages do not
	boot        string       // begins each request's id
	served      atomic.Uint64
	live        *live
	limits      *limits
	crowding    crowding
	guards      guards
	ownBackups  sync.Map // *rate.Limiter by the streamer's id
	crossOrigin http.CrossOriginProtection
	kickApp     *kickapp.App // nil: streamers cannot sign in with Kick
	metrics     *metrics.Metrics
	unrouted    *routeFigures // of requests that no route fits
	build       metrics.Build
	made        time.Time
	spec        func() []byte // the document of all routes, made when it is first asked for
}

// New makes a Server of an installation. It panics on a route that cannot be served, which
// is a mistake in the program.
func New(ds Installation, o Options) *Server {
	var boot [4]byte
	_, _ = rand.Read(boot[:]) // never fails
	s := &Server{ds: ds, kickApp: o.KickLogin.App, log: o.Log, seed: maphash.MakeSeed(), boot: hex.EncodeToString(boot[:]) + "-"}
	s.live, s.limits = newLive(s), newLimits(o.Limits)
	s.crowding.most = int64(o.Limits.AtOnce)
	s.buffers.New = func() any { return new(buffer) }
	for _, table := range [][]Route{
		healthRoutes(), specRoutes(), pageRoutes(), loginRoutes(), leaderboardRoutes(), shownRoutes(), userRoutes(), oldUserRoutes(), pointRoutes(), profileRoutes(),
		powerupRoutes(), dropRoutes(), settingRoutes(), layoutRoutes(), tipRoutes(), goalRoutes(), keyRoutes(),
		signInRoutes(), tokenRoutes(), uploadRoutes(), privacyRoutes(), statusRoutes(), commandRoutes(), liveRoutes(), alertRoutes(), activityRoutes(),
		doctorRoutes(), metricRoutes(),
		migrationRoutes(),
		streamerRoutes(), adminKeyRoutes(), operatorRoutes(o.KickLogin.App), auditRoutes(), exportRoutes(), backupCareRoutes(), jobRoutes(), kickRoutes(kick.New(o.Kick)), kickLoginRoutes(o.KickLogin), o.Operations,
		backupRoutes(), restoreRoutes(),
	} {
		s.routes = append(s.routes, table...)
	}
	for i := range s.routes {
		s.routes[i].figures = newRouteFigures()
	}
	s.unrouted, s.build, s.made = newRouteFigures(), thisBuild(), time.Now()
	s.metrics = metrics.New(s.figures)
	s.spec = sync.OnceValue(s.document)
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
	server := &http.Server{
		Handler:           s.Handler(),
		ErrorLog:          log.New(s.log.With().Str("level", "warn").Logger(), "", 0),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
	server.RegisterOnShutdown(s.Close) // followers would not end by themselves
	return server
}

// Close ends those who follow a channel. Other requests go on.
func (s *Server) Close() { s.live.close() }
