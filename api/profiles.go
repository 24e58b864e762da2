package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func profileRoutes() []Route {
	const path = "/{channel}/api/profile/{username}"
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: path, Who: Viewer,
			Summary: "What a viewer says of himself, has and may spend"}, getProfile),
		onTenant(Route{Method: http.MethodPost, Path: path, Who: Viewer,
			Summary: "Changes what is given of a viewer's profile; an empty text clears"}, setProfile),
	}
}

// profile names and orders its fields as the old app did; what is not set is left out.
type profile struct {
	Username      string `json:"username"`
	VoiceID       string `json:"voiceId,omitempty"`
	DropPoints    int64  `json:"dropPoints"`
	TotalDrops    int64  `json:"totalDrops"` // count
	ChannelPoints int64  `json:"channelPoints"`
	DropImage     string `json:"dropImage,omitempty"`
	Country       string `json:"country,omitempty"`
	Powerups      object `json:"powerups" is:"counts"` // by power-up
}

func showProfile(ctx context.Context, s tenant.InventoryStore, u tenant.User, err error) (profile, error) {
	if err != nil {
		return profile{}, err
	}
	has, err := items(ctx, s, u)
	return profile{u.Username, orNone(u.VoiceID), u.Points.Drop, u.Points.Drops, u.Points.Channel,
		orNone(u.DropImage), orNone(u.Country), has}, err
}

func orNone(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func getProfile(ctx context.Context, s viewerItems, in *viewerName) (profile, error) {
	u, err := s.UserByName(ctx, in.Username)
	if errors.Is(err, scope.ErrNotFound) {
		return profile{Username: in.Username, Powerups: object{}}, nil
	}
	return showProfile(ctx, s, u, err)
}

type profileChange struct {
	newViewerName
	Body struct {
		VoiceID   ownText `json:"voiceId" is:"0-100 line"`
		DropImage ownText `json:"dropImage" is:"picture"` // a URL, or a path of this server
		Country   ownText `json:"country" is:"0-100 line"`
	}
}

// profileEditor changes viewers and lists what they have.
type profileEditor interface {
	tenant.UserEditor
	tenant.InventoryStore
}

func setProfile(ctx context.Context, s profileEditor, in *profileChange) (profile, error) {
	b := in.Body
	u, err := s.SetProfile(ctx, in.Username, tenant.Profile{
		VoiceID: tenant.Text(b.VoiceID), DropImage: tenant.Text(b.DropImage), Country: tenant.Text(b.Country)})
	return showProfile(ctx, s, u, err)
}

// ownText is a text that viewers set as the old app had it: left out or null it stays,
// empty it is cleared.
type ownText tenant.Text

// UnmarshalJSON takes a string or null.
func (t *ownText) UnmarshalJSON(value []byte) error {
	var text *string
	if err := json.Unmarshal(value, &text); err != nil {
		return &tenant.InvalidError{Problem: "must be a string or null"}
	}
	switch {
	case text == nil:
		*t = ownText{}
	case *text == "":
		*t = ownText{Set: true}
	default:
		*t = ownText{Set: true, Value: text}
	}
	return nil
}
