package kick

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"streamvault/shard/tenant"
)

// drop looks after power-ups. Who only types !drop joins the game, which is not played here.
func drop(ctx context.Context, t *turn) (reaction, error) {
	if len(t.args) == 0 {
		return says("")
	}
	switch folded(t.args[0]) {
	case "-powerups":
		return shows(t.onSale)
	case "-mine":
		return shows(t.mine)
	case "-buy":
		return buy(ctx, t)
	}
	return says("")
}

func (t *turn) onSale(ctx context.Context) (string, error) {
	all, err := t.store.Powerups(ctx, false)
	if len(all) == 0 {
		return "nothing is on sale.", err
	}
	var lines []string
	for _, p := range all {
		lines = append(lines, fmt.Sprintf("%s %d", p.Name, p.Cost))
	}
	return "!drop -buy NAME: " + strings.Join(lines, ", "), err
}

// mine names what a viewer has. What has left the catalogue has its id for a name.
func (t *turn) mine(ctx context.Context) (string, error) {
	u, err := t.viewer(ctx, t.who)
	if err != nil {
		return "", err
	}
	items, err := t.store.Inventory(ctx, u.ID)
	if err != nil || len(items) == 0 {
		return "you have no power-ups.", err
	}
	all, err := t.store.Powerups(ctx, true)
	names := map[tenant.PowerupID]string{}
	for _, p := range all {
		names[p.ID] = p.Name
	}
	var lines []string
	for _, i := range items {
		name := string(i.Powerup)
		if names[i.Powerup] != "" {
			name = names[i.Powerup]
		}
		lines = append(lines, fmt.Sprintf("%d× %s", i.Quantity, name))
	}
	return "you have " + strings.Join(lines, ", ") + ".", err
}

// buy is -buy NAME [n]; a name may have several words.
func buy(ctx context.Context, t *turn) (reaction, error) {
	words, quantity := t.args[1:], 1
	if len(words) > 1 {
		if n, err := strconv.Atoi(words[len(words)-1]); err == nil {
			words, quantity = words[:len(words)-1], n
		}
	}
	if len(words) == 0 || quantity < 1 || quantity > tenant.MaxQuantity {
		return says("type !drop -buy NAME, or how many of them after that, up to %d.", tenant.MaxQuantity)
	}
	return t.purchase(ctx, strings.Join(words, " "), quantity)
}

func (t *turn) purchase(ctx context.Context, name string, quantity int) (reaction, error) {
	p, found, err := t.powerup(ctx, name)
	if err != nil || !found {
		r, _ := says("no power-up of that name is on sale. !drop -powerups says which are.")
		return r, err
	}
	return reaction{
		do:   tenant.Command{Buy: p.ID, Quantity: quantity},
		poor: fmt.Sprintf("%d× %s takes %s, and you do not have as many.", quantity, p.Name, plural(times(p.Cost, int64(quantity)), "point")),
		say: func(_ context.Context, done tenant.Handled) (string, error) {
			return fmt.Sprintf("you have %d× %s now, and %s left.", done.Bought.Quantity, p.Name, plural(done.Bought.Balance, "point")), nil
		},
	}, nil
}

// powerup finds one that is on sale by its name or its id.
func (t *turn) powerup(ctx context.Context, name string) (tenant.Powerup, bool, error) {
	all, err := t.store.Powerups(ctx, false)
	for _, p := range all {
		if folded(p.Name) == folded(name) || string(p.ID) == folded(name) {
			return p, true, nil
		}
	}
	return tenant.Powerup{}, false, err
}

// mostSpoken is how many bytes of a message are spoken.
const mostSpoken = 500

// say spends points on a message that an overlay or a bot speaks: the last event has it.
func say(ctx context.Context, t *turn) (reaction, error) {
	text, voice := t.text, ""
	if id, rest, given := strings.Cut(text, " "); strings.HasPrefix(id, "id=") && given {
		voice, text = strings.TrimPrefix(id, "id="), strings.TrimSpace(rest)
	}
	switch {
	case t.rules["tts_enabled"] == "false":
		return says("speech is switched off.")
	case text == "" || len(text) > mostSpoken || len(voice) > 100:
		return says("type !say and a message of up to %d letters.", mostSpoken)
	}
	if voice == "" {
		u, err := t.viewer(ctx, t.who)
		if err != nil {
			return reaction{}, err
		}
		if u.VoiceID != nil {
			voice = *u.VoiceID
		}
	}
	return t.speech(text, voice), nil
}

func (t *turn) speech(text, voice string) reaction {
	r, _ := says("")
	r.do.Event = last{Type: "tts", Username: t.who, Timestamp: t.sent.Sent.UTC().Format(time.RFC3339), Details: text, VoiceID: voice}.json()
	if cost := t.rules.number("say_cost"); cost > 0 {
		r.do.Moves = []tenant.Move{{Username: t.who, Amount: -cost, Source: "spend", Description: "TTS message (!say)"}}
	}
	return r
}
