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
			Summary: "Streamers by id, all or those whose name begins with q, or in one state"}, listStreamers),
		onInstallation(Route{Method: http.MethodPost, Path: path, Who: Admin, Status: http.StatusCreated,
			Summary: "Makes a streamer with a database file of its own; the owner key is shown this once"}, createStreamer),
		onInstallation(Route{Method: http.MethodGet, Path: path + "/{name}", Who: Admin, Summary: "One streamer"}, getStreamer),
		onInstallation(Route{Method: http.MethodPatch, Path: path + "/{name}", Who: Admin,
			Summary: "Changes what is given of a streamer; null clears; a new username is a new channel"}, updateStreamer),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{name}/clone", Who: Admin, Status: http.StatusCreated, Timeout: cloneTimeout,
			Summary: "Makes a new streamer with this one's data, but none of his keys, sessions, tokens and ids"}, cloneStreamer),
		onInstallation(Route{Method: http.MethodDelete, Path: path + "/{name}", Who: Admin, Status: http.StatusOK, Timeout: longTimeout,
			Summary: "Puts a streamer in the trash, where he can be had back until purgeAfter"}, deleteStreamer),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{name}/undelete", Who: Admin,
			Summary: "Has a streamer back from the trash as he was; his keys open again what they did"}, undeleteStreamer),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{name}/purge", Who: Admin, Timeout: longTimeout,
			Summary: "Destroys a streamer who is in the trash, his key first; it cannot be undone"}, purgeStreamer),
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
	StateReason   *string          `json:"stateReason"`   // in the trash: of the state before
	Generation    int64            `json:"generation"`    // counts the files it has had
	SchemaVersion int              `json:"schemaVersion"` // of its file when it was last opened
	CreatedAt     Time             `json:"createdAt"`
	UpdatedAt     Time             `json:"updatedAt"`
	PurgeAfter    *Time            `json:"purgeAfter"` // in the trash: until then he can be had back
	QuotaBytes    *int64           `json:"quotaBytes"` // null is the installation's
	Limits        limitsShown      `json:"limits"`
}

func showStreamer(s *registry.Streamer) streamer {
	shown := streamer{ID: s.ID, Username: s.Username, DisplayName: s.DisplayName, KickUserID: s.KickUserID, AvatarURL: s.AvatarURL,
		State: s.State, QuotaBytes: s.QuotaBytes, Limits: showLimits(s.Limits),
		Generation: s.Generation, SchemaVersion: s.SchemaVersion, CreatedAt: Time{s.CreatedAt}, UpdatedAt: Time{s.UpdatedAt}}
	if s.PurgeAfter != nil {
		shown.PurgeAfter = &Time{*s.PurgeAfter}
	}
	if s.StateReason != "" {
		shown.StateReason = &s.StateReason
	}
	return shown
}

type streamerListing struct {
	paging
	Prefix string `query:"q"` // A to Z in any case
	State  string `query:"state" is:"one:active,suspended,migrating,held,quarantined,trashed,deleting,creating"`
}

func listStreamers(ctx context.Context, d desk[shard.StreamerFinder], in *streamerListing) (Page[streamer], error) {
	var after scope.StreamerID
	size, err := in.begin(&after)
	if err != nil {
		return Page[streamer]{}, err
	}
	find := d.store.Streamers
	if in.State != "" {
		state, err := stateNamed(in.State)
		if err != nil {
			return Page[streamer]{}, err
		}
		find = func(ctx context.Context, after scope.StreamerID, limit int, prefix string) ([]*registry.Streamer, error) {
			return d.store.StreamersIn(ctx, state, after, limit, prefix)
		}
	}
	found, err := find(ctx, after, size+1, lowered(in.Prefix))
	if err != nil {
		return Page[streamer]{}, err
	}
	return paged(found, size, showStreamer, func(s *registry.Streamer) any { return s.ID })
}

type newStreamer struct {
	Body struct {
		Username    string `json:"username" is:"channel"`
		DisplayName Text   `json:"displayName" is:"0-200 line"` // the username if there is none
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

// streamerInFull is a streamer with what no list shows.
type streamerInFull struct {
	streamer
	FormerNames []formerName `json:"formerNames"` // that still lead to him
}

type formerName struct {
	Username string `json:"username"`
	Until    Time   `json:"until"`
}

func showInFull(ctx context.Context, f shard.StreamerFinder, s *registry.Streamer) (streamerInFull, error) {
	shown := streamerInFull{showStreamer(s), []formerName{}}
	former, err := f.FormerNames(ctx, s.ID)
	for _, n := range former {
		shown.FormerNames = append(shown.FormerNames, formerName{n.Username, Time{n.Until}})
	}
	return shown, err
}

func getStreamer(ctx context.Context, d desk[shard.StreamerFinder], in *streamerName) (streamerInFull, error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return streamerInFull{}, err
	}
	return showInFull(ctx, d.store, s)
}

// streamerDesk finds and changes streamers.
type streamerDesk interface {
	shard.StreamerFinder
	shard.StreamerEditor
	shard.StreamerRemover
}

type streamerChange struct {
	streamerName
	Body struct {
		Username      *string      `json:"username" is:"channel"`
		NameGraceDays *int         `json:"nameGraceDays" is:"0..3650"` // so long the name before leads here and nobody else gets it
		DisplayName   *string      `json:"displayName" is:"1-200 line"`
		KickUserID    kickID       `json:"kickUserId" is:"0.. 0-64 line"`
		AvatarURL     Text         `json:"avatarUrl" is:"web"`
		QuotaBytes    count        `json:"quotaBytes" is:"0..1125899906842624"` // that his data may take; null or 0 is the installation's
		Limits        *limitChange `json:"limits"`
	}
}

func updateStreamer(ctx context.Context, d desk[streamerDesk], in *streamerChange) (streamerInFull, error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return streamerInFull{}, err
	}
	b := in.Body
	grace, err := days("nameGraceDays", b.NameGraceDays)
	if err != nil {
		return streamerInFull{}, err
	}
	s, err = d.store.UpdateStreamer(ctx, s.ID, registry.Change{Username: b.Username, NameGrace: grace, DisplayName: b.DisplayName,
		KickUserID: orEmpty(b.KickUserID.set, b.KickUserID.value), AvatarURL: orEmpty(b.AvatarURL.Set, b.AvatarURL.Value),
		Limits: b.Limits.change(b.QuotaBytes)}, d.caller.Actor)
	if err != nil {
		return streamerInFull{}, orNoStreamer(err)
	}
	return showInFull(ctx, d.store, s)
}

// streamerNamed finds a streamer that is there for callers of the installation's routes.
func streamerNamed(ctx context.Context, f shard.StreamerFinder, name string) (*registry.Streamer, error) {
	s, err := f.StreamerByName(ctx, name)
	var renamed *registry.RenamedError
	if errors.As(err, &renamed) {
		return nil, NewProblem(errNoStreamer.Status, errNoStreamer.Code,
			fmt.Sprintf("There is no streamer %q any more: it is %q now.", name, renamed.Now.Username))
	}
	if errors.Is(err, registry.ErrNotFound) {
		return nil, NewProblem(errNoStreamer.Status, errNoStreamer.Code, fmt.Sprintf("There is no streamer %q.", name))
	}
	return s, err
}
