package api

import (
	"context"
	"net/http"
	"unicode/utf8"

	"streamvault/shard/tenant"
)

func userRoutes() []Route {
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/users", Who: Owner,
			Summary: "Viewers by id, or those whose name begins with q, by name"}, listUsers),
		onTenant(Route{Method: http.MethodPost, Path: "/{channel}/api/users", Who: Owner, Status: http.StatusCreated,
			Summary: "Makes a viewer without points"}, createUser),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/users/{id}", Who: Owner,
			Summary: "One viewer"}, getUser),
		onTenant(Route{Method: http.MethodPatch, Path: "/{channel}/api/users/{id}", Who: Owner,
			Summary: "Changes what is given of a viewer; null clears a text"}, updateUser),
		onTenant(Route{Method: http.MethodDelete, Path: "/{channel}/api/users/{id}", Who: Owner,
			Summary: "Removes a viewer with everything of his"}, deleteUser),
	}
}

// user is a viewer as an owner sees him.
type user struct {
	ID            tenant.UserID `json:"id"`
	Username      string        `json:"username"`
	VoiceID       *string       `json:"voiceId"`
	DropImage     *string       `json:"dropImage"` // URL
	Country       *string       `json:"country"`
	ChannelPoints int64         `json:"channelPoints"`
	DropPoints    int64         `json:"dropPoints"`
	TotalDrops    int64         `json:"totalDrops"` // count
	CreatedAt     Time          `json:"createdAt"`
	UpdatedAt     Time          `json:"updatedAt"`
}

func showUser(u tenant.User) user {
	return user{u.ID, u.Username, u.VoiceID, u.DropImage, u.Country,
		u.Points.Channel, u.Points.Drop, u.Points.Drops, Time{u.CreatedAt}, Time{u.UpdatedAt}}
}

// shown is showUser of a call's result.
func shown(u tenant.User, err error) (user, error) {
	if err != nil {
		return user{}, err
	}
	return showUser(u), nil
}

type userListing struct {
	paging
	Prefix string `query:"q"` // A to Z in any case; empty lists everybody
}

func listUsers(ctx context.Context, s tenant.UserStore, in *userListing) (Page[user], error) {
	if in.Prefix != "" {
		return searchUsers(ctx, s, in)
	}
	var after tenant.UserID
	size, err := in.begin(&after)
	if err != nil {
		return Page[user]{}, err
	}
	found, err := s.Users(ctx, after, size+1)
	if err != nil {
		return Page[user]{}, err
	}
	return paged(found, size, showUser, func(u tenant.User) any { return u.ID })
}

type newUser struct {
	Body struct {
		Username  string `json:"username" is:"name"`
		VoiceID   Text   `json:"voiceId" is:"0-100 line"`
		DropImage Text   `json:"dropImage" is:"picture"` // a URL, or a path of this server
		Country   Text   `json:"country" is:"0-100 line"`
	}
}

func createUser(ctx context.Context, s tenant.UserEditor, in *newUser) (user, error) {
	b := in.Body
	return shown(s.CreateUser(ctx, tenant.NewUser{Username: b.Username,
		VoiceID: b.VoiceID.Value, DropImage: b.DropImage.Value, Country: b.Country.Value}))
}

type userID struct {
	ID tenant.UserID `path:"id" is:"1.."`
}

func getUser(ctx context.Context, s tenant.UserStore, in *userID) (user, error) {
	return shown(s.User(ctx, in.ID))
}

type userChange struct {
	userID
	Body struct {
		Username      *string `json:"username" is:"name"`
		VoiceID       Text    `json:"voiceId" is:"0-100 line"`
		DropImage     Text    `json:"dropImage" is:"picture"` // a URL, or a path of this server
		Country       Text    `json:"country" is:"0-100 line"`
		ChannelPoints *int64  `json:"channelPoints" is:"points"` // what to set it to; the ledger gets the difference
		DropPoints    *int64  `json:"dropPoints" is:"points"`
		TotalDrops    *int64  `json:"totalDrops" is:"points"`      // count
		Reason        string  `json:"reason,omitempty" is:"0-500"` // shown in the ledger
	}
}

// maxReason is the longest reason of a change, in characters.
const maxReason = 500

func updateUser(ctx context.Context, s tenant.UserEditor, in *userChange) (user, error) {
	b := in.Body
	if utf8.RuneCountInString(b.Reason) > maxReason {
		return user{}, &tenant.InvalidError{Field: "reason", Problem: "must be at most 500 characters"}
	}
	return shown(s.UpdateUser(ctx, in.ID, tenant.UserChange{Username: b.Username,
		VoiceID: tenant.Text(b.VoiceID), DropImage: tenant.Text(b.DropImage), Country: tenant.Text(b.Country),
		Channel: b.ChannelPoints, Drop: b.DropPoints, Drops: b.TotalDrops, Reason: b.Reason}))
}

func deleteUser(ctx context.Context, s tenant.UserEditor, in *userID) (Nothing, error) {
	return Nothing{}, s.DeleteUser(ctx, in.ID)
}
