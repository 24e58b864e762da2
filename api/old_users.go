package api

import (
	"context"
	"net/http"

	"streamvault/shard/tenant"
)

// oldUserRoutes are how the old app's admin page edits viewers.
func oldUserRoutes() []Route {
	const path = "/{channel}/api/admin/users"
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: path, Who: Owner,
			Summary: "The 1,000 viewers with the most points, highest first"}, listOldUsers),
		onTenant(Route{Method: http.MethodPut, Path: path + "/{id}", Who: Owner,
			Summary: "Changes what is given of a viewer; null clears a text"}, setOldUser),
		onTenant(Route{Method: http.MethodDelete, Path: path + "/{id}", Who: Owner,
			Summary: "Removes a viewer with everything of his"}, deleteOldUser),
	}
}

// oldUser names and orders its fields as the old app did.
type oldUser struct {
	ID            tenant.UserID `json:"id"`
	Username      string        `json:"username"`
	VoiceID       *string       `json:"voice_id"`
	DropImage     *string       `json:"drop_image"`
	Country       *string       `json:"country"`
	CreatedAt     Time          `json:"created_at"`
	UpdatedAt     Time          `json:"updated_at"`
	ChannelPoints int64         `json:"channel_points"`
	DropPoints    int64         `json:"drop_points"`
	TotalDrops    int64         `json:"total_drops"`
}

func listOldUsers(ctx context.Context, s tenant.UserStore, _ *None) (oldUsers, error) {
	found, err := s.UsersByPoints(ctx, tenant.User{}, tenant.MaxPage)
	if err != nil {
		return nil, err
	}
	shown := make(oldUsers, 0, len(found))
	for _, u := range found {
		shown = append(shown, oldUser{u.ID, u.Username, u.VoiceID, u.DropImage, u.Country, Time{u.CreatedAt}, Time{u.UpdatedAt},
			u.Points.Channel, u.Points.Drop, u.Points.Drops})
	}
	return shown, nil
}

type oldUserChange struct {
	userID
	Body struct {
		VoiceID       Text   `json:"voice_id" is:"0-100 line"`
		DropImage     Text   `json:"drop_image" is:"picture"`
		Country       Text   `json:"country" is:"0-100 line"`
		ChannelPoints *int64 `json:"channel_points" is:"points"` // what to set it to; the ledger gets the difference
		DropPoints    *int64 `json:"drop_points" is:"points"`
		TotalDrops    *int64 `json:"total_drops" is:"points"` // count
	}
}

func setOldUser(ctx context.Context, s tenant.UserEditor, in *oldUserChange) (success, error) {
	b := in.Body
	_, err := s.UpdateUser(ctx, in.ID, tenant.UserChange{VoiceID: tenant.Text(b.VoiceID), DropImage: tenant.Text(b.DropImage),
		Country: tenant.Text(b.Country), Channel: b.ChannelPoints, Drop: b.DropPoints, Drops: b.TotalDrops})
	return succeeded(err)
}

func deleteOldUser(ctx context.Context, s tenant.UserEditor, in *userID) (success, error) {
	return succeeded(s.DeleteUser(ctx, in.ID))
}
