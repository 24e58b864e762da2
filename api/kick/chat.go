package kick

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// longestAnswer is how many characters Kick takes in one message.
const longestAnswer = 500

// command is something that viewers type.
type command struct {
	names []string // without the mark; the first is the one that rests
	rest  time.Duration
	react func(context.Context, *turn) (reaction, error)
}

// turn is one use of a command.
type turn struct {
	hooks   *Hooks
	channel Channel
	store   Store
	rules   rules
	who     string
	sent    Delivery
	name    string // as it was typed, without the mark, in lower case
	text    string // what followed
	args    []string
}

// reaction is what a command does. Before it is done nothing but reads may happen, as the
// message may have been dealt with.
type reaction struct {
	do   tenant.Command
	say  func(context.Context, tenant.Handled) (string, error) // after it was done; "" says nothing
	poor string                                                // said when points are missing, instead of how many
	undo func()                                                // when it was not tried: the message was dealt with before, or the command rests
}

// says is a reaction that changes nothing.
func says(format string, args ...any) (reaction, error) {
	text := fmt.Sprintf(format, args...)
	return reaction{say: func(context.Context, tenant.Handled) (string, error) { return text, nil }}, nil
}

// shows is a reaction that changes nothing and looks something up once it may.
func shows(look func(context.Context) (string, error)) (reaction, error) {
	return reaction{say: func(ctx context.Context, _ tenant.Handled) (string, error) { return look(ctx) }}, nil
}

// chat handles a chat message, with its command if it is one.
func (h *Hooks) chat(ctx context.Context, m tenant.Message, t *turn, content string) error {
	c, found := t.find(content)
	if !found {
		_, err := t.store.HandleMessage(ctx, m)
		return err
	}
	r, err := c.react(ctx, t)
	if err != nil {
		return err
	}
	r.do.Username, r.do.Name, r.do.Cooldown = t.who, "!"+c.names[0], c.rest
	m.Command = &r.do
	done, err := t.store.HandleMessage(ctx, m)
	if r.undo != nil && err == nil && (!done.First || done.Wait > 0) {
		r.undo()
	}
	if err == nil && done.First && done.Wait == 0 {
		t.answer(ctx, r, done)
	}
	return err
}

// marked says that a message may be a command.
func marked(content string) bool { return strings.HasPrefix(strings.TrimSpace(content), "!") }

// find reads a command off a message.
func (t *turn) find(content string) (command, bool) {
	word, text, _ := strings.Cut(strings.TrimSpace(content), " ")
	name, marked := strings.CutPrefix(folded(word), "!")
	if !marked {
		return command{}, false
	}
	t.name, t.text = name, strings.TrimSpace(text)
	t.args = strings.Fields(t.text)
	if c, known := commands[name]; known {
		return c, true
	}
	if t.link(name) != "" {
		return command{names: []string{name}, rest: 30 * time.Second, react: sayLink}, true
	}
	return command{}, false
}

// answer tells the viewer what came of his command. The command stands whether or not he
// hears of it.
func (t *turn) answer(ctx context.Context, r reaction, done tenant.Handled) {
	text, err := t.refusal(r, done.Refused), error(nil)
	if done.Refused == nil {
		text, err = r.say(ctx, done)
	}
	if err == nil && text != "" {
		err = t.hooks.o.Chat.Send(ctx, t.channel, shortened("@"+t.who+" "+text))
	}
	if err != nil {
		t.hooks.o.Log.Warn().Err(err).Str("channel", t.channel.Username).Msg("a command was not answered")
	}
}

// refusal says why nothing was done.
func (t *turn) refusal(r reaction, err error) string {
	var poor *tenant.InsufficientError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &poor) && r.poor != "":
		return r.poor
	case errors.As(err, &poor):
		return fmt.Sprintf("that takes %s, and you have %d.", plural(poor.Price, "point"), poor.Balance)
	case errors.Is(err, scope.ErrNotFound):
		return "this code is wrong or too old. Ask for a new one on the page."
	case errors.Is(err, scope.ErrOutOfRange):
		return "nobody can have that many points."
	}
	return "that cannot be done."
}

func shortened(text string) string {
	if letters := []rune(text); len(letters) > longestAnswer {
		return string(letters[:longestAnswer-1]) + "…"
	}
	return text
}

// folded lowers A to Z and nothing else, as the names of viewers compare.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}

// viewer finds a viewer; a stranger has nothing.
func (t *turn) viewer(ctx context.Context, name string) (tenant.User, error) {
	u, err := t.store.UserByName(ctx, name)
	if errors.Is(err, scope.ErrNotFound) {
		return tenant.User{Username: name}, nil
	}
	return u, err
}
