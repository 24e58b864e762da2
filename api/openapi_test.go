package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
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

// Whatever is sent to a route by its own document, the server stands: no fault of its own, and
// every refusal is a problem with a code.
func TestWhatTheDocumentAllowsNeverBreaksTheServer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s, _ := h.spec()
	values := []string{"1", "0", "-1", "9223372036854775807", "1e3", "x", "%00", "%ff", "%2F", "..", "a b", strings.Repeat("z", 400), "J%C3%BCrgen"}
	bodies := []string{``, `{}`, `[]`, `null`, `1`, `{"a":1}`, `{"username":"x"}`, `{"amount":1.5,"source":"chat"}`, `{"amount":-1,"source":"chat"}`,
		`{"name":"n","layout":{}}`, `{"username":"x","score":1}`, `{"key":"k","value":"v"}`, `{"username":"x","username":"y"}`, `{"content":"t"}`, "\xff", `{"id":"g","label":"l","target":5}`, strings.Repeat("[", 20000)}
	for _, path := range slices.Sorted(maps.Keys(s.Paths)) {
		if strings.HasSuffix(path, "/suspend") {
			continue // it would end the rest
		}
		for method, o := range s.Paths[path] {
			for i := range 20 {
				at := path
				for _, v := range regexp.MustCompile(`{(\w+)}`).FindAllString(path, -1) {
					value := values[(i*7+len(at))%len(values)]
					if v == "{channel}" || v == "{name}" && i%2 == 0 {
						value = "alice"
					}
					at = strings.Replace(at, v, value, 1)
				}
				query := ""
				for _, p := range o.Parameters {
					if p.In == "query" {
						query += "&" + p.Name + "=" + values[(i*5+len(p.Name))%len(values)]
					}
				}
				if query != "" && i%3 > 0 {
					at += "?" + strings.ReplaceAll(query[1:], " ", "+")
				}
				body := ""
				if o.RequestBody != nil {
					body = bodies[i%len(bodies)]
				}
				r := h.ask(strings.ToUpper(method), at, h.adminKey, body)
				require.NotEqual(t, 500, r.status, "%s %s %s: %s", method, at, body, r.body)
				if r.status >= 400 {
					require.Contains(t, r.body, `"code":"`, fmt.Sprint(method, " ", at))
				}
			}
		}
	}
}
