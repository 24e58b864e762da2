package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// notAsShown are operations whose example cannot be done as it stands, and why.
var notAsShown = map[string]string{
	"POST /login":         "nobody has the example's key",
	"POST /webhooks/kick": "Kick signs",
	"GET /login/kick":     "there is no application at Kick",
	"GET /callback":       "there is no application at Kick",
	"GET /{channel}/api/verify/check/{username}/{code}": "the example's code is nobody's",
	"POST /{channel}/api/verify/confirm":                "the example's code is nobody's",
	"GET /{channel}/api/events":                         "does not end",
	"DELETE /{channel}/api/session":                     "an owner has none",
	"DELETE /{channel}/api/admin/settings/{key}":        "the setting is not there",
	"POST /{channel}/api/upload/{username}":             "is no JSON",
	"POST /{channel}/api/powerups/{username}/use":       "the viewer has none",
	"POST /api/jobs/{id}/cancel":                        "it has ended",
	"POST /api/jobs/{id}/resume":                        "it has ended",
	"POST /api/migrations/{id}/resume":                  "it has ended",
	"POST /api/migrations/{id}/halt":                    "it has ended",
	"POST /api/migrations/{id}/rollback":                "it is a plan",
	"POST /{channel}/api/restore":                       "the example's backup is not there",
	"POST /api/streamers/{name}/restore":                "the example's backup is not there",
	"POST /api/streamers/{name}/resume":                 "he is not suspended",
	"POST /api/streamers/{name}/undelete":               "he is not in the trash",
}

// Every other example is a request that is done, with an answer of the schema that is
// documented for it.
func TestExamplesAreDone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "viewer", 100_000)
	d := h.document()
	for _, r := range h.server.Routes() {
		if r.Local || notAsShown[name(r)] != "" || strings.HasPrefix(r.Path, "/assets/") {
			continue
		}
		t.Run(name(r), func(t *testing.T) {
			h := h.in(t)
			d := *d
			d.TB = t
			o := d.at("paths", r.Path, strings.ToLower(r.Method)).(map[string]any)
			got := h.ask(r.Method, h.examplePath(r, o), h.adminKey, exampleBodyOf(t, o))
			require.Equal(t, r.Status, got.status, got.body)
			d.conforms(r, got)
		})
		if strings.HasSuffix(r.Path, "/suspend") {
			h.ask("POST", "/api/streamers/alice/resume", h.adminKey, "").ok(200, nil)
		}
	}
	require.Equal(t, 200, h.ask("POST", "/alice/api/powerups/viewer/use", h.aliceKey, `{"powerupId":"shield"}`).status, "it was given as the example says")
}

// examplePath takes the ids of things that are there, and the document's examples besides.
func (h *house) examplePath(r Route, o map[string]any) string {
	h.Helper()
	path, query := strings.Replace(r.Path, "{channel}", "alice", 1), url.Values{}
	if vars := expected[name(r)].vars; vars != nil {
		path = strings.NewReplacer(vars(h)...).Replace(path)
	}
	params, _ := o["parameters"].([]any)
	for _, p := range params {
		p := p.(map[string]any)
		switch at := p["name"].(string); {
		case p["in"] == "path":
			path = strings.Replace(path, "{"+at+"}", url.PathEscape(fmt.Sprint(p["example"])), 1)
		case p["in"] == "query" && p["example"] != "":
			query.Set(at, fmt.Sprint(p["example"]))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

func exampleBodyOf(t testing.TB, o map[string]any) string {
	t.Helper()
	body, ok := o["requestBody"].(map[string]any)
	if !ok {
		return ""
	}
	text, err := json.Marshal(body["content"].(map[string]any)["application/json"].(map[string]any)["example"])
	require.NoError(t, err)
	return string(text)
}

// onAnyAnswer are headers that any answer may have.
var onAnyAnswer = regexp.MustCompile(`^(Content-(Type|Length|Encoding|Security-Policy)|Date|Vary|Cache-Control|Referrer-Policy|X-(Request-Id|Content-Type-Options|Frame-Options)|Permissions-Policy|Cross-Origin-.*|Access-Control-.*)$`)

var seconds = regexp.MustCompile(`^[1-9][0-9]*$`)

// conforms holds an answer to what the document says of its status.
func (d *document) conforms(r Route, got reply) {
	d.Helper()
	status := fmt.Sprint(got.status)
	place := []string{"paths", r.Path, strings.ToLower(r.Method), "responses", status}
	require.Contains(d, d.at(place[:4]...), status, "%s: %s is not documented: %s", name(r), status, got.body)
	if got.status == 429 || got.status == 503 {
		require.Regexp(d, seconds, got.header.Get("Retry-After"))
	}
	if got.status >= 400 || got.status == 308 {
		place = []string{"components", "responses", status}
	}
	said, _ := d.at(place...).(map[string]any)["headers"].(map[string]any)
	documented := map[string]bool{}
	for one := range said {
		documented[http.CanonicalHeaderKey(one)] = true
	}
	for one := range got.header {
		require.True(d, documented[one] || onAnyAnswer.MatchString(one), "%s %s: the header %s is not documented", name(r), status, one)
	}
	content, _ := d.at(place...).(map[string]any)["content"].(map[string]any)
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	if len(content) == 0 {
		require.Empty(d, got.body, "%s %s", name(r), status)
		return
	}
	of := false
	for one := range content {
		of = of || strings.HasPrefix(one, kind)
	}
	require.True(d, of, "%s %s: %q is not documented", name(r), status, kind)
	if one, _ := content[kind].(map[string]any); one["schema"] == nil || kind == "application/x-ndjson" {
		return
	}
	var v any
	require.NoError(d, json.Unmarshal([]byte(got.body), &v), got.body)
	require.NoError(d, d.holds(numbers(v), append(place, "content", kind, "schema")...), "%s: %s", name(r), got.body)
}

// numbers is a value as the schema's library reads it.
func numbers(v any) any { return v }
