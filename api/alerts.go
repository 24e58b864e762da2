package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"streamvault/shard/tenant"
)

// alertRoutes let a streamer see what his overlay does when something happens.
func alertRoutes() []Route {
	return []Route{onTenant(Route{Method: http.MethodPost, Path: "/{channel}/api/events/test", Who: Owner,
		Summary: "Shows a made-up event on the overlays, in place of the last event; it moves no points"}, testAlert)}
}

// alertTypes are the events of a channel that overlays show.
var alertTypes = []string{"follow", "subscription", "gift", "tip", "tts"}

type newAlert struct {
	Body struct {
		Type     string `json:"type" is:"one:follow,subscription,gift,tip,tts"`
		Username string `json:"username,omitempty" is:"0-100"` // Somebody when it is not sent
		Details  string `json:"details,omitempty" is:"0-500"`
	}
}

// alert is an event as those of Kick are, marked as none.
type alert struct {
	Type      string `json:"type"`
	Username  string `json:"username"`
	Timestamp string `json:"timestamp"` // RFC 3339, UTC
	Details   string `json:"details,omitempty"`
	Test      bool   `json:"test"` // true
}

func testAlert(ctx context.Context, s tenant.StatusStore, in *newAlert) (alert, error) {
	b := in.Body
	switch {
	case !slices.Contains(alertTypes, b.Type):
		return alert{}, &tenant.InvalidError{Field: "type", Problem: "must be one of " + strings.Join(alertTypes, ", ")}
	case utf8.RuneCountInString(b.Username) > 100:
		return alert{}, &tenant.InvalidError{Field: "username", Problem: "must be at most 100 characters"}
	case utf8.RuneCountInString(b.Details) > 500:
		return alert{}, &tenant.InvalidError{Field: "details", Problem: "must be at most 500 characters"}
	case b.Username == "":
		b.Username = "Somebody"
	}
	a := alert{b.Type, b.Username, time.Now().UTC().Format(time.RFC3339Nano), b.Details, true}
	body, err := json.Marshal(a)
	if err != nil {
		return alert{}, err
	}
	return a, s.SetLastEvent(ctx, body)
}
