package kick

import (
	"context"
	"crypto/rand"
	"math/big"
	"time"

	"github.com/rs/zerolog"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// Store is what events change of a streamer's, and what commands show.
type Store interface {
	tenant.WebhookStore
	tenant.SettingStore
	tenant.UserStore
	tenant.PointStore
	tenant.PowerupStore
	tenant.InventoryStore
	tenant.DropStore
	tenant.GoalStore
}

// Channel is a streamer, as far as chat has to know.
type Channel struct {
	ID       scope.StreamerID
	Username string
	KickID   string // of the channel
}

// ChatSender says something in a streamer's chat. It should not take long: Kick waits.
type ChatSender interface {
	Send(ctx context.Context, to Channel, text string) error
	// Said tells whether a message that was written in a chat is one that was sent.
	Said(to Channel, text string) bool
}

// Options of Hooks. The zero value takes nothing, as it has no key.
type Options struct {
	Keys KeySource           // nil: ErrDisabled
	Chat ChatSender          // nil: what would be said is logged
	Log  zerolog.Logger      // of answers that got lost
	Now  func() time.Time    // nil: the system's clock
	Draw func(n int64) int64 // from 0 to below n, all as likely; nil: crypto/rand
}

// Hooks deals with deliveries. It is safe for concurrent use.
type Hooks struct {
	o     Options
	duels *duels
}

// New makes Hooks.
func New(o Options) *Hooks {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Draw == nil {
		o.Draw = draw
	}
	if o.Chat == nil {
		o.Chat = logged{o.Log}
	}
	return &Hooks{o, newDuels(o.Now)}
}

// draw is a fair number from 0 to below n.
func draw(n int64) int64 {
	drawn, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		panic(err) // never: the system's source does not fail
	}
	return drawn.Int64()
}

// logged is the ChatSender of who has none.
type logged struct{ log zerolog.Logger }

func (l logged) Send(_ context.Context, to Channel, text string) error {
	l.log.Debug().Str("channel", to.Username).Str("text", text).Msg("chat")
	return nil
}

// Said implements ChatSender: nothing was.
func (l logged) Said(Channel, string) bool { return false }

// Handle does what a delivery says, once; what we have said ourselves does nothing. It returns an InvalidError when the body is not
// of the type that the header says.
func (h *Hooks) Handle(ctx context.Context, to Channel, s Store, d Delivery) error {
	e, err := d.event()
	if err != nil || e.what == "" {
		return err
	}
	if e.what == chatMessage && h.o.Chat.Said(to, e.content) {
		return nil
	}
	r, err := rulesOf(ctx, s, e)
	if err != nil {
		return err
	}
	m := r.message(d, e)
	if e.what == chatMessage {
		return h.chat(ctx, m, &turn{hooks: h, channel: to, store: s, rules: r, who: e.who, sent: d}, e.content)
	}
	_, err = s.HandleMessage(ctx, m)
	return err
}
