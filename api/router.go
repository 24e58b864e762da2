package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// channelPattern is what a streamer is called in a path, on every route. The segment is
// matched as it was sent: an encoded NUL or newline is no such character.
const channelPattern = "[A-Za-z0-9_-]{1,32}"

// patterns of the variables of a path, as far as they are narrower than one segment.
var patterns = strings.NewReplacer("{channel}", "{channel:"+channelPattern+"}", "{name}", "{name:"+channelPattern+"}")

// router makes the mux of one face. Paths are matched still encoded, so that a user's name
// may hold a slash, and are not cleaned, so that it may be two dots.
func (s *Server) router(trusted bool) http.Handler {
	m := mux.NewRouter().UseEncodedPath().SkipClean(true)
	ends := map[string]*endpoint{}
	for i := range s.routes {
		r := &s.routes[i]
		if r.Local && !trusted {
			continue
		}
		e := ends[r.Path]
		if e == nil {
			e = &endpoint{server: s, path: r.Path, trusted: trusted}
			ends[r.Path] = e
			m.NewRoute().MatcherFunc(literals(r.Path)).Path(patterns.Replace(r.Path)).Handler(e)
		}
		e.add(r)
	}
	m.NotFoundHandler = &endpoint{server: s, path: "none"}
	return m
}

// literals compares the fixed segments of a path before its regular expression is tried,
// which costs a hundred times as much.
func literals(template string) mux.MatcherFunc {
	want := strings.Split(template, "/")[1:]
	return func(r *http.Request, _ *mux.RouteMatch) bool {
		rest := r.URL.RawPath
		if rest == "" {
			rest = r.URL.Path
		}
		for _, segment := range want {
			if rest == "" || rest[0] != '/' {
				return false
			}
			end := strings.IndexByte(rest[1:], '/') + 1
			if end == 0 {
				end = len(rest)
			}
			if !strings.HasPrefix(segment, "{") && segment != rest[1:end] {
				return false
			}
			rest = rest[end:]
		}
		return rest == ""
	}
}

// endpoint is everything that one path answers to.
type endpoint struct {
	server  *Server
	path    string // template
	trusted bool
	methods []*Route // a handful; searched in order
	allow   string
}

func (e *endpoint) add(r *Route) {
	if e.find(r.Method) != nil {
		panic("two routes for " + r.Method + " " + r.Path)
	}
	e.methods = append(e.methods, r)
	var names []string
	for _, m := range e.methods {
		names = append(names, m.Method)
		if m.Method == http.MethodGet {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	e.allow = strings.Join(names, ", ")
}

func (e *endpoint) find(method string) *Route {
	if method == http.MethodHead {
		method = http.MethodGet // the server leaves the body away
	}
	for _, r := range e.methods {
		if r.Method == method {
			return r
		}
	}
	return nil
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := e.server.begin(e, w, r)
	defer c.end()
	switch c.route = e.find(r.Method); {
	case len(e.methods) == 0:
		c.refuse(errNothingHere)
	case c.route == nil:
		c.w.Header().Set("Allow", e.allow)
		c.refuse(errMethod)
	default:
		c.serve()
	}
}
