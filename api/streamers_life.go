package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/tenant"
)

// longTimeout is for changes that wait until calls of a streamer have ended and large files are
// gone.
const longTimeout = 2 * time.Minute

// stateNamed is a state by its name.
func stateNamed(name string) (registry.State, error) {
	switch s := registry.State(name); s {
	case registry.Creating, registry.Active, registry.Suspended, registry.Migrating, registry.Held, registry.Quarantined,
		registry.Deleting, registry.Trashed:
		return s, nil
	}
	return "", &tenant.InvalidError{Field: "state", Problem: "must be active, suspended, migrating, held, quarantined, trashed, deleting or creating"}
}

// days is a time of grace that a caller has named, or nil.
func days(field string, n *int) (*time.Duration, error) {
	if n == nil {
		return nil, nil
	}
	if *n < 0 || *n > 3650 {
		return nil, &tenant.InvalidError{Field: field, Problem: "must be 0 to 3650 days"}
	}
	d := time.Duration(*n) * 24 * time.Hour
	return &d, nil
}

// cloneTimeout is for a copy of a large streamer.
const cloneTimeout = 30 * time.Minute

type cloning struct {
	streamerName
	Body struct {
		Username    string `json:"username" is:"channel"` // of the new streamer
		DisplayName Text   `json:"displayName" is:"0-200 line"`
	}
}

func cloneStreamer(ctx context.Context, d desk[streamerDesk], in *cloning) (madeStreamer, error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return madeStreamer{}, err
	}
	c := shard.Clone{Source: s.ID, Username: in.Body.Username, DisplayName: in.Body.Username, Actor: d.caller.Actor}
	if in.Body.DisplayName.Value != nil {
		c.DisplayName = *in.Body.DisplayName.Value
	}
	made, key, err := d.store.CloneStreamer(ctx, c)
	if err != nil {
		return madeStreamer{}, orNoStreamer(err)
	}
	return madeStreamer{showStreamer(made), key}, nil
}

type deletion struct {
	streamerName
	GraceDays *int `query:"graceDays" is:"0..3650"` // until he is purged; the server's when it is not sent
}

func deleteStreamer(ctx context.Context, d desk[streamerDesk], in *deletion) (streamer, error) {
	grace, err := days("graceDays", in.GraceDays)
	if err != nil {
		return streamer{}, err
	}
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return streamer{}, err
	}
	if s, err = d.store.DeleteStreamer(ctx, s.ID, grace, d.caller.Actor); err != nil {
		return streamer{}, orNoStreamer(err)
	}
	return showStreamer(s), nil
}

func undeleteStreamer(ctx context.Context, d desk[streamerDesk], in *streamerName) (streamer, error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return streamer{}, err
	}
	if s, err = d.store.UndeleteStreamer(ctx, s.ID, d.caller.Actor); err != nil {
		return streamer{}, orNoStreamer(err)
	}
	return showStreamer(s), nil
}

type purging struct {
	streamerName
	Body struct {
		Force  bool `json:"force,omitempty"`  // also a streamer who is not in the trash
		DryRun bool `json:"dryRun,omitempty"` // say what would be removed, and do nothing
	}
}

// certificate says what a purge has destroyed, and what it could not reach.
type certificate struct {
	registry.Certificate
	DryRun bool `json:"dryRun"`
}

func purgeStreamer(ctx context.Context, d desk[streamerDesk], in *purging) (certificate, error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return certificate{}, err
	}
	c, err := d.store.PurgeStreamer(ctx, s.ID, shard.Purge{Force: in.Body.Force, DryRun: in.Body.DryRun, Actor: d.caller.Actor})
	if err != nil {
		return certificate{}, orNotInTrash(s, orNoStreamer(err))
	}
	return certificate{c, in.Body.DryRun}, nil
}

// orNotInTrash says what has to come before a purge that the streamer's state refuses.
func orNotInTrash(s *registry.Streamer, err error) error {
	var state *registry.StateError
	if !errors.As(err, &state) || state.State == registry.Migrating || state.State == registry.Creating {
		return err
	}
	return NewProblem(http.StatusConflict, "conflict", fmt.Sprintf(
		"%s is %s and not in the trash: delete him first (streamvault streamer delete %s), or purge him with --force.", s.Username, state.State, s.Username))
}

// renamed is the answer to a name that leads to a streamer who is called otherwise now.
type renamed struct{ location, username string }

func (e *renamed) Error() string { return fmt.Sprintf("the channel is called %s now", e.username) }

// follow is the address of the call on the channel that its streamer has now. The query stays
// as it came, a key in it included; it is not logged.
func (c *call) follow(s *registry.Streamer) error {
	_, rest := cutSegment(c.r.URL.EscapedPath())
	location := "/" + s.Username + rest
	if c.r.URL.RawQuery != "" {
		location += "?" + c.r.URL.RawQuery
	}
	return &renamed{location, s.Username}
}
