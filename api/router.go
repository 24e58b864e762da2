package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// face is how one side sees the server. It asks mux which endpoint a request is for and
// hands the variables over itself: mux.Router would copy the request twice to carry them.
type face struct{ mux *mux.Router }

func (f face) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m mux.RouteMatch
	f.mux.Match(r, &m) // what fits nothing has the NotFoundHandler
	m.Handler.(*endpoint).serve(w, r, m.Vars)
}

// router makes the mux of one face. Paths are matched still encoded, so that a user's name
// may hold a slash, and are not cleaned, so that it may be two dots.
func (s *Server) router(trusted bool) http.Handler {
	m := mux.NewRouter()
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
			m.NewRoute().MatcherFunc(matcher(r.Path)).Handler(e)
		}
		e.add(r)
	}
	m.NotFoundHandler = &endpoint{server: s, path: "none"}
	return face{m}
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
		if m.answersHead() {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	e.allow = strings.Join(names, ", ")
}

func (e *endpoint) find(method string) *Route {
	for _, r := range e.methods {
		if r.Method == method || method == http.MethodHead && r.answersHead() {
			return r
		}
	}
	return nil
}

// answersHead: the server leaves the body of a GET away.
func (r *Route) answersHead() bool {
	return r.Method == http.MethodGet && !r.Effects && !r.Follows && !r.lines
}

// ServeHTTP makes an endpoint what mux takes; variables come with serve only.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.serve(w, r, nil) }

func (e *endpoint) serve(w http.ResponseWriter, r *http.Request, variables map[string]string) {
	c := e.server.begin(e, w, r)
	c.variables = variables
	defer c.end()
	switch c.route = e.find(r.Method); {
	case len(e.methods) == 0:
		c.refuse(errNothingHere)
	case c.route == nil && c.preflight(e):
	case c.route == nil:
		c.w.Header().Set("Allow", e.allow)
		c.refuse(errMethod)
	default:
		if c.route.shared() {
			c.share()
		}
		c.serve()
	}
}
