package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"streamvault/api/kickapp"
	"streamvault/registry"
)

var errNoName = NewProblem(http.StatusConflict, "conflict", "Every name for your channel is taken: ask the installation's operator to make one.")

// longestChannel is how many letters a channel may have.
const longestChannel = 32

// streamer finds somebody by his Kick id, under whatever name, or makes him a channel.
func (l *kickLogin) streamer(c *call, who kickapp.Person) (*registry.Streamer, error) {
	s, err := c.server.ds.StreamerByKickID(c.ctx, who.ID)
	if !errors.Is(err, registry.ErrNotFound) {
		return s, err
	}
	if l.Closed {
		return nil, errSignupClosed
	}
	n := registry.NewStreamer{DisplayName: who.Name, KickUserID: &who.ID, Actor: c.caller.Actor}
	if who.Avatar != "" {
		n.AvatarURL = &who.Avatar
	}
	for _, n.Username = range channelsFor(who) {
		s, _, err := c.server.ds.CreateStreamer(c.ctx, n)
		if errors.Is(err, registry.ErrInvalidName) { // reserved
			continue
		}
		if !errors.Is(err, registry.ErrTaken) {
			return s, err
		}
		if s, err := c.server.ds.StreamerByKickID(c.ctx, who.ID); !errors.Is(err, registry.ErrNotFound) {
			return s, err // he has signed in twice at once
		}
	}
	return nil, errNoName
}

// channelsFor are the names that somebody's channel can have, the first that is free: his
// own, with what cannot be in a channel as _, then that with his Kick id, then some more.
func channelsFor(who kickapp.Person) []string {
	own := strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '-':
			return r
		}
		return '_'
	}, who.Name)
	if strings.Trim(own, "_-") == "" {
		return []string{suffixed("kick", who.ID)} // nothing is left of it
	}
	names := []string{cut(own, longestChannel), suffixed(own, who.ID)}
	for i := 2; i < 10; i++ {
		names = append(names, suffixed(own, who.ID+"-"+strconv.Itoa(i)))
	}
	return names
}

// suffixed ends a name so that it still is a channel.
func suffixed(name, end string) string { return cut(name, longestChannel-1-len(end)) + "-" + end }

func cut(name string, most int) string { return name[:min(len(name), most)] }
