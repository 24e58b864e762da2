package api

import (
	"encoding/json"
	"slices"
	"strings"
)

// words are examples by the name of a field or parameter: a word means the same everywhere.
// What means something else in one type stands there with the type's name before it.
var words = map[string]any{
	"username": "Zoe", "channel": "alice", "name": "Main scene", "displayName": "Alice", "voiceId": "EXAVITQu4vr4xnSDxMaL", "voice_id": "EXAVITQu4vr4xnSDxMaL",
	"dropImage": "https://example.com/zoe.png", "drop_image": "https://example.com/zoe.png", "country": "NZ", "avatarUrl": "https://example.com/alice.webp",
	"kickUserId": "4711", "channelPoints": 2525, "channel_points": 2525, "dropPoints": 120, "drop_points": 120, "totalDrops": 3, "total_drops": 3,
	"totalPoints": 2645, "amount": 25, "source": "chat", "description": "Hello", "reason": "Won the quiz", "format": "sqlite", "maxBackupAge": "36h", "keep": "24h,7d,4w", "until": "2027-01-01T00:00:00Z", "limit": 50, "id": 4294967297, "user_id": 4294967297, "userId": 4294967297,
	"powerupId": "shield", "quantity": 1, "balance": 2025, "cost": 500, "emoji": "🛡️", "effect": "Nobody can push you", "variables": map[string]any{"duration": 3000},
	"powerupUsed": "shield", "score": 42, "newTotal": 162, "label": "Followers", "current": 12, "target": 100, "order": 1, "by": 1,
	"content": "Type !help to see what you can do", "code": "7K3MQA", "sessionToken": "sv_viewer_...", "role": "overlay", "ownerKey": "sv_owner_...",
	"streamer": "alice", "state": "active", "stateReason": nil, "generation": 1, "schemaVersion": 2, "provider": "kick", "accessToken": "from the provider",
	"refreshToken": "from the provider", "scope": "chat:write", "key": "link_discord", "value": "https://discord.gg/example",
	"hours": 24, "q": "zo", "since": "2026-01-01T00:00:00Z", "Idempotency-Key": "chat-4711", "cursor": "", "next": nil,
	"layout": map[string]any{"width": 1920, "height": 1080, "components": []any{}}, "imageUrl": "/alice/api/uploads/4294967297",
	"actor": "key:1", "action": "streamer.create", "detail": map[string]any{"username": "alice"}, "status": "ok", "live": true,
	"cooldown": 5000, "arguments": "[username]", "alternatives": []any{"!mystats"}, "points": 300, "viewers": 12, "drops": 3, "ids": []any{},

	"message": "Drop game state cleared", "IssuedKey.key": "sv_overlay_...", "IssuedKey.name": "OBS", "Key.name": "OBS", "KeyRequest.name": "OBS", "LoginRequest.key": "sv_owner_...",
	"GoalRequest.id": "followers", "Goal.id": "followers", "Powerup.id": "shield", "PowerupOnSale.id": "shield", "Powerup.name": "Shield", "PowerupOnSale.name": "Shield",
	"Powerup.description": "Keeps your place", "PowerupOnSale.description": "Keeps your place", "Suspension.reason": "Unpaid", "Command.name": "!stats", "Command.description": "Your figures",
	"Streamer.id": 1, "Key.id": 7, "IssuedKey.id": 7, "AuditEntry.id": 1, "NewStreamer.username": "bob", "NewStreamer.displayName": "Bob", "NewStreamer.kickUserId": "4712",
	"Streamer.username": "alice", "Setting.description": nil, "EventsFrom.since": 0,
}

// bodies are examples of requests whose fields alone do not say enough.
var bodies = map[string]string{
	"POST /{channel}/api/events/test":           `{"type":"follow","username":"Zoe"}`,
	"PUT /{channel}/api/admin/theme":            `{"siteName":"Alice","brandColor":"#00ff00"}`,
	"PUT /{channel}/api/admin/dropgame":         `{"game":{"gravity":5}}`,
	"PUT /{channel}/api/admin/overlay/layout":   `{"width":1920,"height":1080,"components":[]}`,
	"PATCH /{channel}/api/users/{id}":           `{"channelPoints":500,"reason":"Won the quiz"}`,
	"PUT /{channel}/api/admin/users/{id}":       `{"channel_points":500,"country":"NZ"}`,
	"PATCH /api/streamers/{name}":               `{"displayName":"Alice"}`,
	"POST /api/migrations":                      `{"action":"plan"}`,
	"POST /api/keys":                            `{"role":"admin","name":"Backup script"}`,
	"POST /{channel}/api/admin/goals":           `{"id":"followers","label":"Followers","target":100}`,
	"PUT /{channel}/api/admin/goals/{id}":       `{"label":"Followers","target":100}`,
	"POST /api/streamers":                       `{"username":"carol","displayName":"Carol","kickUserId":"4712"}`,
	"POST /api/streamers/{name}/clone":          `{"username":"dora","displayName":"Dora"}`,
	"PATCH /{channel}/api/overlay/layouts/{id}": `{"name":"Night scene"}`,
}

// shownAs are examples of answers whose members are not fixed.
var shownAs = map[string]string{
	"GET /{channel}/api/goals":                          `{"followers":{"current":12,"target":100}}`,
	"GET /{channel}/api/powerups":                       `{"shield":{"id":"shield","name":"Shield","description":"Keeps your place","cost":500,"emoji":"🛡️","effect":"Nobody can push you"}}`,
	"GET /{channel}/api/powerups/{username}":            `{"shield":2}`,
	"GET /{channel}/api/points/{username}/summary":      `{"chat":775,"sub":2000,"spend":-250}`,
	"GET /{channel}/api/overlay/settings":               `{"points_chat":"25","link_discord":"https://discord.gg/example"}`,
	"GET /{channel}/api/theme":                          `{"siteName":"Alice","brandColor":"#00ff00"}`,
	"GET /{channel}/api/admin/theme":                    `{"siteName":"Alice","brandColor":"#00ff00"}`,
	"GET /{channel}/api/overlay/layout":                 `{"width":1920,"height":1080,"components":[]}`,
	"GET /{channel}/api/admin/overlay/layout":           `{"width":1920,"height":1080,"components":[]}`,
	"GET /{channel}/api/dropgame/config":                `{"platformWidthRatio":0.125,"gravity":5,"physics":{"explosionRadius":150}}`,
	"GET /{channel}/api/admin/dropgame":                 `{"game":{"gravity":5}}`,
	"GET /{channel}/api/events/last":                    `{"type":"follow","username":"Zoe","timestamp":"2026-01-31T12:00:00Z"}`,
	"GET /{channel}/api/verify/check/{username}/{code}": `{"verified":false}`,
	"GET /openapi.json":                                 `{"openapi":"3.1.0"}`,
	"GET /readyz":                                       `{"status":"ready"}`,
}

func (b *specBuilder) exampleBody(r *Route, s doc) any { return b.exampleOf(bodies, r, s, r.in) }

func (b *specBuilder) exampleAnswer(r *Route, s doc) any { return b.exampleOf(shownAs, r, s, r.out) }

func (b *specBuilder) exampleOf(given map[string]string, r *Route, s doc, t interface{ Name() string }) any {
	if text, ok := given[r.Method+" "+r.Path]; ok {
		return json.RawMessage(text)
	}
	return b.example(s, capital(t.Name()), "")
}

func (b *specBuilder) exampleParam(r *Route, name string, s doc) any {
	switch {
	case name == "name":
		return words["channel"]
	case name == "id" && s["type"] == "string":
		return words[map[bool]string{true: "Powerup.id", false: "Goal.id"}[strings.Contains(r.Path, "powerups")]]
	}
	return b.example(s, capital(r.in.Name()), name)
}

// example is a value of a schema: of is the type that it stands in, name its field.
func (b *specBuilder) example(s doc, of, name string) any {
	for _, word := range []string{of + "." + name, name} {
		if v, ok := words[word]; ok && b.takes(s, v) {
			return v
		}
	}
	if ref, ok := s["$ref"].(string); ok {
		component := ref[strings.LastIndexByte(ref, '/')+1:]
		inner, _ := b.schemas[component].(doc)
		return b.example(inner, strings.TrimSuffix(component, "Request"), "")
	}
	if any, ok := s["anyOf"].([]doc); ok {
		return b.example(any[0], of, name)
	}
	switch kindOf(s) {
	case "object":
		return b.exampleObject(s, of)
	case "array":
		items, _ := s["items"].(doc)
		return []any{b.example(items, of, "")}
	}
	return plainExample(s)
}

func (b *specBuilder) exampleObject(s doc, of string) any {
	o := doc{}
	properties, _ := s["properties"].(doc)
	for name, p := range properties {
		o[name] = b.example(p.(doc), of, name)
	}
	return o
}

func plainExample(s doc) any {
	if list, ok := s["enum"]; ok {
		switch list := list.(type) {
		case []any:
			return list[0]
		case []string:
			return list[0]
		}
	}
	switch kindOf(s) {
	case "integer":
		if low, ok := s["minimum"].(int64); ok && low > 0 {
			return low
		}
		return 1
	case "number":
		return 0.5
	case "boolean":
		return true
	case "string":
		if s["format"] == "date-time" {
			return "2026-01-31T12:00:00Z"
		}
		return "text"
	}
	return nil
}

// takes says whether a word is of the schema's type, and one of its list.
func (b *specBuilder) takes(s doc, v any) bool {
	if list, ok := s["enum"].([]string); ok {
		text, _ := v.(string)
		return slices.Contains(list, text)
	}
	kinds := map[string]bool{}
	switch t := s["type"].(type) {
	case string:
		kinds[t] = true
	case []string:
		for _, one := range t {
			kinds[one] = true
		}
	default:
		return s["$ref"] == nil && s["enum"] == nil && s["anyOf"] == nil
	}
	switch v.(type) {
	case nil:
		return kinds["null"]
	case string:
		return kinds["string"] && s["format"] == nil
	case int:
		return kinds["integer"] || kinds["number"]
	case bool:
		return kinds["boolean"]
	case []any:
		return kinds["array"]
	}
	return kinds["object"]
}

func kindOf(s doc) string {
	switch t := s["type"].(type) {
	case string:
		return t
	case []string:
		return t[0]
	}
	return ""
}

func capital(name string) string {
	if name == "" {
		return ""
	}
	name, _, _ = strings.Cut(name, "[")
	return strings.ToUpper(name[:1]) + name[1:]
}
