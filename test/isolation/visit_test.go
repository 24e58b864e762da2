package isolation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/api"
	"streamvault/shard/scope"
)

// TestRequestsOfManyStreamers is TestOperationsOfManyStreamers over HTTP, with the owner's
// keys. Besides, everybody tries his key on others' channels: every route of the table that
// wants a key has to answer as if there were no such channel.
func TestRequestsOfManyStreamers(t *testing.T) {
	t.Parallel()
	size := size{streamers: 8, open: 3, operations: 800, sittings: 2}
	if *long {
		size = longVisits
	}
	g := newGame(t, size)
	for _, p := range g.players {
		keys, err := g.store.Keys(t.Context(), p.id, 0, 10)
		require.NoError(t, err)
		p.keyID = keys[0].ID
	}
	start := time.Now()
	for range size.sittings {
		g.serve(t)
		g.sitting(t, size.operations/size.sittings, (*player).request)
		g.reopen(t)
	}
	for _, p := range g.players {
		p.settle(t)
	}
	t.Logf("%d requests to %d streamers, %d open, in %v", g.played.Load(), size.streamers, size.open, time.Since(start))
}

var longVisits = size{streamers: 50, open: 5, operations: 20_000, sittings: 10}

// front is the API of a game, for one sitting.
type front struct {
	handler http.Handler
	nothing string // the answer where there is nothing
	closed  []api.Route
}

// serve puts the API in front of the store.
func (g *game) serve(t *testing.T) {
	server := api.New(g.store, api.Options{})
	t.Cleanup(server.Close)
	g.front = &front{handler: server.Handler()}
	for _, r := range server.Routes() {
		if r.OnChannel() && r.Who != api.Anyone {
			g.front.closed = append(g.front.closed, r)
		}
	}
	status, body := g.front.ask(t.Context(), question{http.MethodGet, "/nobody/api/users", "", ""}, g.players[0].key)
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, body, `"not_found"`)
	g.front.nothing = body
}

// question is a request without the one who makes it.
type question struct{ method, path, body, onceKey string }

func (s *front) ask(ctx context.Context, q question, key string) (status int, body string) {
	r := httptest.NewRequestWithContext(ctx, q.method, q.path, strings.NewReader(q.body))
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if q.onceKey != "" {
		r.Header.Set("Idempotency-Key", q.onceKey)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

var visitNames = slices.Sorted(maps.Keys(visits))

// request is one move over HTTP: on his own channel as the model foretells, or where he has
// no business.
func (p *player) request(ctx context.Context) {
	switch n := p.draw.IntN(60); {
	case n == 0:
		p.moving = "himself"
		p.changeHimself(ctx)
	case n < 15:
		p.trespass(ctx)
	case n < 18:
		p.moving = "another's key"
		p.said = append(p.said, fmt.Sprint(p.keyOf(p.stranger())))
		method, path := http.MethodDelete, "keys/"+p.said[0]
		if p.one(2) {
			method, path = http.MethodPost, path+"/rotate"
		}
		p.nothing(p.ask(ctx, question{method, "/" + p.name + "/api/" + path, "", ""}))
	default:
		p.moving = visitNames[p.draw.IntN(len(visitNames))]
		visits[p.moving](p, ctx)
	}
}

func (p *player) keyOf(id scope.StreamerID) int64 {
	for _, other := range p.game.players {
		if other.id == id {
			return other.keyID
		}
	}
	return 0
}

// ask asks with his own key and looks through the answer.
func (p *player) ask(ctx context.Context, q question) (status int, body string) {
	status, body = p.game.front.ask(ctx, q, p.key)
	clean := body
	for _, s := range p.said {
		clean = strings.ReplaceAll(clean, s, "")
	}
	require.Empty(p, strangersIn(p.id, clean), "%s %s: %s", q.method, q.path, body)
	return status, body
}

// nothing is an answer word for word as where there is nothing. While he is suspended, a
// write is refused before anything is looked up.
func (p *player) nothing(status int, body string) {
	if p.held && status == http.StatusForbidden {
		require.Contains(p, body, `"suspended"`)
		return
	}
	require.Equal(p, http.StatusNotFound, status, body)
	require.Equal(p, p.game.front.nothing, body)
}

// trespass takes any route to another's channel, with his own key or with none, an id that
// may be anybody's, and a body that may be none.
func (p *player) trespass(ctx context.Context) {
	route := p.game.front.closed[p.draw.IntN(len(p.game.front.closed))]
	p.moving = "trespass " + route.Method + " " + route.Path
	victim, err := p.game.store.Streamer(ctx, p.stranger())
	require.NoError(p, err)
	path := strings.NewReplacer("{channel}", victim.Username, "{id}", fmt.Sprint(p.row("users")), "{username}", p.others("-viewer-1")).Replace(route.Path)
	path = strings.NewReplacer("{", "", "}", "").Replace(path)
	q := question{route.Method, path, []string{"", "{}", "not json", `{"username":"` + mark(p.id) + `"}`}[p.draw.IntN(4)], ""}
	if p.one(4) {
		status, body := p.game.front.ask(ctx, q, "")
		require.Equal(p, http.StatusUnauthorized, status, body)
		require.Empty(p, marks.FindString(body))
		return
	}
	status, body := p.game.front.ask(ctx, q, p.key)
	require.Equal(p, http.StatusNotFound, status, body)
	require.Equal(p, p.game.front.nothing, body)
}

// foretold asks on his own channel and compares with what the model answers: the kind of
// error, or the whole of the answer.
func (p *player) foretold(ctx context.Context, q question, call func() (any, error)) {
	q.path = "/" + p.name + "/api/" + q.path
	status, body := p.ask(ctx, q)
	if p.held && q.method != http.MethodGet {
		require.Equal(p, http.StatusForbidden, status, body)
		require.Contains(p, body, `"reason":"`+mark(p.id)+` paused"`)
		return
	}
	want, err := call()
	if v := verdict(err); v == "not found" {
		p.nothing(status, body)
		return
	} else if err != nil {
		require.Equal(p, refusals[strings.Fields(v)[0]], fmt.Sprint(status, " ", codeOf(p, body)), v)
		return
	}
	require.Equal(p, 2, status/100, body)
	if want == nil {
		require.Empty(p, body)
		return
	}
	wanted, err := json.Marshal(want)
	require.NoError(p, err)
	require.JSONEq(p, string(wanted), body)
}

// refusals are statuses and codes by the first word of a verdict.
var refusals = map[string]string{
	"invalid": "400 invalid_request", "out": "409 conflict", "conflict": "409 conflict",
	"costs": "409 insufficient_points", "key": "409 idempotency_key_reused",
}

func codeOf(t require.TestingT, body string) string {
	var problem struct{ Code string }
	require.NoError(t, json.Unmarshal([]byte(body), &problem), body)
	return problem.Code
}

// unforetold are the routes of a channel that no visit has, and why. Trespassers go there too.
var unforetold = map[string]string{
	"DELETE admin/dropgame": "clears what is not kept here", "GET commands": "the same for every channel", "GET dropgame/config": "another form of admin/dropgame",
	"DELETE session":           "a viewer's own; EndSession is played at the DataStore",
	"GET /{channel}/dashboard": "a page: the same file for everybody, like the overlay's", "GET /{channel}/overlay": "", "GET /{channel}/overlay/{layout}": "",
	"POST events/test": "SetLastEvent is played at the DataStore",
	"GET keys":         "the registry's, like those below; ids of others are tried in request",
	"POST keys":        "", "DELETE keys/{id}": "", "POST keys/{id}/rotate": "",
	"GET backups": "whole files, which a model of rows does not foretell: api and test/hostile hold them against their streamer", "POST admin/backup": "", "POST restore": "",
	"GET admin/export": "", "GET audit": "the registry's; api holds it against its streamer",
}

// TestEveryRouteIsVisited: a new route is one more visit.
func TestEveryRouteIsVisited(t *testing.T) {
	t.Parallel()
	for _, r := range api.New(nil, api.Options{}).Routes() {
		name := r.Method + " " + strings.TrimPrefix(r.Path, "/{channel}/api/")
		if _, known := unforetold[name]; r.OnChannel() && !known {
			require.Contains(t, visits, name, "nobody visits this route")
		}
	}
}
