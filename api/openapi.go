package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// The document is made of the very table that the router is made of, and of the types that
// requests are decoded into and answers are encoded from. What it says about a field is the
// comment on that field. The types are ours and typed anyway, so a library would want them
// declared a second time.

// doc is a node of the document; JSON sorts its members.
type doc map[string]any

func specRoutes() []Route {
	r := declare[None, json.RawMessage](Route{Method: http.MethodGet, Path: "/openapi.json", Who: Anyone, ETag: true,
		Summary: "This document (OpenAPI 3.1)"})
	r.run = func(c *call) error { return c.answer(json.RawMessage(c.server.spec())) }
	return []Route{r}
}

// document describes every route that the world can call.
func (s *Server) document() []byte {
	b := &specBuilder{schemas: doc{}, comments: comments()}
	paths := doc{}
	for i := range s.routes {
		r := &s.routes[i]
		if r.Local {
			continue
		}
		path, ok := paths[r.Path].(doc)
		if !ok {
			path = doc{}
			paths[r.Path] = path
		}
		path[strings.ToLower(r.Method)] = b.operation(r)
	}
	b.schemas["Problem"] = b.object(reflect.TypeFor[Problem](), "Problem", true)
	body, err := json.Marshal(doc{
		"openapi": "3.1.0",
		"info": doc{"title": "streamvault", "version": "1",
			"description": "One channel's data below /{channel}/api/, the installation's below /api/. Points are integers from 0 to 10^12, times RFC 3339 in UTC. Errors are problems (RFC 9457) with a stable code."},
		"paths": paths,
		"components": doc{"schemas": b.schemas, "responses": refusals(), "securitySchemes": doc{
			"key":        doc{"type": "http", "scheme": "bearer", "description": "An access key (sv_...), or a viewer's session"},
			"overlayKey": doc{"type": "apiKey", "in": "query", "name": "key", "description": "An overlay key, on routes for overlays only"},
		}},
	})
	if err != nil {
		panic(err) // it is plain data
	}
	return body
}

type specBuilder struct {
	schemas  doc
	comments map[string]string // by type and field
}

func (b *specBuilder) operation(r *Route) doc {
	o := doc{"operationId": operationID(r), "summary": r.Summary, "tags": []string{tagOf(r)}, "x-who": r.Who.String(),
		"responses": b.responses(r)}
	if params := b.parameters(r); len(params) > 0 {
		o["parameters"] = params
	}
	if r.plan.body != nil {
		f := r.in.FieldByIndex(r.plan.body)
		o["requestBody"] = doc{"required": true, "content": doc{"application/json": doc{"schema": b.schema(f.Type, r.in.Name()+".Body", false)}}}
	} else if r.takesBytes() {
		o["requestBody"] = doc{"required": true, "content": doc{"application/octet-stream": doc{"schema": doc{"type": "string", "format": "binary"}}}}
	}
	switch r.Who {
	case Anyone:
	case Overlay:
		o["security"] = []doc{{"key": []string{}}, {"overlayKey": []string{}}}
	default:
		o["security"] = []doc{{"key": []string{}}}
	}
	return o
}

// takesBytes: an upload reads its body by itself.
func (r *Route) takesBytes() bool {
	return r.plan.body == nil && strings.HasSuffix(r.Path, "/upload/{username}")
}

// operationID is the method and what of the path is no variable: getChannelUsersById.
func operationID(r *Route) string {
	id := strings.ToLower(r.Method)
	for part := range strings.SplitSeq(r.Path, "/") {
		if name := strings.Trim(part, "{}"); name != part {
			part = "by-" + name
		}
		for word := range strings.FieldsFuncSeq(part, func(c rune) bool { return c == '-' || c == '.' }) {
			id += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return id
}

// tagOf is the first word after the API's own.
func tagOf(r *Route) string {
	_, rest, found := strings.Cut(r.Path, "/api/")
	if !found {
		return "service"
	}
	rest = strings.TrimPrefix(rest, "admin/")
	word, _, _ := strings.Cut(rest, "/")
	if !r.OnChannel() {
		return "installation: " + word
	}
	return word
}

func (b *specBuilder) parameters(r *Route) (all []doc) {
	if r.OnChannel() {
		all = append(all, doc{"name": "channel", "in": "path", "required": true, "description": "The streamer's name",
			"schema": doc{"type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$"}})
	}
	for _, m := range r.plan.params {
		f := r.in.FieldByIndex(m.index)
		p := doc{"name": m.name, "in": string(m.in), "required": m.in == inPath, "schema": b.schema(m.typ, "", false)}
		if text := b.comments[owner(r.in, m.index)+"."+f.Name]; text != "" {
			p["description"] = text
		}
		all = append(all, p)
	}
	return all
}

// owner is the name of the struct that a field stands in: embedded ones have their own.
func owner(t reflect.Type, index []int) string {
	for _, i := range index[:len(index)-1] {
		t = t.Field(i).Type
	}
	return baseName(t)
}

var problems = map[int]string{
	http.StatusBadRequest: "Something of the request is wrong; detail names it", http.StatusUnauthorized: "No valid key",
	http.StatusForbidden: "The key may not, or the channel is suspended", http.StatusNotFound: "Not there, or another streamer's",
	http.StatusConflict: "Taken, too few points, or not in this state", http.StatusPreconditionFailed: "Changed since it was read",
	http.StatusTooManyRequests: "Too many requests: see Retry-After", http.StatusServiceUnavailable: "Not now: see Retry-After",
	http.StatusInsufficientStorage: "No room", http.StatusInternalServerError: "A fault of the server",
}

// refusals are what any route may answer instead, by status.
func refusals() doc {
	all := doc{}
	for status, text := range problems {
		all[strconv.Itoa(status)] = doc{"description": text,
			"content": doc{"application/problem+json": doc{"schema": doc{"$ref": "#/components/schemas/Problem"}}}}
	}
	return all
}

func (b *specBuilder) responses(r *Route) doc {
	good := doc{"description": "Done"}
	switch {
	case r.Follows:
		good = doc{"description": "A stream of messages", "content": doc{"text/event-stream": doc{}}}
	case r.out == reflect.TypeFor[blob](), r.out == reflect.TypeFor[download]():
		good["content"] = doc{"*/*": doc{}}
	case r.out != reflect.TypeFor[Nothing]():
		good["content"] = doc{"application/json": doc{"schema": b.schema(r.out, "", true)}}
	}
	if r.ETag {
		good["headers"] = doc{"ETag": doc{"schema": doc{"type": "string"}}}
	}
	all := doc{strconv.Itoa(r.Status): good}
	for _, status := range slices.Sorted(maps.Keys(problems)) {
		if r.mayAnswer(status) {
			all[strconv.Itoa(status)] = doc{"$ref": "#/components/responses/" + strconv.Itoa(status)}
		}
	}
	return all
}

func (r *Route) mayAnswer(status int) bool {
	switch status {
	case http.StatusUnauthorized:
		return r.Who != Anyone
	case http.StatusForbidden:
		return r.Who != Anyone || r.Writes()
	case http.StatusNotFound:
		return strings.Contains(r.Path, "{")
	case http.StatusConflict, http.StatusInsufficientStorage:
		return r.Writes()
	case http.StatusPreconditionFailed:
		return r.guard != nil
	case http.StatusBadRequest:
		return len(r.plan.params) > 0 || r.plan.body != nil || r.Writes()
	}
	return true
}
