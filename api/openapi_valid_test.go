package api

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// document is the served document, and what checks values against its schemas.
type document struct {
	testing.TB
	root    map[string]any
	schemas *jsonschema.Compiler
}

func (h *house) document() *document {
	h.Helper()
	body := h.ask("GET", "/openapi.json", "", "").ok(200, nil).body
	d := &document{TB: h.TB, schemas: jsonschema.NewCompiler()}
	root, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	require.NoError(h, err)
	d.root = root.(map[string]any)
	d.schemas.AssertFormat()
	require.NoError(h, d.schemas.AddResource("doc.json", root))
	return d
}

// at goes down the document, by keys.
func (d *document) at(keys ...string) any {
	d.Helper()
	var v any = d.root
	for _, key := range keys {
		m, ok := v.(map[string]any)
		require.True(d, ok && m[key] != nil, "%v has no %s", keys, key)
		v = m[key]
	}
	return v
}

// holds checks a value against the schema at a place of the document.
func (d *document) holds(value any, place ...string) error {
	d.Helper()
	s, err := d.schemas.Compile("doc.json#" + pointer(place))
	require.NoError(d, err)
	return s.Validate(value)
}

func pointer(keys []string) (p string) {
	for _, key := range keys {
		p += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(key)
	}
	return p
}

// TestTheDocumentIsOpenAPI holds the document against the schema of OpenAPI 3.1, which is kept
// in testdata as the OpenAPI initiative publishes it (Apache License 2.0).
func TestTheDocumentIsOpenAPI(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/openapi-3.1.json")
	require.NoError(t, err)
	meta, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("openapi.json", meta))
	s, err := c.Compile("openapi.json")
	require.NoError(t, err)
	d := newHouse(t).document()
	require.NoError(t, s.Validate(d.root))
	delete(d.root, "info")
	require.Error(t, s.Validate(d.root), "this test can fail")
}

// Every example is an example of its schema, and every operation has those that there can be.
func TestExamplesHoldTheirSchemas(t *testing.T) {
	t.Parallel()
	d := newHouse(t).document()
	for path, methods := range d.at("paths").(map[string]any) {
		for method, o := range methods.(map[string]any) {
			here := []string{"paths", path, method}
			t.Run(method+" "+path, func(t *testing.T) {
				d := *d
				d.TB = t
				d.examples(o.(map[string]any), here)
			})
		}
	}
}

func (d *document) examples(o map[string]any, here []string) {
	d.Helper()
	params, _ := o["parameters"].([]any)
	for i, p := range params {
		p := p.(map[string]any)
		require.Contains(d, p, "example", p["name"])
		s := append(here[:3:3], "parameters", string(rune('0'+i)), "schema")
		require.NoError(d, d.holds(p["example"], s...), "%v", p["name"])
	}
	if o["requestBody"] != nil {
		d.exampleOf(append(here[:3:3], "requestBody"))
	}
	for status, r := range o["responses"].(map[string]any) {
		if r.(map[string]any)["$ref"] == nil {
			d.exampleOf(append(here[:3:3], "responses", status))
		}
	}
}

func (d *document) exampleOf(place []string) {
	d.Helper()
	holder := d.at(place...).(map[string]any)
	content, _ := holder["content"].(map[string]any)
	if j, _ := content["application/json"].(map[string]any); j["schema"] == nil {
		return
	}
	m := content["application/json"].(map[string]any)
	if s, _ := m["schema"].(map[string]any); len(s) == 1 && s["type"] == "object" && len(place) == 4 {
		return // whatever Kick sends
	}
	require.Contains(d, m, "example", "%v", place)
	text, err := json.Marshal(m["example"])
	require.NoError(d, err)
	require.NoError(d, d.holds(m["example"], append(place, "content", "application/json", "schema")...), "%v: %s", place, text)
}
