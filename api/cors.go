package api

import (
	"net/http"
	"slices"
	"strings"
)

// Pages of other sites may call what overlays and viewers call: a key or a session is in the
// header that they set, or in the address. Cookies never come along, for the origin is
// answered with "*", and so nobody acts for a streamer who is signed in.

var (
	anyOrigin      = []string{"*"}
	exposed        = []string{"ETag, Retry-After, X-Request-Id"}
	allowedHeaders = []string{"Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID"}
	preflightAge   = []string{"7200"} // seconds; browsers keep it no longer
)

// shared says whether pages of other sites may call the route.
func (r *Route) shared() bool { return r.Who <= Viewer && strings.HasPrefix(r.Path, "/{channel}/api/") }

// share lets a page of another site read the answer.
func (c *call) share() {
	h := c.w.Header()
	h["Access-Control-Allow-Origin"], h["Access-Control-Expose-Headers"] = anyOrigin, exposed
}

// preflight answers a browser that asks on behalf of such a page what it may send. Other
// requests of the method OPTIONS are no such question.
func (c *call) preflight(e *endpoint) bool {
	wanted := c.r.Header.Get("Access-Control-Request-Method")
	if c.r.Method != http.MethodOptions || wanted == "" || c.r.Header.Get("Origin") == "" {
		return false
	}
	if r := e.find(wanted); r == nil || !r.shared() {
		return false
	}
	c.share()
	h := c.w.Header()
	h["Access-Control-Allow-Methods"], h["Access-Control-Allow-Headers"] = []string{strings.Join(e.sharedMethods(), ", ")}, allowedHeaders
	h["Access-Control-Max-Age"] = preflightAge
	c.send(http.StatusNoContent, "", nil)
	return true
}

func (e *endpoint) sharedMethods() (names []string) {
	for _, r := range e.methods {
		if r.shared() {
			names = append(names, r.Method)
		}
	}
	slices.Sort(names)
	return names
}
