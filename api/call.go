package api

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"streamvault/registry"
)

// call is one request under way, on one goroutine.
type call struct {
	server    *Server
	w         http.ResponseWriter
	r         *http.Request
	ctx       context.Context
	path      string            // template
	variables map[string]string // of the path, encoded
	trusted   bool              // came through the control handler
	route     *Route            // nil when no route fits
	streamer  *registry.Streamer
	caller    Caller
	id        string
	started   time.Time
	address   netip.Addr // of the caller, for limits
	counted   bool       // against the limits: to look again whether he may go on is no request
	status    int        // 0 until an answer has begun
	bytes     int64      // of the answer's body
	cause     error      // of an answer of 500 and above
}

// Values of headers that never change. They are shared between answers, which only set them.
var (
	nosniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noContent  = []string{"default-src 'none'; frame-ancestors 'none'"}
	noStore    = []string{"no-store"}
	noCache    = []string{"no-cache"} // kept, but asked for anew each time
	forever    = []string{"public, max-age=31536000, immutable"}
	sandbox    = []string{"default-src 'none'; sandbox"}
)

func (s *Server) begin(e *endpoint, w http.ResponseWriter, r *http.Request) *call {
	c := &call{server: s, w: w, r: r, ctx: r.Context(), path: e.path, trusted: e.trusted, started: time.Now()}
	c.id = s.boot + strconv.FormatUint(s.served.Add(1), 36)
	h := w.Header()
	h["X-Content-Type-Options"] = nosniff
	h["Referrer-Policy"] = noReferrer
	h["Content-Security-Policy"] = noContent
	h["Cache-Control"] = noStore
	h["X-Request-Id"] = []string{c.id}
	return c
}

// serve takes a call through its stations; the first that fails answers it.
func (c *call) serve() {
	if t := c.timeout(); t > 0 {
		if t > longest {
			_ = http.NewResponseController(c.w).SetWriteDeadline(c.started.Add(t + lineTimeout))
		}
		ctx, cancel := context.WithTimeout(c.ctx, t)
		defer cancel()
		c.ctx = ctx
	}
	if err := c.limit(); err != nil {
		c.refuse(err)
		return
	}
	if err := c.admit(); err != nil {
		c.refuse(err)
		return
	}
	if err := c.crowd(); err != nil {
		c.refuse(err)
	}
}

// longest is what the HTTP server gives a request by itself, with some to spare.
const longest = 30 * time.Second

func (c *call) timeout() time.Duration {
	if c.route.Timeout != 0 {
		return c.route.Timeout
	}
	return defaultTimeout
}

// variable is a segment of the path, decoded. One that was not encoded properly is left as
// it came and found to be no text.
func (c *call) variable(name string) (string, error) { return segment(c.variables[name]) }

// end survives a panic of the handler and writes the line of the log.
func (c *call) end() {
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler { //nolint:errorlint // compared as net/http does
			c.count()
			c.log()
			panic(p)
		}
		c.panicked(p)
	}
	c.count()
	c.log()
}

func (c *call) panicked(p any) {
	c.server.log.Error().Str("request_id", c.id).Interface("panic", p).Bytes("stack", debug.Stack()).Msg("panic")
	if c.status == 0 {
		c.refuse(errPanic)
	}
}

var errPanic = errors.New("the handler panicked")

// log writes one line. Nothing of the address is in it: a key may be there.
func (c *call) log() {
	e := c.server.log.WithLevel(c.level())
	if e == nil {
		return
	}
	e.Str("request_id", c.id).Str("method", c.method()).Str("route", c.path).Int("status", c.status).
		Int64("bytes", c.bytes).Dur("ms", time.Since(c.started))
	if c.streamer != nil {
		e.Str("channel", c.streamer.Username)
	}
	if c.caller.Actor != "" {
		e.Str("caller", c.caller.Actor)
	}
	e.AnErr("cause", c.cause).Msg("request")
}

func (c *call) level() zerolog.Level {
	switch {
	case c.status == http.StatusInternalServerError:
		return zerolog.ErrorLevel
	case c.status > http.StatusInternalServerError:
		return zerolog.WarnLevel
	}
	if c.path == assetPath && c.status < http.StatusBadRequest {
		return zerolog.DebugLevel // a page has many
	}
	return zerolog.InfoLevel
}

// method is the request's method if it is one that the server knows.
func (c *call) method() string {
	switch c.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return c.r.Method
	}
	return "other"
}
