package api

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// spec is the document as a reader sees it.
type spec struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct{ Schemas, Responses map[string]json.RawMessage }
}

type operation struct {
	OperationID string
	Summary     string
	Parameters  []struct {
		Name, In string
		Required bool
	}
	RequestBody json.RawMessage
	Responses   map[string]json.RawMessage
}

func (h *house) spec() (s spec, body string) {
	h.Helper()
	r := h.ask("GET", "/openapi.json", "", "").ok(200, &s)
	return s, r.body
}

func TestTheDocumentHasEveryRouteAndNothingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s, _ := h.spec()
	require.Regexp(t, `^3\.1\.`, s.OpenAPI)
	want := map[string]bool{}
	for _, r := range h.server.Routes() {
		if !r.Local {
			want[r.Method+" "+r.Path] = true
		}
	}
	got, ids := map[string]bool{}, map[string]bool{}
	for path, methods := range s.Paths {
		for method, o := range methods {
			got[strings.ToUpper(method)+" "+path] = true
			require.False(t, ids[o.OperationID], "%s is there twice", o.OperationID)
			ids[o.OperationID] = true
			require.NotEmpty(t, o.Summary)
			declared := map[string]bool{}
			for _, p := range o.Parameters {
				declared[p.In+" "+p.Name] = true
				require.Equal(t, p.In == "path", p.Required)
			}
			for _, v := range regexp.MustCompile(`{(\w+)}`).FindAllStringSubmatch(path, -1) {
				require.True(t, declared["path "+v[1]], "%s %s does not declare %s", method, path, v[1])
			}
		}
	}
	require.Equal(t, want, got)
}

func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	t.Parallel()
	s, body := newHouse(t).spec()
	refs := regexp.MustCompile(`"\$ref":"([^"]+)"`).FindAllStringSubmatch(body, -1)
	require.NotEmpty(t, refs)
	for _, ref := range refs {
		kind, name, _ := strings.Cut(strings.TrimPrefix(ref[1], "#/components/"), "/")
		require.Contains(t, map[string]map[string]json.RawMessage{"schemas": s.Components.Schemas, "responses": s.Components.Responses}[kind], name)
	}
	require.Contains(t, string(s.Components.Schemas["Rank"]), `"channel and drop points together"`, "fields carry their comments")
	require.Contains(t, body, "points, negative to take them", "those of bodies too")
	require.Contains(t, string(s.Components.Schemas["GoalFieldsRequest"]), `"maximum":1000000000000`, "and their ranges")
}

// Headers that change what is answered are parameters of the operations that heed them.
func TestHeadersAreDocumentedWhereTheyCount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s, _ := h.spec()
	for _, r := range h.server.Routes() {
		if r.Local {
			continue
		}
		declared := map[string]bool{}
		for _, p := range s.Paths[r.Path][strings.ToLower(r.Method)].Parameters {
			if p.In == "header" {
				declared[p.Name] = true
			}
		}
		want := map[string]bool{}
		for header, counts := range map[string]bool{
			"If-None-Match": r.ETag, "If-Match": r.guard != nil, "Last-Event-ID": strings.HasSuffix(r.Path, "/api/events"),
			"Idempotency-Key": movesPoints[name(r)],
		} {
			if counts {
				want[header] = true
			}
		}
		require.Equal(t, want, declared, name(r))
	}
	require.JSONEq(t, `{"description":"A WebSocket: the same messages, each a text of JSON","headers":{"Upgrade":{"description":"websocket","schema":{"type":"string"}}}}`,
		string(s.Paths["/{channel}/api/events"]["get"].Responses["101"]))
	require.Contains(t, string(s.Paths["/{channel}/api/events"]["get"].Responses["200"]), `"text/event-stream"`)
}

var movesPoints = map[string]bool{"POST /{channel}/api/points/{username}": true, "POST /{channel}/api/dropgame/score": true,
	"POST /{channel}/api/powerups/{username}/buy": true}
