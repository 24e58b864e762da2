package main

import (
	"time"

	"streamvault/registry"
)

const streamersPath = "/api/streamers"

// streamer is what the tables show of the API's streamer.
type streamer struct {
	ID          int64
	Username    string
	DisplayName string
	KickUserID  *string
	AvatarURL   *string
	State       string
	StateReason *string
	PurgeAfter  *time.Time
	QuotaBytes  *int64
	Limits      struct {
		Rows              map[string]int64
		RequestsPerSecond *int64
	}
	FormerNames []struct {
		Username string
		Until    time.Time
	}
	Generation    int64
	SchemaVersion int
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// streamerPath is the route of one streamer. What cannot be a name is no streamer's.
func streamerPath(name string) (string, error) {
	channel, err := registry.Channel(name)
	if err != nil {
		return "", &refusal{Code: "streamer_not_found", Detail: "There is no streamer of this name."}
	}
	return streamersPath + "/" + channel, nil
}

func day(t time.Time) string    { return t.UTC().Format(time.DateOnly) }
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// orDash shows what may not be there.
func orDash(text *string) string {
	if text == nil || *text == "" {
		return "-"
	}
	return *text
}
