package api

import (
	"errors"
	"net/http"

	"streamvault/api/kick"
	"streamvault/registry"
	"streamvault/shard/tenant"
)

// kickBody is the most bytes of an event: a thousand gifts fit.
const kickBody = 512 << 10

// kickRoutes takes what Kick tells. Whose channel it is of stands in the signed body, and so
// nothing but the signature lets anybody in.
func kickRoutes(hooks *kick.Hooks) []Route {
	r := declare[None, success](Route{Method: http.MethodPost, Path: "/webhooks/kick", Who: Anyone, Signed: true, MaxBody: kickBody,
		Summary: "An event of a channel, signed by Kick; each message acts once", sends: map[string]doc{"application/json": {"type": "object"}}})
	r.run = func(c *call) error {
		if err := c.receive(hooks); err != nil {
			return err
		}
		return c.answer(success{true})
	}
	return []Route{r}
}

// receive checks the signature before it looks for a channel, and the channel before it
// looks at what has happened.
func (c *call) receive(hooks *kick.Hooks) error {
	body, err := c.readAll()
	var incomplete *tenant.InvalidError
	if err != nil && !errors.As(err, &incomplete) { // no body is one that is not signed
		return err
	}
	d, err := hooks.Verify(c.ctx, c.r.Header, body)
	if err != nil {
		return err
	}
	id, err := d.Broadcaster()
	if err != nil {
		return err
	}
	if err := c.enterByKickID(id); err != nil {
		return err
	}
	to := kick.Channel{ID: c.streamer.ID, Username: c.streamer.Username, KickID: id}
	return hooks.Handle(c.ctx, to, c.server.ds.Tenant(c.streamer.ID), d)
}

func (c *call) enterByKickID(id string) error {
	s, err := c.server.ds.StreamerByKickID(c.ctx, id)
	if err != nil {
		return err
	}
	if err := c.goTo(s); err != nil {
		return err
	}
	if s.State == registry.Suspended {
		return suspended(s)
	}
	return nil
}
