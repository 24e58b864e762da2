package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"streamvault/shard"
)

// Who may call a route. The control handler's callers may call all of them.
type Who int

// From everybody to the fewest. An owner may do what an overlay and a viewer may on his
// channel, an admin what an owner may on every channel.
const (
	Anyone  Who = iota
	Overlay     // an overlay key, in the header or as ?key=; reads only
	Viewer      // the viewer whose name is in the path
	Owner       // the streamer of the channel
	Admin       // the operator of the installation
)

// String is the word for it in documents.
func (w Who) String() string {
	return [...]string{"anyone", "overlay", "viewer", "owner", "admin"}[w]
}

const (
	// defaultTimeout is how long a request may take once its head has arrived.
	defaultTimeout = 10 * time.Second
	// defaultBody is the most bytes of a body.
	defaultBody = 64 << 10
)

// Route is one line of the table. Method, Path, Who and Summary are always given.
type Route struct {
	Method  string
	Path    string // "/{channel}/api/users/{id}"; one variable is one whole segment
	Who     Who
	Summary string
	About   string        // what the summary has no room for
	Status  int           // of success; 0 is 200, or 204 without output
	ETag    bool          // answers If-None-Match, for what overlays poll
	MaxBody int64         // bytes; 0 is 64 KiB
	Timeout time.Duration // 0 is 10 s, negative is none
	Local   bool          // on the control handler only
	Effects bool          // of a GET: it changes something, so HEAD is not answered
	Follows bool          // of a GET: its answer does not end, so HEAD is not answered
	SignIn  bool          // counted more strictly than others
	Signed  bool          // a provider's: he speaks for many, and is counted apart
	Page    bool          // a browser comes here: what it is refused is a page
	Bare    bool          // the body may be left out
	Always  bool          // of a write: also while the streamer is suspended

	Loopback bool // also without a key, for callers on this machine

	figures *routeFigures // of the requests for it

	guard   guard          // what If-Match is held against
	shape   reflect.Type   // of an answer whose own type says less
	content []string       // types of an answer that is not JSON
	sends   map[string]doc // schemas of a body that the route reads by itself, by type
	lines   bool           // the answer is lines of JSON

	in, out reflect.Type
	plan    *plan
	run     func(*call) error
}

// Input is the type that declares parameters and body; see plan for its tags.
func (r Route) Input() reflect.Type { return r.in }

// Output is the type of the answer, Nothing for none.
func (r Route) Output() reflect.Type { return r.out }

// Writes says that a call may change something.
func (r Route) Writes() bool { return r.Method != http.MethodGet || r.Effects }

// OnChannel says that the route belongs to one streamer.
func (r Route) OnChannel() bool { return strings.HasPrefix(r.Path, "/{channel}/") }

// Nothing is the output of a route that answers 204.
type Nothing struct{}

// None is the input of a route that takes neither parameters nor a body.
type None struct{}

// onTenant makes a route of a channel. Its handler sees the streamer's data in the role R.
func onTenant[R, In, Out any](r Route, handle func(context.Context, R, *In) (Out, error)) Route {
	mustHave[shard.TenantStore, R](r)
	return complete(r, func(c *call, in *In) (Out, error) {
		return handle(c.ctx, any(c.server.ds.Tenant(c.streamer.ID)).(R), in)
	})
}

// onKeyring makes a route of a channel whose handler sees the streamer's keys.
func onKeyring[In, Out any](r Route, handle func(context.Context, keyring, *In) (Out, error)) Route {
	return complete(r, func(c *call, in *In) (Out, error) {
		return handle(c.ctx, keyring{c.server.ds, c.streamer, c.caller.Actor}, in)
	})
}

// desk is what a handler of the installation works with.
type desk[R any] struct {
	store  R
	caller Caller
}

// onInstallation makes a route that belongs to no channel. Its handler sees the
// installation in the role R.
func onInstallation[R, In, Out any](r Route, handle func(context.Context, desk[R], *In) (Out, error)) Route {
	mustHave[Installation, R](r)
	return complete(r, func(c *call, in *In) (Out, error) {
		return handle(c.ctx, desk[R]{any(c.server.ds).(R), c.caller}, in)
	})
}

// complete compiles the input and turns a typed handler into one of the router's.
func complete[In, Out any](r Route, handle func(*call, *In) (Out, error)) Route {
	r = declare[In, Out](r)
	_, pictures := any(new(Out)).(pictured)
	r.run = func(c *call) error {
		in := new(In)
		if err := c.bind(in); err != nil {
			return err
		}
		if c.timeout() > longest { // the server takes a read that times out for a caller who is gone
			_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{})
		}
		var out Out
		err := c.guarded(func() (err error) {
			out, err = handle(c, in)
			return err
		})
		if err != nil {
			return err
		}
		if pictures && c.streamer != nil {
			any(&out).(pictured).moveTo(c.streamer)
		}
		return c.answer(out)
	}
	return r
}

func declare[In, Out any](r Route) Route {
	r.in, r.out = reflect.TypeFor[In](), reflect.TypeFor[Out]()
	r.plan = newPlan(r, r.in)
	switch {
	case r.Status != 0:
	case r.out == reflect.TypeFor[Nothing]():
		r.Status = http.StatusNoContent
	default:
		r.Status = http.StatusOK
	}
	return r
}

// mustHave stops the program at start when a handler wants a role that is not there.
func mustHave[All, Role any](r Route) {
	all, role := reflect.TypeFor[All](), reflect.TypeFor[Role]()
	if role.Kind() != reflect.Interface || !all.Implements(role) {
		panic(fmt.Sprintf("%s %s: %v does not have the role %v", r.Method, r.Path, all, role))
	}
}
