package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
)

func streamerRoutes() []Route {
	const path = "/api/streamers"
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: path, Who: Admin,
			Summary: "Streamers by id, all or those whose name begins with q"}, listStreamers),
		onInstallation(Route{Method: http.MethodPost, Path: path, Who: Admin, Status: http.StatusCreated,
			Summary: "Makes a streamer with a database file of its own; the owner key is shown this once"}, createStreamer),
		onInstallation(Route{Method: http.MethodGet, Path: path + "/{name}", Who: Admin, Summary: "One streamer"}, getStreamer),
		onInstallation(Route{Method: http.MethodPatch, Path: path + "/{name}", Who: Admin,
			Summary: "Changes what is given of a streamer; null clears; a new username is a new channel"}, updateStreamer),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{name}/suspend", Who: Admin,
			Summary: "Stops a streamer's writes, with a reason; reads go on"}, suspendStreamer),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{name}/resume", Who: Admin,
			Summary: "Ends a suspension, or a quarantine whose cause is mended"}, resumeStreamer),
	}
}

// streamerName is the variable of the paths of one streamer.
type streamerName struct {
	Name string `path:"name"`
}

// streamer is one line of the phone book.
type streamer struct {
	ID            scope.StreamerID `json:"id"`
	Username      string           `json:"username"` // the channel
	DisplayName   string           `json:"displayName"`
	KickUserID    *string          `json:"kickUserId"`
	AvatarURL     *string          `json:"avatarUrl"`
	State         registry.State   `json:"state"`
	StateReason   *string          `json:"stateReason"`
	Generation    int64            `json:"generation"`    // counts the files it has had
	SchemaVersion int              `json:"schemaVersion"` // of its file when it was last opened
	CreatedAt     Time             `json:"createdAt"`
	UpdatedAt     Time             `json:"updatedAt"`
}

func showStreamer(s *registry.Streamer) streamer {
	shown := streamer{s.ID, s.Username, s.DisplayName, s.KickUserID, s.AvatarURL, s.State, nil,
		s.Generation, s.SchemaVersion, Time{s.CreatedAt}, Time{s.UpdatedAt}}
	if s.StateReason != "" {
		shown.StateReason = &s.StateReason
	}
	return shown
}

type streamerListing struct {
	paging
	Prefix string `query:"q"` // A to Z in any case
}

func listStreamers(ctx context.Context, d desk[shard.StreamerFinder], in *streamerListing) (Page[streamer], error) {
	var after scope.StreamerID
	size, err := in.begin(&after)
	if err != nil {
		return Page[streamer]{}, err
	}
	found, err := d.store.Streamers(ctx, after, size+1, lowered(in.Prefix))
	if err != nil {
		return Page[streamer]{}, err
	}
	return paged(found, size, showStreamer, func(s *registry.Streamer) any { return s.ID })
}

type newStreamer struct {
	Body struct {
		Username    string `json:"username" is:"channel"`
		DisplayName Text   `json:"displayName" is:"1-200 line"` // the username if there is none
		KickUserID  kickID `json:"kickUserId" is:"0.. 1-64 line"`
		AvatarURL   Text   `json:"avatarUrl" is:"web"`
	}
}

// madeStreamer is a new streamer and the key of its owner.
type madeStreamer struct {
	Streamer streamer `json:"streamer"`
	OwnerKey string   `json:"ownerKey"`
}

func createStreamer(ctx context.Context, d desk[shard.StreamerEditor], in *newStreamer) (madeStreamer, error) {
	b := in.Body
	n := registry.NewStreamer{Username: b.Username, DisplayName: b.Username,
		KickUserID: b.KickUserID.value, AvatarURL: b.AvatarURL.Value, Actor: d.caller.Actor}
	if b.DisplayName.Value != nil {
		n.DisplayName = *b.DisplayName.Value
	}
	s, key, err := d.store.CreateStreamer(ctx, n)
	if err != nil {
		return madeStreamer{}, err
	}
	return madeStreamer{showStreamer(s), key}, nil
}

func getStreamer(ctx context.Context, d desk[shard.StreamerFinder], in *streamerName) (streamer, error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return streamer{}, err
	}
	return showStreamer(s), nil
}

// streamerDesk finds and changes streamers.
type streamerDesk interface {
	shard.StreamerFinder
	shard.StreamerEditor
}

type streamerChange struct {
	streamerName
	Body struct {
		Username    *string `json:"username" is:"channel"`
		DisplayName *string `json:"displayName" is:"1-200 line"`
		KickUserID  kickID  `json:"kickUserId" is:"0.. 0-64 line"`
		AvatarURL   Text    `json:"avatarUrl" is:"web"`
	}
}

func updateStreamer(ctx context.Context, d desk[streamerDesk], in *streamerChange) (streamer, error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return streamer{}, err
	}
	b := in.Body
	s, err = d.store.UpdateStreamer(ctx, s.ID, registry.Change{Username: b.Username, DisplayName: b.DisplayName,
		KickUserID: orEmpty(b.KickUserID.set, b.KickUserID.value), AvatarURL: orEmpty(b.AvatarURL.Set, b.AvatarURL.Value)},
		d.caller.Actor)
	if err != nil {
		return streamer{}, orNoStreamer(err)
	}
	return showStreamer(s), nil
}

// streamerNamed finds a streamer that is there for callers of the installation's routes.
func streamerNamed(ctx context.Context, f shard.StreamerFinder, name string) (*registry.Streamer, error) {
	s, err := f.StreamerByName(ctx, name)
	if errors.Is(err, registry.ErrNotFound) {
		return nil, NewProblem(errNoStreamer.Status, errNoStreamer.Code, fmt.Sprintf("There is no streamer %q.", name))
	}
	return s, err
}
