package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
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
	b := &specBuilder{schemas: doc{}, types: map[string]reflect.Type{}, comments: comments()}
	b.component(reflect.TypeFor[Problem](), true)
	paths, tags := doc{}, map[string]bool{}
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
		tags[tagOf(r)] = true
	}
	body, err := json.Marshal(doc{
		"openapi": "3.1.0", "info": info, "servers": []doc{{"url": "/"}}, "tags": tagList(tags), "paths": paths,
		"components": doc{"schemas": b.schemas, "responses": refusals(), "securitySchemes": securitySchemes},
	})
	if err != nil {
		panic(err) // it is plain data
	}
	return body
}

var info = doc{"title": "streamvault", "version": "1",
	"description": "One channel's data below /{channel}/api/, the installation's below /api/. Points are integers from 0 to 10^12, " +
		"times RFC 3339 in UTC, ids integers below 2^53. Errors are problems (RFC 9457) with a stable code. A path that is there answers 405 " +
		"with Allow to a method that it does not take, HEAD to what GET reads, and a browser's CORS preflight where other sites may read."}

var securitySchemes = doc{
	"key":        doc{"type": "http", "scheme": "bearer", "description": "An access key (sv_...), or a viewer's session"},
	"overlayKey": doc{"type": "apiKey", "in": "query", "name": "key", "description": "An overlay key, on routes for overlays only"},
	"page":       doc{"type": "apiKey", "in": "cookie", "name": "__Host-sv_1", "description": "The cookie of POST /login: __Host-sv_ and the streamer's id; opens what an owner key opens on that channel, for our own pages only"},
}

// tagList describes the areas; one that has no description of its own goes without.
func tagList(names map[string]bool) (all []doc) {
	for _, name := range sortedKeys(names) {
		tag := doc{"name": name}
		if text := tagTexts[name]; text != "" {
			tag["description"] = text
		}
		all = append(all, tag)
	}
	return all
}

var tagTexts = map[string]string{
	"users": "Viewers", "points": "Viewers' channel points", "powerups": "What viewers buy for points", "dropgame": "The drop game",
	"drops": "What viewers won in it", "goals": "Counts on their way to a target", "tips": "Texts that overlays rotate",
	"overlay": "What overlays show, and how", "theme": "Colours and names", "settings": "Whatever else a channel sets", "events": "To follow a channel",
	"verify": "Viewers prove in chat who they are", "session": "A viewer's sign-in", "profile": "What viewers say of themselves",
	"keys": "A channel's access keys", "tokens": "Secrets of other services, sealed", "service": "Health, this document, signing in",
	"upload": "Pictures", "uploads": "Pictures", "status": "Live or not", "leaderboard": "Who has the most", "stats": "One viewer's figures",
	"commands": "What can be typed in chat", "activity": "By the hour", "rejects": "What an import could not carry",
	"installation: streamers": "Who is on this installation", "installation: keys": "Admin keys", "installation: audit": "Who did what",
	"installation: pool": "Open files",
}

type specBuilder struct {
	schemas  doc
	types    map[string]reflect.Type // whose schema a name is
	comments map[string]string       // by type and field
}

func (b *specBuilder) operation(r *Route) doc {
	o := doc{"operationId": operationID(r), "summary": r.Summary, "description": described(r), "tags": []string{tagOf(r)}, "x-who": r.Who.String(),
		"responses": b.responses(r), "security": security(r)}
	if params := b.parameters(r); len(params) > 0 {
		o["parameters"] = params
	}
	if body := b.requestBody(r); body != nil {
		o["requestBody"] = body
	}
	return o
}

func security(r *Route) []doc {
	key, page := doc{"key": []string{}}, doc{"page": []string{}}
	switch r.Who {
	case Anyone:
		return []doc{}
	case Overlay:
		return []doc{key, {"overlayKey": []string{}}, page}
	case Admin:
		if r.Loopback {
			return []doc{key, {}} // or the right place
		}
		return []doc{key}
	}
	return []doc{key, page}
}

// described says in words what the declaration says.
func described(r *Route) string {
	text := map[Who]string{Anyone: "No key is looked at.", Overlay: "For an overlay key of the channel, or its owner.",
		Viewer: "For the session of the viewer in the path, or the channel's owner.", Owner: "For the channel's owner.", Admin: "For admin keys."}[r.Who]
	if r.About != "" {
		text += " " + r.About
	}
	if r.ETag {
		text += " Answers 304 to an If-None-Match that names its ETag."
	}
	if r.guard != nil {
		text += " If-Match with the ETag of what was read refuses (412) what somebody else has changed since."
	}
	for _, p := range r.plan.params {
		if p.name == "Idempotency-Key" {
			text += " The same Idempotency-Key with the same request counts once and is answered alike, for 7 days."
		}
	}
	return text
}

func (b *specBuilder) requestBody(r *Route) doc {
	content := doc{}
	switch {
	case r.plan.body != nil:
		f := r.in.FieldByIndex(r.plan.body)
		s := ruled(b.schema(f.Type, r.in.Name()+".Body", false), f.Tag.Get("is"))
		content["application/json"] = doc{"schema": s, "example": b.exampleBody(r, s)}
	case r.sends != nil:
		for kind, s := range r.sends {
			content[kind] = doc{"schema": s}
			if example, ok := s["example"]; ok {
				content[kind] = doc{"schema": s, "example": example}
			}
		}
	default:
		return nil
	}
	return doc{"required": !r.Bare, "content": content}
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
			"schema": doc{"type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$"}, "example": "alice"})
	}
	for _, m := range r.plan.params {
		if m.name == "Authorization" {
			continue // a matter of security
		}
		f := r.in.FieldByIndex(m.index)
		s := ruled(b.schema(m.typ, "", false), f.Tag.Get("is"))
		if m.in == inPath {
			s = with(doc{"minLength": 1}, s)
		}
		p := doc{"name": m.name, "in": string(m.in), "required": m.in == inPath, "schema": s, "example": b.exampleParam(r, m.name, s)}
		if text := b.comments[owner(r.in, m.index)+"."+f.Name]; text != "" {
			p["description"] = text
		}
		all = append(all, p)
	}
	return append(all, conditions(r)...)
}

// conditions are the headers by which a caller says what he has read already.
func conditions(r *Route) (all []doc) {
	add := func(name, text, example string) {
		all = append(all, doc{"name": name, "in": string(inHeader), "required": false, "description": text,
			"schema": doc{"type": "string"}, "example": example})
	}
	if r.ETag {
		add("If-None-Match", "ETags of what is there already, or *: 304 if it still is that", `W/"1y2p0ij32e8e7"`)
	}
	if r.guard != nil {
		add("If-Match", "ETags of what was read, or *: 412 if it is none of them any more", `W/"1y2p0ij32e8e7"`)
	}
	if r.Follows && !r.lines {
		add("Last-Event-ID", "number of the last message seen, as EventSource sends it; it goes before since, and what is no number counts as none", "1764230400000000")
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

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
