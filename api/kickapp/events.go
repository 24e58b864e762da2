package kickapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"streamvault/api/kick"
)

// eventScope is what a streamer grants to be told of.
const eventScope = "events:subscribe"

// Subscribe has Kick tell of what happens on a streamer's channel, if he has granted that:
// the types that it does not tell of yet. It goes on by itself; when it fails that is
// logged, and tried again later.
func (a *App) Subscribe(to kick.Channel, g Grant) {
	if !a.o.Webhooks || !g.Allows(eventScope) || !a.begin() {
		return
	}
	go func() {
		defer a.work.Done()
		if err := a.subscribe(a.stopped, g.AccessToken); err != nil {
			a.o.Log.Warn().Err(err).Str("channel", to.Username).
				Msg("Kick was not asked to tell of a channel: that is tried again in some hours, and when he signs in with Kick")
		}
	}()
}

// errSome says that Kick does not tell of some types of events.
var errSome = errors.New("kick does not tell of")

type subscription struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
}

func (a *App) subscribe(ctx context.Context, token string) error {
	there, err := a.subscribed(ctx, token)
	if err != nil {
		return fmt.Errorf("ask what is subscribed: %w", err) // a second subscription would count everything twice
	}
	var missing []subscription
	for _, name := range kick.EventTypes() {
		if !there[name] {
			missing = append(missing, subscription{name, 1})
		}
	}
	if missing == nil {
		return nil
	}
	var answer struct {
		Data []struct {
			Name  string          `json:"name"`
			ID    string          `json:"subscription_id"`
			Error json.RawMessage `json:"error"`
		} `json:"data"`
	}
	body := map[string]any{"method": "webhook", "events": missing}
	if err := a.post(ctx, "/public/v1/events/subscriptions", token, body, &answer); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	for _, one := range answer.Data {
		missing = slices.DeleteFunc(missing, func(s subscription) bool { return s.Name == one.Name && one.ID != "" })
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w %v", errSome, missing)
	}
	return nil
}

// subscribed is the types of events that Kick tells this application of the token's channel.
func (a *App) subscribed(ctx context.Context, token string) (map[string]bool, error) {
	var answer struct {
		Data []struct {
			Event  string `json:"event"`
			Method string `json:"method"`
		} `json:"data"`
	}
	if err := a.get(ctx, "/public/v1/events/subscriptions", token, &answer); err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, one := range answer.Data {
		there[one.Event] = one.Method == "" || one.Method == "webhook"
	}
	return there, nil
}
