package fakekick

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// allowed is whose token came along, if it allows what is asked.
func (k *Kick) allowed(w http.ResponseWriter, r *http.Request, scope string) (grant, bool) {
	g, known := k.access[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if !known {
		answer(w, 401, map[string]any{"data": map[string]any{}, "message": "Unauthorized"})
		return g, false
	}
	if !strings.Contains(" "+g.scope+" ", " "+scope+" ") {
		answer(w, 403, map[string]any{"data": map[string]any{}, "message": "Forbidden"})
		return g, false
	}
	return g, true
}

func (k *Kick) users(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if g, ok := k.allowed(w, r, "user:read"); ok {
		answer(w, 200, map[string]any{"message": "OK", "data": []any{map[string]any{
			"user_id": g.who.ID, "name": g.who.Name, "email": "mail@example.com", "profile_picture": g.who.Picture}}})
	}
}

func (k *Kick) chat(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	g, ok := k.allowed(w, r, "chat:write")
	if !ok {
		return
	}
	var m struct {
		Content     string `json:"content"`
		Type        string `json:"type"`
		Broadcaster int64  `json:"broadcaster_user_id"`
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if d.Decode(&m) != nil || m.Content == "" || utf8.RuneCountInString(m.Content) > 500 || r.Header.Get("Content-Type") != "application/json" ||
		m.Type != "bot" && (m.Type != "user" || m.Broadcaster == 0) {
		answer(w, 400, map[string]any{"data": "Invalid request", "message": "Bad Request"})
		return
	}
	if m.Type == "bot" {
		m.Broadcaster = g.who.ID // whatever was sent
	}
	k.said = append(k.said, Said{m.Content, m.Type, m.Broadcaster})
	answer(w, 200, map[string]any{"data": map[string]any{"is_sent": true, "message_id": fmt.Sprint("m", len(k.said))}, "message": "OK"})
}

func (k *Kick) subscriptions(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	g, ok := k.allowed(w, r, "events:subscribe")
	if !ok {
		return
	}
	all := []any{}
	for i, name := range k.subscribed[g.who.ID] {
		all = append(all, map[string]any{"id": fmt.Sprint("s", i), "event": name, "version": 1, "broadcaster_user_id": g.who.ID, "method": "webhook"})
	}
	answer(w, 200, map[string]any{"data": all, "message": "OK"})
}

func (k *Kick) subscribe(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	g, ok := k.allowed(w, r, "events:subscribe")
	if !ok {
		return
	}
	var wanted struct {
		Method string `json:"method"`
		Events []struct {
			Name    string `json:"name"`
			Version int    `json:"version"`
		} `json:"events"`
	}
	if json.NewDecoder(r.Body).Decode(&wanted) != nil || wanted.Method != "webhook" || len(wanted.Events) == 0 {
		answer(w, 400, map[string]any{"data": "Invalid request", "message": "Bad Request"})
		return
	}
	all := []any{}
	for _, e := range wanted.Events {
		k.subscribed[g.who.ID] = append(k.subscribed[g.who.ID], e.Name)
		all = append(all, map[string]any{"name": e.Name, "version": e.Version, "subscription_id": fmt.Sprint("s", len(k.subscribed[g.who.ID]))})
	}
	answer(w, 200, map[string]any{"data": all, "message": "OK"})
}
