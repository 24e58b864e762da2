package api

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"streamvault/api/kick"
	"streamvault/api/kickapp"
	"streamvault/registry"
	"streamvault/shard/scope"
)

// KickLogin is how streamers sign in with Kick.
type KickLogin struct {
	App *kickapp.App // nil: they cannot
	// PublicURL is the server's address as browsers see it, such as https://vault.example;
	// "" takes it from the request, which is right unless a proxy speaks TLS for the server.
	PublicURL string
	Closed    bool             // nobody who is not a streamer already becomes one
	Now       func() time.Time // nil: the system's clock
}

// The sign-in follows OAuth 2.1: the browser is sent to Kick with a state and the challenge
// of a secret (PKCE), comes back with the state and a code, and we change code and secret
// for tokens. What is kept between lies sealed in a cookie, so a state counts in the browser
// that it was made for. Where a browser is sent to afterwards depends on nothing it brings.

var (
	errNoKickLogin = NewProblem(http.StatusServiceUnavailable, "kick_login_disabled",
		"This installation is no application of Kick's, so nobody can sign in with Kick; sign in with an owner key, or ask its operator to say --kick-client-id.")
	errLoginOver = NewProblem(http.StatusBadRequest, "login_expired",
		"This sign-in was begun in another browser or more than 10 minutes ago, or it is done already: begin again at /login/kick.")
	errLoginDenied = NewProblem(http.StatusForbidden, "login_denied",
		"Kick says that you have not allowed it, so nothing was done: begin again at /login/kick if you want to.")
	errLoginRefused = NewProblem(http.StatusBadRequest, "login_refused",
		"Kick does not accept this sign-in, for it took too long or is used: begin again at /login/kick.")
	errKickAway = NewProblem(http.StatusServiceUnavailable, "kick_unavailable",
		"Kick does not answer as it should, so nobody can sign in with it: try again in a minute at /login/kick.")
	errKickClient = NewProblem(http.StatusServiceUnavailable, "kick_login_misconfigured",
		"Kick does not accept this installation's application: its operator has to look at --kick-client-id, the client secret, the redirect URL and the scopes.")
	errSignupClosed = NewProblem(http.StatusForbidden, "signup_closed",
		"No channel here is yours at Kick, and this installation takes nobody new: ask its operator to make a channel with your Kick user id.")
	errInTrash = NewProblem(http.StatusForbidden, "streamer_deleted",
		"Your channel has been deleted: ask the installation's operator, who can bring it back for a while.")
)

func kickLoginRoutes(o KickLogin) []Route {
	l := newKickLogin(o)
	begin := declare[None, Nothing](Route{Method: http.MethodGet, Path: "/login/kick", Who: Anyone, SignIn: true, Effects: true, Page: true,
		Status: http.StatusSeeOther, Summary: "Sends a browser to Kick, where a streamer signs in"})
	begin.run = l.begin
	back := declare[callbackRequest, Nothing](Route{Method: http.MethodGet, Path: "/callback", Who: Anyone, SignIn: true, Effects: true, Page: true,
		Status: http.StatusSeeOther, Timeout: 20 * time.Second,
		Summary: "Where Kick sends the browser back to: signs the streamer in, who is made if need be, and leads to the dashboard"})
	back.run = l.back
	return []Route{begin, back}
}

// callbackRequest is what Kick hands the browser.
type callbackRequest struct {
	Code  string `query:"code"`  // changed for tokens, once
	State string `query:"state"` // as /login/kick made it
	Error string `query:"error"` // why there is no code
}

func (l *kickLogin) begin(c *call) error {
	if l.App == nil {
		return errNoKickLogin
	}
	p := pendingLogin{State: rand.Text(), Verifier: rand.Text() + rand.Text(), Redirect: l.callback(c.r), Expires: l.Now().Add(loginTime).Unix()}
	sealed, err := l.seal(p)
	if err != nil {
		return err
	}
	c.setCookie(loginCookie, sealed, int(loginTime/time.Second))
	c.goOn(l.App.AuthorizeURL(p.Redirect, p.State, p.Verifier))
	return nil
}

// callback is where Kick shall send the browser back to.
func (l *kickLogin) callback(r *http.Request) string {
	if l.PublicURL != "" {
		return l.PublicURL + "/callback"
	}
	u := url.URL{Scheme: "http", Host: r.Host, Path: "/callback"}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}

// goOn sends the browser elsewhere.
func (c *call) goOn(address string) {
	c.w.Header().Set("Location", address)
	c.send(http.StatusSeeOther, "", nil)
}

func (l *kickLogin) back(c *call) error {
	if l.App == nil {
		return errNoKickLogin
	}
	var in callbackRequest
	if err := c.bind(&in); err != nil {
		return err
	}
	p, err := l.pending(c, in.State)
	if err != nil {
		return err
	}
	c.setCookie(loginCookie, "", -1)
	switch {
	case in.Error != "":
		return kickSaysNo(in.Error)
	case in.Code == "":
		return errLoginRefused
	}
	grant, who, err := l.App.SignIn(c.ctx, in.Code, p.Verifier, p.Redirect)
	if err != nil {
		return kickTrouble(err)
	}
	return l.enter(c, grant, who)
}

// kickSaysNo is what somebody is told whom Kick sends back without a code.
func kickSaysNo(why string) error {
	switch why {
	case "access_denied":
		return errLoginDenied
	case "server_error", "temporarily_unavailable":
		return errKickAway
	}
	return errKickClient
}

// kickTrouble is what somebody who wants to sign in is told of a trouble with Kick.
func kickTrouble(err error) error {
	told := errKickAway
	switch {
	case errors.Is(err, kickapp.ErrClient):
		told = errKickClient
	case errors.Is(err, kickapp.ErrRefused):
		told = errLoginRefused
	}
	return fmt.Errorf("%w: %w", told, err)
}

// enter signs in whom Kick has named, and leads him to his dashboard.
func (l *kickLogin) enter(c *call, grant kickapp.Grant, who kickapp.Person) error {
	c.caller = Caller{Actor: "kick:" + who.ID}
	s, err := l.streamer(c, who)
	if err != nil {
		return err
	}
	c.streamer = s
	switch s.State {
	case registry.Suspended:
		return suspended(s)
	case registry.Trashed, registry.Deleting:
		return errInTrash
	case registry.Creating:
		return scope.ErrBusy
	}
	if err := l.App.Keep(c.ctx, s.ID, grant); err != nil {
		return err
	}
	if _, err := c.signInStreamer(s.ID, 0); err != nil {
		return err
	}
	l.App.Subscribe(kick.Channel{ID: s.ID, Username: s.Username, KickID: who.ID}, grant)
	c.goOn("/" + s.Username + "/dashboard")
	return nil
}
