package kick

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"streamvault/shard/tenant"
)

// The settings by which a streamer says what things are worth, in channel points, and what
// they are where he says nothing.
var standard = map[string]int64{
	"points_chat":                  25,
	"points_chat_interval_seconds": 60, // between two awards of one viewer
	"points_subscription":          2000,
	"points_gift":                  1500, // each
	"points_renewal":               1000,
	"points_kick":                  100, // each
	"say_cost":                     500,
}

// pointSettings begins the settings that say what events bring.
const pointSettings = "points_"

// rules are a streamer's settings.
type rules map[string]string

// rulesOf reads what an event needs. Settings are read anew for each, so that a change
// counts at once; what is no command needs few of them.
func rulesOf(ctx context.Context, s tenant.SettingStore, e event) (rules, error) {
	read := func(ctx context.Context) ([]tenant.Setting, error) { return s.SettingsUnder(ctx, pointSettings) }
	if e.what == chatMessage && marked(e.content) {
		read = s.Settings
	}
	all, err := read(ctx)
	if err != nil {
		return nil, err
	}
	r := rules{}
	for _, setting := range all {
		r[setting.Key] = setting.Value
	}
	return r, nil
}

// number is a setting from 0 to tenant.MaxPoints; what is no such number has its default.
func (r rules) number(key string) int64 {
	n, err := strconv.ParseInt(r[key], 10, 64)
	if err != nil || n < 0 || n > tenant.MaxPoints {
		return standard[key]
	}
	return n
}

// rest is how long a viewer's messages bring him nothing after one that did.
func (r rules) rest() time.Duration {
	return time.Duration(min(r.number("points_chat_interval_seconds"), 24*60*60)) * time.Second
}

// message is what an event does, without the command of a chat message.
func (r rules) message(d Delivery, e event) tenant.Message {
	m := tenant.Message{ID: d.ID}
	switch e.what {
	case chatMessage:
		m.Award, m.Rest = award(e, r.number("points_chat"), "chat", "Chat message"), r.rest()
	case followed:
		m.Goal, m.By = "followers", 1
		m.Event = happened(d, "follow", e.who, "")
	case subscribed:
		m.Award = award(e, r.number("points_subscription"), "sub", "New subscription bonus")
		m.Goal, m.By = "subscribers", 1
		m.Event = happened(d, "subscription", e.who, "")
	case renewed:
		m.Award = award(e, r.number("points_renewal"), "renewal", "Subscription renewal bonus")
		m.Event = happened(d, "subscription", e.who, "Renewal")
	case gifted:
		m.Award = award(e, times(r.number("points_gift"), e.count), "gift", "Gifted "+plural(e.count, "sub"))
		m.Goal, m.By = "subscribers", e.count
		m.Event = happened(d, "gift", e.who, plural(e.count, "sub"))
	case kicksGifted:
		m.Award = award(e, times(r.number("points_kick"), e.count), "tip", "Tipped "+plural(e.count, "Kick"))
		m.Event = happened(d, "tip", e.who, plural(e.count, "Kick"))
	case liveOrNot:
		m.Live = &e.live
	}
	return m
}

// award gives points to who did it, unless nobody knows him or it is worth nothing.
func award(e event, amount int64, source, description string) tenant.Move {
	if e.who == "" || amount == 0 {
		return tenant.Move{}
	}
	return tenant.Move{Username: e.who, Amount: amount, Source: source, Description: description}
}

// times is a product, at most tenant.MaxPoints.
func times(each, n int64) int64 {
	if each > tenant.MaxPoints/n {
		return tenant.MaxPoints
	}
	return each * n
}

func plural(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// last names and orders its fields as the old app's last event did.
type last struct {
	Type      string `json:"type"`
	Username  string `json:"username"`
	Timestamp string `json:"timestamp"`
	Details   string `json:"details,omitempty"`
	VoiceID   string `json:"voiceId,omitempty"`
}

// happened is an event for overlays.
func happened(d Delivery, what, who, details string) json.RawMessage {
	if who == "" {
		who = "Anonymous"
	}
	return last{Type: what, Username: who, Timestamp: d.Sent.UTC().Format(time.RFC3339), Details: details}.json()
}

func (l last) json() json.RawMessage {
	body, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings can be written
	}
	return body
}
