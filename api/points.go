package api

import (
	"context"
	"errors"
	"net/http"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func pointRoutes() []Route {
	return []Route{
		onTenant(Route{Method: http.MethodPost, Path: "/{channel}/api/points/{username}", Who: Owner,
			Summary: "Gives a viewer channel points, or takes them; an unknown viewer is created"}, addPoints),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/points/{username}/summary", Who: Viewer,
			Summary: "A viewer's channel points by where they came from"}, pointsSummary),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/points/{username}/transactions", Who: Viewer,
			Summary: "The newest 100 changes of a viewer's channel points"}, pointsTransactions),
	}
}

type award struct {
	newViewerName
	IdempotencyKey string `header:"Idempotency-Key" is:"1-255"` // the award happens once for each
	Body           struct {
		Amount      int64  `json:"amount" is:"change nonzero"` // points, negative to take them
		Source      string `json:"source" is:"one:chat,watch,drop,sub,gift,renewal,tip,admin,spend,gamble,duel"`
		Description string `json:"description,omitempty" is:"0-500"` // shown in the ledger
	}
}

func addPoints(ctx context.Context, s tenant.PointStore, in *award) (tenant.Awarded, error) {
	return s.AddPoints(ctx, in.Username, tenant.Award{
		Amount: in.Body.Amount, Source: in.Body.Source, Description: in.Body.Description,
		IdempotencyKey: in.IdempotencyKey,
	})
}

// viewerLedger finds a viewer and why he has the points he has.
type viewerLedger interface {
	tenant.UserStore
	tenant.LedgerStore
}

func pointsSummary(ctx context.Context, s viewerLedger, in *viewerName) (map[string]int64, error) {
	u, err := s.UserByName(ctx, in.Username)
	if errors.Is(err, scope.ErrNotFound) {
		return map[string]int64{}, nil
	}
	if err != nil {
		return nil, err
	}
	return s.LedgerSummary(ctx, u.ID, tenant.ChannelPoints)
}

// shownTransactions is how many changes are listed.
const shownTransactions = 100

// transaction is a row of the ledger. Names and order of the fields are the old app's.
type transaction struct {
	ID          int64         `json:"id"`
	UserID      tenant.UserID `json:"user_id"`
	Amount      int64         `json:"amount"` // points, negative when spent
	Source      string        `json:"source"`
	Description *string       `json:"description"`
	CreatedAt   Time          `json:"created_at"`
}

func pointsTransactions(ctx context.Context, s viewerLedger, in *viewerName) ([]transaction, error) {
	u, err := s.UserByName(ctx, in.Username)
	if errors.Is(err, scope.ErrNotFound) {
		return []transaction{}, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := s.Ledger(ctx, u.ID, tenant.ChannelPoints, tenant.Place{}, shownTransactions)
	if err != nil {
		return nil, err
	}
	shown := make([]transaction, 0, len(rows))
	for _, r := range rows {
		shown = append(shown, transaction{r.ID, r.User, r.Amount, r.Source, r.Description, Time{r.CreatedAt}})
	}
	return shown, nil
}
