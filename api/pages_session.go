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
// one channel. A request that another site has a browser send is refused.

// signedInFor is how long a cookie lasts.
const signedInFor = 7 * 24 * time.Hour

// cookiePrefix begins a cookie's name; the streamer's id follows, so that one browser may be
// signed in for several. __Host- makes browsers refuse one that was planted by a neighbour.
const cookiePrefix = "__Host-sv_"

var errCrossOrigin = NewProblem(http.StatusForbidden, "cross_origin", "Another site has sent this with your sign-in; it was not done.")

func loginRoutes() []Route {
	return []Route{
		complete(Route{Method: http.MethodPost, Path: "/login", Who: Anyone, SignIn: true,
			Summary: "Signs a page in with an owner key: the answer sets a cookie"}, login),
		complete(Route{Method: http.MethodPost, Path: "/logout", Who: Anyone,
			Summary: "Ends the sign-ins whose cookies came along"}, logout),
	}
}

type loginRequest struct {
	Body struct {
		Key string `json:"key"` // an owner key: sv_owner_...
	}
}

type signedIn struct {
	Streamer  string `json:"streamer"` // the channel that the cookie opens
	ExpiresAt Time   `json:"expiresAt"`
}

func login(c *call, in *loginRequest) (signedIn, error) {
	if err := c.fromHere(); err != nil {
		return signedIn{}, err
	}
	key, err := c.server.ds.Authenticate(c.ctx, in.Body.Key)
	if errors.Is(err, registry.ErrUnknownKey) || err == nil && key.Role != registry.RoleOwner {
		return signedIn{}, c.unknownKey()
	}
	if err != nil {
		return signedIn{}, err
	}
	s, err := c.server.ds.Streamer(c.ctx, key.Streamer)
	if err != nil {
		return signedIn{}, err
	}
	name := cookieName(s)
	if old, err := c.r.Cookie(name); err == nil { // a sign-in never goes on under an older token
		if err := c.server.ds.DeleteSession(c.ctx, old.Value); err != nil {
			return signedIn{}, err
		}
	}
	token, session, err := c.server.ds.CreateSession(c.ctx, s.ID, signedInFor)
	if err != nil {
		return signedIn{}, err
	}
	c.setCookie(name, token, int(signedInFor/time.Second))
	return signedIn{s.Username, Time{session.ExpiresAt}}, nil
}

func logout(c *call, _ *None) (Nothing, error) {
	if err := c.fromHere(); err != nil {
		return Nothing{}, err
	}
	for _, cookie := range c.r.Cookies() {
		if !strings.HasPrefix(cookie.Name, cookiePrefix) {
			continue
		}
		if err := c.server.ds.DeleteSession(c.ctx, cookie.Value); err != nil {
			return Nothing{}, err
		}
		c.setCookie(cookie.Name, "", -1)
	}
	return Nothing{}, nil
}

func cookieName(s *registry.Streamer) string {
	return cookiePrefix + strconv.FormatInt(int64(s.ID), 10)
}

func (c *call) setCookie(name, value string, seconds int) {
	http.SetCookie(c.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
}

// identifyPage holds the cookie of the channel against the route.
func (c *call) identifyPage() error {
	if c.streamer == nil {
		return errUnauthorized
	}
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
	return c.fromHere()
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
