package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
)

// AuditStore reads who did what.
type AuditStore interface {
	shard.StreamerFinder
	Audit(ctx context.Context, streamer scope.StreamerID, since time.Time, after int64, limit int) ([]registry.AuditRow, error)
}

func auditRoutes() []Route {
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: "/api/audit", Who: Admin,
			Summary: "Who did what, oldest first: all, or what concerns a streamer, or since a time"}, listAudit),
	}
}

type auditListing struct {
	paging
	Streamer string    `query:"streamer"` // channel
	Since    time.Time `query:"since"`
}

// auditEntry is one row of the audit log.
type auditEntry struct {
	ID       int64           `json:"id"`
	At       Time            `json:"at"`
	Actor    string          `json:"actor"`
	Action   string          `json:"action"`
	Streamer *string         `json:"streamer"` // its channel at that time
	Detail   json.RawMessage `json:"detail"`
}

func showAudit(r registry.AuditRow) auditEntry {
	e := auditEntry{r.ID, Time{r.At}, r.Actor, r.Action, nil, r.Detail}
	if r.Streamer != "" {
		e.Streamer = &r.Streamer
	}
	return e
}

func listAudit(ctx context.Context, d desk[AuditStore], in *auditListing) (Page[auditEntry], error) {
	after := int64(0)
	size, err := in.begin(&after)
	if err != nil {
		return Page[auditEntry]{}, err
	}
	id := scope.StreamerID(0)
	if in.Streamer != "" {
		s, err := streamerNamed(ctx, d.store, in.Streamer)
		if err != nil {
			return Page[auditEntry]{}, err
		}
		id = s.ID
	}
	found, err := d.store.Audit(ctx, id, in.Since, after, size+1)
	if err != nil {
		return Page[auditEntry]{}, err
	}
	return paged(found, size, showAudit, func(r registry.AuditRow) any { return r.ID })
}
