package api

import (
	"math"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// Rate is a bucket of Burst tokens that fills by PerSecond.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limits are how much one caller may ask. The zero value of a rate is no limit.
type Limits struct {
	// Requests of one address, and of one key. Callers on this machine, and addresses that
	// are a proxy's own, are not counted: they stand for many.
	Requests Rate
	// Webhooks of one address: a provider tells of all channels from a few of them.
	Webhooks Rate
	// SignIns of one address: codes that are asked for and tried.
	SignIns Rate
	// Unknown keys that one address has tried. A valid key is let in all the same.
	Unknown Rate
	// Trusted are the proxies whose X-Forwarded-For is believed.
	Trusted []netip.Prefix
	// AtOnce is how many requests of one streamer are served at the same time; more are
	// answered 503. 0 is no limit.
	AtOnce int
}

// DefaultLimits let one address make 12,000 requests a minute and more in a burst, try 60
// codes and then one a second, and 600 unknown keys and then ten a second. 500 requests of one
// streamer are served at once. A provider may
// send 2,000 messages a second: a chat message each 5 seconds on 10,000 channels.
func DefaultLimits() Limits {
	return Limits{Requests: Rate{200, 2000}, Webhooks: Rate{2000, 20_000}, SignIns: Rate{1, 60}, Unknown: Rate{10, 600}, AtOnce: 500}
}

// bucketsKept is how many callers are remembered; the one not seen for longest is forgotten.
const bucketsKept = 50_000

// limits holds a bucket for each caller.
type limits struct {
	Limits
	buckets *lru.Cache[bucketOf, *rate.Limiter]
}

// bucketOf names a bucket: what is counted, and whose.
type bucketOf struct {
	what    string
	address netip.Addr
	key     int64
	of      Rate // of a streamer's own limit, which may change
}

func newLimits(l Limits) *limits {
	buckets, err := lru.New[bucketOf, *rate.Limiter](bucketsKept)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &limits{l, buckets}
}

// take takes a token, or returns a refusal that says when the next one is there.
func (l *limits) take(r Rate, of bucketOf, now time.Time) error {
	if r == (Rate{}) {
		return nil
	}
	b, ok := l.buckets.Get(of)
	if !ok {
		b = rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)
		if earlier, there, _ := l.buckets.PeekOrAdd(of, b); there {
			b = earlier
		}
	}
	if b.AllowN(now, 1) {
		return nil
	}
	wait := time.Duration(float64(time.Second) * (1 - b.TokensAt(now)) / r.PerSecond)
	return &tooMany{wait}
}

// tooMany is the refusal of an empty bucket.
type tooMany struct{ wait time.Duration }

func (e *tooMany) Error() string { return "too many requests" }

// seconds is how long to wait, as Retry-After has it.
func (e *tooMany) seconds() string {
	return strconv.Itoa(max(int(math.Ceil(e.wait.Seconds())), 1))
}

// address is the caller's: the connection's, or what the trusted proxies before it say. Of
// an IPv6 address only the network counts, for everybody has many in it.
func (l *limits) address(r *http.Request) netip.Addr {
	a := remote(r.RemoteAddr)
	if !l.trusts(a) {
		return network(a)
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next := hopAddress(strings.TrimSpace(hop))
		if !next.IsValid() {
			break
		}
		if a = next; !l.trusts(a) {
			break
		}
	}
	return network(a)
}

// hopAddress reads what a proxy has written: an address, which some give a port.
func hopAddress(hop string) netip.Addr {
	if a, err := netip.ParseAddr(strings.Trim(hop, "[]")); err == nil {
		return a.Unmap().WithZone("")
	}
	return remote(hop)
}

func (l *limits) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(l.Trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}

func remote(hostPort string) netip.Addr {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

func network(a netip.Addr) netip.Addr {
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

// counted says whether plain requests of an address are limited.
func (l *limits) counted(a netip.Addr) bool { return a.IsValid() && !a.IsLoopback() && !l.trusts(a) }

// limit counts a request before anything of it is looked at.
func (c *call) limit() error {
	if c.trusted {
		return nil
	}
	l := c.server.limits
	c.address = l.address(c.r)
	if c.route.SignIn {
		if err := l.take(l.SignIns, bucketOf{what: "sign-ins", address: c.address}, c.started); err != nil {
			return err
		}
	}
	if !l.counted(c.address) {
		return nil
	}
	if c.route.Signed {
		return l.take(l.Webhooks, bucketOf{what: "webhooks", address: c.address}, c.started)
	}
	return l.take(l.Requests, bucketOf{what: "requests", address: c.address}, c.started)
}

// limitKey counts a request of a key, from wherever it comes.
func (c *call) limitKey(key int64) error {
	if c.counted || !c.server.limits.counted(c.address) {
		return nil
	}
	return c.server.limits.take(c.server.limits.Requests, bucketOf{what: "requests", key: key}, c.started)
}

// limitStreamer counts a request of a channel whose streamer has a limit, whoever asks.
func (c *call) limitStreamer() error {
	n := c.streamer.Limits.RequestsPerSecond
	if n == 0 || c.trusted || c.counted {
		return nil
	}
	r := Rate{float64(n), int(n)}
	return c.server.limits.take(r, bucketOf{what: "streamer", key: int64(c.streamer.ID), of: r}, c.started)
}

// unknownKey is the answer to a key that nobody has, or to too many of them.
func (c *call) unknownKey() error {
	l := c.server.limits
	if err := l.take(l.Unknown, bucketOf{what: "unknown keys", address: c.address}, c.started); err != nil {
		return err
	}
	return errUnauthorized
}
