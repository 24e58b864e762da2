package api

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"streamvault/registry"
)

// Problem is an error as callers see it (RFC 9457), with a code to program against.
type Problem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
	Price   *int64 `json:"price,omitempty"`   // of insufficient_points
	Balance *int64 `json:"balance,omitempty"` // of insufficient_points
	Reason  string `json:"reason,omitempty"`  // of suspended
}

// Error makes a Problem an error that is answered as it is.
func (p *Problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

// NewProblem makes the error of an operation that knows best what to answer. The code is
// stable, the detail one sentence for people.
func NewProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// Answers that are the same for everybody, so that nothing can be told from them.
var (
	errNothingHere  = NewProblem(http.StatusNotFound, "not_found", "There is nothing here.")
	errNoStreamer   = NewProblem(http.StatusNotFound, "streamer_not_found", "There is no streamer of this name.")
	errMethod       = NewProblem(http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take this method; Allow says which it takes.")
	errUnauthorized = NewProblem(http.StatusUnauthorized, "unauthorized", "This takes a valid key: Authorization: Bearer sv_...")
	errForbidden    = NewProblem(http.StatusForbidden, "forbidden", "This key may not do that.")
	errInternal     = NewProblem(http.StatusInternalServerError, "internal", "Something went wrong here. The log has it under the X-Request-Id of this answer.")
	errTooLarge     = NewProblem(http.StatusRequestEntityTooLarge, "too_large", "The body is larger than this address takes.")
	errNotJSON      = NewProblem(http.StatusUnsupportedMediaType, "unsupported_media_type", "The body must be JSON, as Content-Type: application/json.")
	errBodyTimeout  = NewProblem(http.StatusRequestTimeout, "timeout", "The body did not arrive in time.")
	errTooMany      = NewProblem(http.StatusTooManyRequests, "rate_limited", "Too many requests; Retry-After says in how many seconds the next one is taken.")
	errNotReady     = NewProblem(http.StatusServiceUnavailable, "not_ready", "The installation does not answer.")
	errNoRoom       = NewProblem(http.StatusServiceUnavailable, "not_ready", "The disk is full: reads are served, writes are not.")
)

// orNoStreamer is the answer of the installation's routes to a name that nobody has.
func orNoStreamer(err error) error {
	if errors.Is(err, registry.ErrNotFound) {
		return errNoStreamer
	}
	return err
}

func suspended(s *registry.Streamer) *Problem {
	p := NewProblem(http.StatusForbidden, "suspended", "This channel is suspended; it can be read, not changed.")
	p.Reason = s.StateReason
	return p
}

// refuse answers with the problem that an error stands for.
func (c *call) refuse(err error) {
	p := problemOf(err)
	if p == errInternal && c.trusted {
		p = NewProblem(p.Status, p.Code, err.Error()) // whoever may do anything may know
	}
	if p.Status >= http.StatusInternalServerError {
		c.cause = err
	}
	h := c.w.Header()
	h["Cache-Control"] = noStore
	switch p.Status {
	case http.StatusPermanentRedirect:
		var moved *renamed
		if errors.As(err, &moved) {
			h.Set("Location", moved.location)
		}
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="streamvault"`)
	case http.StatusTooManyRequests:
		var many *tooMany
		if errors.As(err, &many) {
			h.Set("Retry-After", many.seconds())
		}
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", retryAfter(p.Code))
	case http.StatusRequestEntityTooLarge, http.StatusRequestTimeout:
		h.Set("Connection", "close") // what is left of the body is not read
	}
	if c.route != nil && c.route.Page && c.wantsPage() {
		c.refusePage(p)
		return
	}
	b := c.server.buffer()
	defer c.server.release(b)
	if err := b.encode(p); err != nil {
		panic(err) // a Problem is plain data
	}
	c.send(p.Status, "application/problem+json", bytes.TrimSuffix(b.Bytes(), newline))
}

// retryAfter is when a refused call is worth repeating, in seconds.
func retryAfter(code string) string {
	if code == "busy" {
		return "1"
	}
	return "30" // somebody has to do something first
}
