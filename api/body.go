package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"

	"streamvault/shard/tenant"
)

// readBody reads a JSON body, not more of it than the route takes.
func (c *call) readBody() ([]byte, error) {
	if !isJSON(c.r.Header) {
		return nil, errNotJSON
	}
	return c.readAll()
}

// readAll reads a body of any kind.
func (c *call) readAll() ([]byte, error) {
	most := c.route.MaxBody
	if most == 0 {
		most = defaultBody
	}
	if c.r.ContentLength > most {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, most))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errBodyTimeout
	case err != nil:
		return nil, &tenant.InvalidError{Field: "body", Problem: "ended before all of it had arrived"}
	case len(body) == 0:
		return nil, &tenant.InvalidError{Field: "body", Problem: "is missing"}
	}
	return body, nil
}

// isJSON looks at what the caller says of the body, if he says anything. What curl -d says
// of every body, a form, counts as nothing: whoever sends a form anyway learns that it is
// not JSON.
func isJSON(h http.Header) bool {
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return false
	}
	if len(h["Content-Type"]) > 1 || len(h["Content-Encoding"]) > 1 {
		return false // whoever comes between may believe the other one
	}
	sent := h.Get("Content-Type")
	if sent == "" || sent == "application/json" {
		return true
	}
	kind, params, err := mime.ParseMediaType(sent)
	if err != nil || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return false
	}
	return kind == "application/json" || kind == "application/x-www-form-urlencoded" ||
		strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}
