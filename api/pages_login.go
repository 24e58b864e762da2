package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"streamvault/registry"
	"streamvault/shard/scope"
)

func loginRoutes() []Route {
	return []Route{
		complete(Route{Method: http.MethodPost, Path: "/login", Who: Anyone, SignIn: true,
			Summary: "Signs a page in with an owner key or an admin key: the answer sets a cookie"}, login),
		complete(Route{Method: http.MethodGet, Path: "/login", Who: Anyone,
			Summary: "What the cookies that came along open"}, signIns),
		complete(Route{Method: http.MethodPost, Path: "/logout", Who: Anyone,
			Summary: "Ends the sign-ins whose cookies came along"}, logout),
	}
}

type loginRequest struct {
	Body struct {
		Key string `json:"key"` // an owner key or an admin key: sv_owner_... or sv_admin_...
	}
}

type signedIn struct {
	Streamer  *string `json:"streamer"` // the channel that the cookie opens; null for an operator
	Admin     bool    `json:"admin"`    // whether it opens the installation
	ExpiresAt Time    `json:"expiresAt"`
}

func login(c *call, in *loginRequest) (signedIn, error) {
	if err := c.fromHere(); err != nil {
		return signedIn{}, err
	}
	key, err := c.server.ds.Authenticate(c.ctx, in.Body.Key)
	switch {
	case errors.Is(err, registry.ErrUnknownKey):
		return signedIn{}, c.unknownKey()
	case err != nil:
		return signedIn{}, err
	case key.Role == registry.RoleOwner:
		return c.signInStreamer(key.Streamer, key.ID)
	case key.Role == registry.RoleAdmin:
		return c.signInOperator(key.ID)
	}
	return signedIn{}, c.unknownKey()
}

// signInStreamer sets the cookie of a channel; key is what let him in, or 0.
func (c *call) signInStreamer(id scope.StreamerID, key int64) (signedIn, error) {
	s, err := c.server.ds.Streamer(c.ctx, id)
	if err != nil {
		return signedIn{}, err
	}
	name := cookieName(s)
	if err := c.endSignIn(name, c.server.ds.DeleteSession); err != nil {
		return signedIn{}, err
	}
	token, session, err := c.server.ds.CreateSession(c.ctx, s.ID, key, signedInFor)
	if err != nil {
		return signedIn{}, err
	}
	c.setCookie(name, token, int(signedInFor/time.Second))
	return signedIn{&s.Username, false, Time{session.ExpiresAt}}, nil
}

func (c *call) signInOperator(key int64) (signedIn, error) {
	if err := c.endSignIn(adminCookie, c.server.ds.DeleteAdminSession); err != nil {
		return signedIn{}, err
	}
	token, session, err := c.server.ds.CreateAdminSession(c.ctx, key, signedInFor)
	if err != nil {
		return signedIn{}, err
	}
	c.setCookie(adminCookie, token, int(signedInFor/time.Second))
	return signedIn{nil, true, Time{session.ExpiresAt}}, nil
}

// endSignIn ends the older sign-in of a cookie: a new one never goes on under its token.
func (c *call) endSignIn(cookie string, end func(context.Context, string) error) error {
	old, err := c.r.Cookie(cookie)
	if err != nil {
		return nil //nolint:nilerr // there is none
	}
	return end(c.ctx, old.Value)
}

// mostSignIns is how many channels' cookies of one browser are looked at.
const mostSignIns = 50

type open struct {
	Admin    bool     `json:"admin"`    // the installation, and every channel
	Channels []string `json:"channels"` // by name
	Kick     bool     `json:"kick"`     // whether streamers can sign in at /login/kick
}

func signIns(c *call, _ *None) (open, error) {
	found := open{Channels: []string{}, Kick: c.server.kickApp != nil}
	for i, cookie := range c.r.Cookies() {
		id, isOurs := strings.CutPrefix(cookie.Name, cookiePrefix)
		switch {
		case !isOurs || i >= mostSignIns:
			continue
		case cookie.Name == adminCookie:
			_, err := c.server.ds.AdminSession(c.ctx, cookie.Value)
			if found.Admin = err == nil; err != nil && !errors.Is(err, registry.ErrNotFound) {
				return open{}, err
			}
			continue
		}
		session, err := c.server.ds.Session(c.ctx, cookie.Value)
		if err == nil && strconv.FormatInt(int64(session.Streamer), 10) == id {
			s, err := c.server.ds.Streamer(c.ctx, session.Streamer)
			if err != nil {
				return open{}, err
			}
			found.Channels = append(found.Channels, s.Username)
		}
	}
	return found, nil
}

func logout(c *call, _ *None) (Nothing, error) {
	if err := c.fromHere(); err != nil {
		return Nothing{}, err
	}
	for _, cookie := range c.r.Cookies() {
		if !strings.HasPrefix(cookie.Name, cookiePrefix) {
			continue
		}
		end := c.server.ds.DeleteSession
		if cookie.Name == adminCookie {
			end = c.server.ds.DeleteAdminSession
		}
		if err := end(c.ctx, cookie.Value); err != nil {
			return Nothing{}, err
		}
		c.setCookie(cookie.Name, "", -1)
	}
	return Nothing{}, nil
}
