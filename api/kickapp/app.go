package kickapp

import (
	"context"
	"hash/maphash"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"streamvault/api/kick"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

const (
	// Provider is the name under which tokens are stored.
	Provider = "kick"
	// IDURL is where Kick signs people in.
	IDURL = "https://id.kick.com"
	// APIURL is where Kick does things for applications.
	APIURL = "https://api.kick.com"

	// Bot and User are who speaks in a chat: the application's bot, or the streamer himself.
	Bot, User = "bot", "user"

	// answerTimeout is how long Kick may take for one answer.
	answerTimeout = 5 * time.Second
	// lastWords is how long what is still to be said may hold up a stop.
	lastWords = time.Second
	// speakers is how many chats are spoken in at the same time.
	speakers = 32
)

// Options of an App. ClientID, ClientSecret and Tokens are always given.
type Options struct {
	ClientID, ClientSecret string
	IDURL, APIURL          string // "": Kick's own
	ChatAs                 string // Bot or User; "" is Bot
	Webhooks               bool   // they are taken: Kick is asked to send them
	Tokens                 func(scope.StreamerID) tenant.TokenStore
	// Channels lists those that have a Kick id, by the streamer's id, some of those above
	// after, and where to go on, 0 at the end. nil: nothing is looked after by itself.
	Channels  func(ctx context.Context, after scope.StreamerID) (some []kick.Channel, next scope.StreamerID, err error)
	TendEvery time.Duration // what was granted is looked after; 0 is 6 hours
	Log       zerolog.Logger
	Now       func() time.Time  // nil: the system's clock
	Timeout   time.Duration     // for one answer of Kick's; 0 is 5 seconds
	Transport http.RoundTripper // nil: one of its own
}

// App acts for the streamers who signed in through it. It is safe for concurrent use.
type App struct {
	o       Options
	client  *http.Client
	renewed [64]sync.Mutex // held while tokens change; streamers share them

	mu      sync.Mutex
	queues  map[scope.StreamerID]*queue
	debts   map[scope.StreamerID]debt
	closed  bool
	closing chan struct{} // closed with it
	seed    maphash.Seed  // of what was said

	slots   chan struct{}
	work    sync.WaitGroup
	stopped context.Context // ends what is under way, renewals excepted
	stop    context.CancelFunc

	sent, unsaid, dropped, failed atomic.Uint64
}

// New makes an App; Close ends it.
func New(o Options) *App {
	if o.IDURL == "" {
		o.IDURL = IDURL
	}
	if o.APIURL == "" {
		o.APIURL = APIURL
	}
	o.IDURL, o.APIURL = strings.TrimSuffix(o.IDURL, "/"), strings.TrimSuffix(o.APIURL, "/")
	if o.ChatAs == "" {
		o.ChatAs = Bot
	}
	if o.TendEvery <= 0 {
		o.TendEvery = tendEvery
	}
	if o.Timeout <= 0 {
		o.Timeout = answerTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost, t.MaxResponseHeaderBytes = speakers, 64<<10
		o.Transport = t
	}
	a := &App{o: o, seed: maphash.MakeSeed(), queues: map[scope.StreamerID]*queue{}, debts: map[scope.StreamerID]debt{}, closing: make(chan struct{}), slots: make(chan struct{}, speakers)}
	a.client = &http.Client{Transport: o.Transport, Timeout: o.Timeout,
		// A token goes where it was meant to go and nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a.stopped, a.stop = context.WithCancel(context.Background())
	if o.Channels != nil {
		a.work.Add(1)
		go a.tend()
	}
	return a
}

// Stats are counters of chat messages since the start.
type Stats struct {
	Sent    uint64
	Unsaid  uint64 // there is no token that may
	Dropped uint64 // too many were waiting
	Failed  uint64 // Kick did not take them
}

// Stats says how many messages went where.
func (a *App) Stats() Stats {
	return Stats{a.sent.Load(), a.unsaid.Load(), a.dropped.Load(), a.failed.Load()}
}

// Close says what is still to be said, for a second at most, drops the rest and waits
// until nothing is under way, or until ctx ends.
func (a *App) Close(ctx context.Context) error {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		close(a.closing)
	}
	a.mu.Unlock()
	done := make(chan struct{})
	go func() { a.work.Wait(); close(done) }()
	defer a.client.CloseIdleConnections()
	defer a.stop()
	select {
	case <-done:
		return nil
	case <-time.After(lastWords):
	case <-ctx.Done():
	}
	a.stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin counts a piece of work that Close waits for, unless it is too late for any.
func (a *App) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.work.Add(1)
	}
	return !a.closed
}
