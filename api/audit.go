package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// AuditStore reads who did what.
type AuditStore interface {
	shard.StreamerFinder
	AuditRows(ctx context.Context, f registry.AuditFilter) ([]registry.AuditRow, error)
	// CheckAudit walks the chain of hashes.
	CheckAudit(ctx context.Context) (registry.AuditChain, error)
}

func auditRoutes() []Route {
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: "/api/audit", Who: Admin,
			Summary: "Who did what: all, or what concerns a streamer, by an actor, of a kind, since and until a time"}, listAudit),
		onInstallation(Route{Method: http.MethodGet, Path: "/api/audit/verify", Who: Admin, Timeout: 10 * time.Minute,
			Summary: "Walks the chain of hashes and says whether a row was changed, put in or taken out"}, verifyAudit),
		onAudit(Route{Method: http.MethodGet, Path: "/{channel}/api/audit", Who: Owner,
			Summary: "Who did what that concerns this channel"}, listOwnAudit),
	}
}

type auditListing struct {
	paging
	auditFilter
	Streamer string `query:"streamer"` // channel
}

type auditFilter struct {
	Since  time.Time `query:"since"`
	Until  time.Time `query:"until"`                        // before this
	Actor  string    `query:"actor"`                        // "control", "key:17"
	Action string    `query:"action"`                       // "key.create"; "key" is all that begins with it
	Order  string    `query:"order" is:"one:oldest,newest"` // "oldest" (first) when it is not sent
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
	a := auditOf{store: d.store}
	if in.Streamer != "" {
		s, err := streamerNamed(ctx, d.store, in.Streamer)
		if err != nil {
			return Page[auditEntry]{}, err
		}
		a.streamer = s.ID
	}
	return a.list(ctx, in.paging, in.auditFilter)
}

type ownAuditListing struct {
	paging
	auditFilter
}

func listOwnAudit(ctx context.Context, a auditOf, in *ownAuditListing) (Page[auditEntry], error) {
	return a.list(ctx, in.paging, in.auditFilter)
}

// auditOf is the audit log as far as one caller may see it: what concerns one streamer, or
// everything where there is none.
type auditOf struct {
	store    AuditStore
	streamer scope.StreamerID
}

// onAudit makes a route of a channel whose handler sees what the audit log has of its streamer.
func onAudit[In, Out any](r Route, handle func(context.Context, auditOf, *In) (Out, error)) Route {
	return complete(r, func(c *call, in *In) (Out, error) {
		return handle(c.ctx, auditOf{c.server.ds, c.streamer.ID}, in)
	})
}

func (a auditOf) list(ctx context.Context, p paging, f auditFilter) (Page[auditEntry], error) {
	past := int64(0)
	size, err := p.begin(&past)
	if err != nil {
		return Page[auditEntry]{}, err
	}
	if f.Order != "" && f.Order != "oldest" && f.Order != "newest" {
		return Page[auditEntry]{}, &tenant.InvalidError{Field: "order", Problem: "must be oldest or newest"}
	}
	found, err := a.store.AuditRows(ctx, registry.AuditFilter{Streamer: a.streamer, Since: f.Since, Until: f.Until,
		Actor: f.Actor, Action: f.Action, Newest: f.Order == "newest", Past: past, Limit: size + 1})
	if err != nil {
		return Page[auditEntry]{}, err
	}
	return paged(found, size, showAudit, func(r registry.AuditRow) any { return r.ID })
}

// auditVerdict says whether the log is as it was written.
type auditVerdict struct {
	OK     bool   `json:"ok"`
	Rows   int64  `json:"rows"`   // that follow from the one before, from the first on
	Broken *int64 `json:"broken"` // the first that does not
	Detail string `json:"detail"`
}

func verifyAudit(ctx context.Context, d desk[AuditStore], _ *None) (auditVerdict, error) {
	c, err := d.store.CheckAudit(ctx)
	if err != nil {
		return auditVerdict{}, err
	}
	v := auditVerdict{OK: c.Broken == 0, Rows: c.Rows, Detail: c.Why}
	if !v.OK {
		v.Broken = &c.Broken
	}
	return v, nil
}
