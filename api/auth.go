package api

import (
	"errors"
	"strconv"
	"strings"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// Caller is who makes a request.
type Caller struct {
	// Actor is how the audit log names him: "key:17", "control", or "" when nobody asked.
	Actor string
	// Admin says that he may call for every streamer.
	Admin bool
}

// Control says that the caller came through the control handler: he may name files of this
// machine.
func (c Caller) Control() bool { return c.Actor == "control" }

// admit finds the streamer of a channel's route and decides whether the caller may go on.
// Nothing else of the request has been looked at before.
func (c *call) admit() error {
	if c.route.OnChannel() {
		if err := c.enter(); err != nil {
			return err
		}
	}
	if err := c.identify(); err != nil {
		return err
	}
	if c.streamer != nil && c.streamer.State == registry.Suspended && c.route.Writes() && !c.route.Always {
		return suspended(c.streamer)
	}
	return nil
}

// enter looks the channel up.
func (c *call) enter() error {
	name, err := c.variable("channel")
	if err != nil {
		return errNothingHere
	}
	s, err := c.server.ds.StreamerByName(c.ctx, name)
	var renamed *registry.RenamedError
	if errors.As(err, &renamed) && !renamed.Now.Gone() {
		if !c.route.Follows || !asksFor(c.r.Header, "Upgrade", "websocket") {
			return c.follow(renamed.Now)
		}
		s, err = renamed.Now, nil // a browser follows no redirect of a WebSocket
	}
	if err != nil {
		return err
	}
	if err := c.goTo(s); err != nil {
		return err
	}
	return c.limitStreamer()
}

// goTo makes the call one of a streamer's. One that is being made or removed is not there.
func (c *call) goTo(s *registry.Streamer) error {
	if s.Gone() {
		return errNothingHere
	}
	c.streamer = s
	return nil
}

// identify holds the caller's key against the route.
func (c *call) identify() error {
	if c.trusted {
		c.caller = Caller{Actor: "control", Admin: true}
		return nil
	}
	if c.route.Who == Anyone {
		return nil
	}
	secret := c.secret()
	if secret == "" && c.route.Loopback && len(c.r.Header["Authorization"]) == 0 && c.onLoopback() {
		c.caller = Caller{Actor: "loopback"}
		return nil
	}
	if secret == "" {
		return c.identifyPage()
	}
	key, err := c.server.ds.Authenticate(c.ctx, secret)
	if errors.Is(err, registry.ErrUnknownKey) {
		return c.identifyViewer(secret)
	}
	if err != nil {
		return err
	}
	c.caller = Caller{Actor: "key:" + strconv.FormatInt(key.ID, 10)}
	if err := c.limitKey(key.ID); err != nil {
		return err
	}
	return c.allow(key)
}

// identifyViewer holds a viewer's session against the route: it opens what is his own.
// Another viewer's is not there for him.
func (c *call) identifyViewer(token string) error {
	if c.streamer == nil {
		return c.unknownKey()
	}
	store := c.server.ds.Tenant(c.streamer.ID)
	s, err := store.Session(c.ctx, token)
	if errors.Is(err, scope.ErrNotFound) {
		return c.unknownKey()
	}
	if err != nil {
		return err
	}
	c.caller = Caller{Actor: "viewer:" + strconv.FormatInt(int64(s.User), 10)}
	if c.route.Who != Viewer {
		return errForbidden
	}
	if !strings.Contains(c.route.Path, "{username}") {
		return nil
	}
	name, err := c.variable("username")
	if err != nil {
		return errNothingHere
	}
	u, err := store.UserByName(c.ctx, name)
	if err == nil && u.ID != s.User {
		err = errNothingHere
	}
	return err
}

// allow decides by role. A key of another streamer finds nothing, and so does a streamer's
// key on the installation's routes.
func (c *call) allow(key registry.Key) error {
	if key.Role == registry.RoleAdmin {
		c.caller.Admin = true
		return nil
	}
	if c.streamer == nil || key.Streamer != c.streamer.ID {
		return errNothingHere
	}
	if key.Role == registry.RoleOwner || key.Role == registry.RoleOverlay && c.route.Who == Overlay && !c.route.Writes() {
		return nil
	}
	return errForbidden
}

// secret is the key that came with the request, or "".
func (c *call) secret() string {
	switch sent := c.r.Header["Authorization"]; {
	case len(sent) == 1:
		return bearer(sent[0])
	case len(sent) == 0 && c.route.Who == Overlay:
		if keys := c.r.URL.Query()["key"]; len(keys) == 1 {
			return keys[0]
		}
	}
	return ""
}

// bearer is the secret in an Authorization header, or "".
func bearer(header string) string {
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}
