package api

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"streamvault/registry"
)

// A page of ours cannot keep a key: scripts would see it. Its streamer signs in with an owner
// key once and gets a cookie that no script reads, that goes back to this host only, and only
// over TLS (browsers count this very machine as that). It opens what the key opens on that
// one channel. An operator's cookie, for an admin key, opens what that opens, and ends with
// it. A request that another site has a browser send is refused.

// signedInFor is how long a cookie lasts.
const signedInFor = 7 * 24 * time.Hour

// cookiePrefix begins a cookie's name; the streamer's id follows, so that one browser may be
// signed in for several. __Host- makes browsers refuse one that was planted by a neighbour.
const (
	cookiePrefix = "__Host-sv_"
	adminCookie  = cookiePrefix + "admin"
)

var errCrossOrigin = NewProblem(http.StatusForbidden, "cross_origin", "Another site has sent this with your sign-in; it was not done.")

func cookieName(s *registry.Streamer) string {
	return cookiePrefix + strconv.FormatInt(int64(s.ID), 10)
}

func (c *call) setCookie(name, value string, seconds int) {
	http.SetCookie(c.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
}

// identifyPage holds the cookies that came along against the route: the channel's, then an
// operator's.
func (c *call) identifyPage() error {
	err := error(errUnauthorized)
	if c.streamer != nil {
		err = c.identifyStreamer()
	}
	if errors.Is(err, errUnauthorized) {
		err = c.identifyOperator()
	}
	if err != nil {
		return err
	}
	return c.fromHere()
}

func (c *call) identifyStreamer() error {
	cookie, err := c.r.Cookie(cookieName(c.streamer))
	if err != nil {
		return errUnauthorized
	}
	session, err := c.server.ds.Session(c.ctx, cookie.Value)
	if errors.Is(err, registry.ErrNotFound) || err == nil && session.Streamer != c.streamer.ID {
		return errUnauthorized
	}
	if err != nil {
		return err
	}
	c.caller = Caller{Actor: "page:" + strconv.FormatInt(int64(c.streamer.ID), 10)}
	if c.route.Who > Owner {
		return errForbidden
	}
	return nil
}

// identifyOperator lets in whom his admin key would let in, and calls him by it.
func (c *call) identifyOperator() error {
	cookie, err := c.r.Cookie(adminCookie)
	if err != nil {
		return errUnauthorized
	}
	session, err := c.server.ds.AdminSession(c.ctx, cookie.Value)
	if errors.Is(err, registry.ErrNotFound) {
		return errUnauthorized
	}
	if err != nil {
		return err
	}
	c.caller = Caller{Actor: "key:" + strconv.FormatInt(session.Key, 10), Admin: true}
	return c.limitKey(session.Key)
}

// fromHere refuses what a browser sends because another site told it to. A WebSocket is a
// GET, but its page reads what comes, so it has to be one of ours too.
func (c *call) fromHere() error {
	if c.server.crossOrigin.Check(c.r) != nil {
		return errCrossOrigin
	}
	if !c.route.Follows {
		return nil
	}
	origin := c.r.Header.Get("Origin")
	if u, err := url.Parse(origin); origin != "" && (err != nil || !strings.EqualFold(u.Host, c.r.Host)) {
		return errCrossOrigin
	}
	return nil
}
