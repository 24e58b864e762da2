package api

import (
	flags "flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

var (
	long = flags.Bool("long", false, "send hundreds of requests to each operation, not a few")
	seed = flags.Uint64("seed", 0, "of what is drawn from the document; 0 draws one")
)

// refusedAllTheSame are requests that the document allows, and that are refused with a 400 or 422
// for what only the data can tell, or that need something nobody can draw.
var refusedAllTheSame = map[string]string{
	"POST /{channel}/api/powerups/{username}/buy": "what is not on sale is a 400, as in the old app",
	"POST /{channel}/api/upload/{username}":       "random bytes are no picture",
	"PUT /{channel}/api/admin/settings":           "a few settings take a JSON object only",
	"POST /api/streamers/{name}/restore":          "a backup may be the registry's, or another streamer's",
	"POST /api/migrations":                        "only names a streamer",
}

// disabled are operations that this server has not been told enough to do: they answer 503
// before they look at what was sent.
var disabled = map[string]bool{"GET /callback": true, "GET /login/kick": true, "POST /webhooks/kick": true}

// TestServedAsPromised sends to every operation, as every caller, what its document
// allows, just allows, just forbids and forbids altogether, and holds every answer to it: the
// status is documented, the type and the body are those of the status, what is allowed is not
// called invalid, what is forbidden is refused, and nothing is ever a 500.
func TestServedAsPromised(t *testing.T) {
	t.Parallel()
	from := *seed
	if from == 0 {
		from = rand.Uint64()
	}
	t.Logf("drawn from -seed=%d", from)
	h, d := newFuzzed(t)
	for i, r := range h.server.Routes() {
		if r.Local || r.Path == "/assets/{file}" {
			continue
		}
		t.Run(name(r), func(t *testing.T) {
			h, d := h, d
			if *long {
				h, d = newFuzzed(t) // what is drawn would fill one
			}
			at := *d
			at.TB = t
			o := at.at("paths", r.Path, strings.ToLower(r.Method)).(schema)
			f := fuzzer{house: h.in(t), drawer: drawer{&at, rand.New(rand.NewPCG(from, uint64(i)))}, route: r, operation: o}
			f.rounds()
		})
	}
}

func newFuzzed(t *testing.T) (*house, *document) {
	t.Helper()
	h := newHouse(t)
	h.give(h.alice, "viewer", 1_000)
	return h, h.document()
}

// fuzzer sends to one operation.
type fuzzer struct {
	*house
	drawer
	route     Route
	operation schema
	known     []string // variables of the path and what is there, in turns
	victim    *registry.Streamer
}

func (f *fuzzer) rounds() {
	few, many := 4, 1
	if *long {
		few, many = 300, 10
	}
	keys := f.callers()
	for range few {
		f.sendGood(keys[0])
	}
	for _, key := range keys[1:] {
		f.sendGood(key)
	}
	for range many {
		if disabled[name(f.route)] {
			break
		}
		f.sendBadBodies(keys[0])
		f.sendBadParameters(keys[0])
	}
	f.sendOddKinds(keys[0])
	f.sendOtherMethods(keys[0])
}

// callers are keys that may call the operation, the first, and all others.
func (f *fuzzer) callers() []string {
	mine := map[Who]string{Anyone: "", Overlay: f.overlayKey, Viewer: f.session(f.alice, "viewer"), Owner: f.aliceKey, Admin: f.adminKey}[f.route.Who]
	return []string{mine, f.adminKey, f.aliceKey, f.overlayKey, f.session(f.alice, "other"), f.bobKey, "garbage", "sv_owner_" + strings.Repeat("A", 43), ""}
}

// sendGood sends what the document allows.
func (f *fuzzer) sendGood(key string) {
	f.house.Helper()
	body := ""
	if s := f.bodySchema(); s != nil {
		body = f.good(s)
	}
	path := f.path("", "")
	got := f.house.ask(f.route.Method, path, key, body, f.headers("", "")...)
	f.conforms(f.route, got)
	if refusedAllTheSame[name(f.route)] == "" {
		require.NotContains(f.house, []int{400, 413, 415, 422}, got.status, "%s %s %s: %s", f.route.Method, path, body, got.body)
	}
}

// another is a streamer whom nobody else needs, made anew when the last one is not what he was.
func (f *fuzzer) another() string {
	f.house.Helper()
	if f.victim != nil {
		now, err := f.store.Streamer(f.house.Context(), f.victim.ID)
		if err == nil && now.State == registry.Active && now.Username == f.victim.Username {
			return now.Username
		}
	}
	f.victim, _ = f.streamer(fmt.Sprint("victim", f.serial.Add(1)))
	return f.victim.Username
}

func (f *fuzzer) bodySchema() schema {
	body, _ := f.operation["requestBody"].(schema)
	content, _ := body["content"].(schema)
	json, _ := content["application/json"].(schema)
	s, _ := json["schema"].(schema)
	return s
}

func (f *fuzzer) sendBadBodies(key string) {
	f.house.Helper()
	if f.bodySchema() == nil || disabled[name(f.route)] {
		return
	}
	for _, flaw := range f.badBodies(f.bodySchema()) {
		if flaw.value == "" && f.route.Bare {
			continue
		}
		got := f.house.ask(f.route.Method, f.path("", ""), key, flaw.value)
		f.refuses(got, flaw.why, flaw.value)
	}
}

func (f *fuzzer) refuses(got reply, why, sent string) {
	f.house.Helper()
	f.conforms(f.route, got)
	require.Contains(f.house, []int{400, 404, 413, 415}, got.status, "%s: %s: %.300s: %s", name(f.route), why, sent, got.body)
	require.NotContains(f.house, got.body, "nobodysField\":1", "what was sent is not repeated")
}

// sendOddKinds sends bodies that are not said to be JSON.
func (f *fuzzer) sendOddKinds(key string) {
	f.house.Helper()
	if f.bodySchema() == nil || disabled[name(f.route)] {
		return
	}
	for _, kind := range []string{"text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "nonsense", "application/octet-stream"} {
		if f.at("paths", f.route.Path, strings.ToLower(f.route.Method), "requestBody", "content").(schema)[kind] != nil {
			continue // it is taken here
		}
		got := f.house.ask(f.route.Method, f.path("", ""), key, f.good(f.bodySchema()), "Content-Type", kind)
		f.refuses(got, "of type "+kind, "")
	}
	got := f.house.ask(f.route.Method, f.path("", ""), key, f.good(f.bodySchema()), "Content-Encoding", "gzip")
	f.refuses(got, "packed", "")
}

// sendOtherMethods: what the document has no operation for is a 405 that says what there is.
func (f *fuzzer) sendOtherMethods(key string) {
	f.house.Helper()
	methods := f.at("paths", f.route.Path).(schema)
	for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
		if methods[strings.ToLower(m)] != nil {
			continue
		}
		got := f.house.ask(m, f.path("", ""), key, "")
		got.problem(405, "method_not_allowed")
		for one := range methods {
			require.Contains(f.house, got.header.Get("Allow"), strings.ToUpper(one))
		}
	}
	_, read := methods["get"]
	head := f.house.ask(http.MethodHead, f.path("", ""), key, "")
	require.Empty(f.house, head.body)
	require.Equal(f.house, read && strings.Contains(f.house.ask("TRACE", f.path("", ""), key, "").header.Get("Allow"), "HEAD"), head.status != 405)
}
