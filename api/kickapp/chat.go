package kickapp

import (
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"net/http"
	"slices"
	"strings"
	"time"

	"streamvault/api/kick"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

const (
	// mostWaiting is how many messages of one streamer may wait to be said.
	mostWaiting = 20
	// mostPatience is the longest that Kick's wish to be left alone is heeded.
	mostPatience = 10 * time.Second
	// trustNew is how old a token has to be for a renewal when Kick refuses it.
	trustNew = 10 * time.Minute
	// remembered is how many of our own messages in a chat are known again.
	remembered = 50
)

// queue is what is to be said in one chat.
type queue struct {
	waiting []string
	said    []uint64 // last, by their hashes, the newest at the end; also what may have been
	running bool
	full    bool   // since when somebody speaks
	told    string // the trouble that was logged last; "" when there is none
}

var _ kick.ChatSender = (*App)(nil)

// Send has something said, in its turn, in the streamer's chat. It returns at once and
// never an error: when too much waits it is dropped, and counted.
func (a *App) Send(_ context.Context, to kick.Channel, text string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.queues[to.ID]
	if q == nil {
		q = &queue{}
		a.queues[to.ID] = q
	}
	if a.closed || len(q.waiting) >= mostWaiting {
		a.dropped.Add(1)
		if !q.full {
			q.full = true
			a.o.Log.Warn().Str("channel", to.Username).Msg("answers in chat are dropped: too many wait")
		}
		return nil
	}
	q.waiting = append(q.waiting, text)
	if !q.running {
		q.running = true
		a.work.Add(1)
		go a.speak(to, q)
	}
	return nil
}

// speak says what waits, one after the other, until nothing does.
func (a *App) speak(to kick.Channel, q *queue) {
	defer a.work.Done()
	for {
		text, more := a.next(q)
		if !more {
			return
		}
		a.remember(q, text) // before Kick tells us of it
		select {
		case a.slots <- struct{}{}:
			a.tell(to, q, a.say(a.stopped, to, text))
			<-a.slots
		case <-a.stopped.Done():
			a.dropped.Add(1)
		}
	}
}

func (a *App) remember(q *queue, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(q.said) == remembered {
		q.said = slices.Delete(q.said, 0, 1)
	}
	q.said = append(q.said, a.hash(text))
}

func (a *App) hash(text string) uint64 { return maphash.String(a.seed, strings.TrimSpace(text)) }

// Said tells whether a message in a chat is one of the last of ours: Kick tells of them as of
// all others, but nobody has earned anything by them.
func (a *App) Said(to kick.Channel, text string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.queues[to.ID]
	return q != nil && slices.Contains(q.said, a.hash(text))
}

func (a *App) next(q *queue) (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(q.waiting) == 0 {
		q.running, q.full, q.waiting = false, false, nil
		return "", false
	}
	text := q.waiting[0]
	q.waiting = q.waiting[1:]
	return text, true
}

// tell counts what came of a message, and logs a trouble once and not at each message. Only
// who speaks for the queue touches what was told.
func (a *App) tell(to kick.Channel, q *queue, err error) {
	switch {
	case err == nil:
		a.sent.Add(1)
		q.told = ""
		return
	case errors.Is(err, errMute):
		a.unsaid.Add(1)
		return
	}
	a.failed.Add(1)
	if text := err.Error(); text != q.told && !errors.Is(err, ErrExpired) { // that was logged when it happened
		q.told = text
		a.o.Log.Warn().Err(err).Str("channel", to.Username).Msg("an answer was not said in chat")
	}
}

// errNotSent is Kick's word that a message does not show.
var errNotSent = errors.New("kick has not shown the message")

// errMute says that the streamer has not allowed us to speak.
var errMute = errors.New("nothing may be said here")

// say says something once. Whether it was said is not known when Kick does not answer; then
// it is not repeated.
func (a *App) say(ctx context.Context, to kick.Channel, text string) error {
	t, err := a.token(ctx, to.ID)
	if errors.Is(err, scope.ErrNotFound) || err == nil && t.Scope != nil && !allows(*t.Scope, "chat:write") {
		a.o.Log.Debug().Str("channel", to.Username).Str("text", text).Msg("chat")
		return errMute
	}
	if err != nil {
		return err
	}
	err = a.write(ctx, t, to, text)
	if status(err) == http.StatusUnauthorized && a.o.Now().Sub(t.UpdatedAt) >= trustNew {
		if t, err = a.renew(to.ID, t); err == nil {
			err = a.write(ctx, t, to, text)
		}
	}
	if pause := wait(err); pause > 0 && pause <= mostPatience {
		select {
		case <-time.After(pause):
			err = a.write(ctx, t, to, text)
		case <-ctx.Done():
		}
	}
	return err
}

// write is one call of Kick's chat.
func (a *App) write(ctx context.Context, t tenant.Token, to kick.Channel, text string) error {
	body := struct {
		Content     string      `json:"content"`
		Type        string      `json:"type"`
		Broadcaster json.Number `json:"broadcaster_user_id,omitempty"` // of User; a bot speaks where the token is from
	}{Content: text, Type: a.o.ChatAs}
	if a.o.ChatAs == User {
		body.Broadcaster = json.Number(to.KickID)
	}
	var answer struct {
		Data struct {
			Sent *bool `json:"is_sent"`
		} `json:"data"`
	}
	err := a.post(ctx, "/public/v1/chat", t.AccessToken, body, &answer)
	if err == nil && (answer.Data.Sent != nil && !*answer.Data.Sent) {
		err = errNotSent
	}
	return err
}
