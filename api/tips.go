package api

import (
	"context"
	"net/http"

	"streamvault/shard/tenant"
)

func tipRoutes() []Route {
	const path = "/{channel}/api/admin/tips"
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: path, Who: Owner,
			Summary: "All tips in their order"}, listTips),
		onTenant(Route{Method: http.MethodPost, Path: path, Who: Owner, Status: http.StatusCreated,
			Summary: "Adds a tip behind the others"}, createTip),
		onTenant(Route{Method: http.MethodPut, Path: path, Who: Owner,
			Summary: "Puts tips into an order; those not named come behind"}, orderTips),
		onTenant(Route{Method: http.MethodPut, Path: path + "/{id}", Who: Owner,
			Summary: "Changes what is given of a tip"}, updateTip),
		onTenant(Route{Method: http.MethodDelete, Path: path + "/{id}", Who: Owner,
			Summary: "Removes a tip"}, deleteTip),
	}
}

type tip struct {
	ID        tenant.TipID `json:"id"`
	Content   string       `json:"content"`
	Enabled   bool         `json:"enabled"`
	Order     int64        `json:"order"` // lower comes first
	CreatedAt Time         `json:"createdAt"`
	UpdatedAt Time         `json:"updatedAt"`
}

func showTip(t tenant.Tip) tip {
	return tip{t.ID, t.Content, t.Enabled, t.Order, Time{t.CreatedAt}, Time{t.UpdatedAt}}
}

func shownTip(t tenant.Tip, err error) (tip, error) {
	if err != nil {
		return tip{}, err
	}
	return showTip(t), nil
}

func listTips(ctx context.Context, s tenant.TipStore, _ *None) (Page[tip], error) {
	all, err := s.Tips(ctx, true)
	return whole(all, err, showTip)
}

type newTip struct {
	Body struct {
		Content string `json:"content" is:"1-500"`
		Enabled flag   `json:"enabled"` // true
	}
}

func createTip(ctx context.Context, s tenant.TipStore, in *newTip) (tip, error) {
	return shownTip(s.CreateTip(ctx, in.Body.Content, in.Body.Enabled.or(true)))
}

type tipOrder struct {
	Body struct {
		IDs []tenant.TipID `json:"ids"`
	}
}

func orderTips(ctx context.Context, s tenant.TipStore, in *tipOrder) (Page[tip], error) {
	if err := s.OrderTips(ctx, in.Body.IDs); err != nil {
		return Page[tip]{}, err
	}
	return listTips(ctx, s, nil)
}

type tipID struct {
	ID tenant.TipID `path:"id" is:"1.."`
}

type tipChange struct {
	tipID
	Body struct {
		Content *string `json:"content" is:"1-500"`
		Enabled flag    `json:"enabled"`
		Order   *int64  `json:"order" is:"change"` // lower comes first
	}
}

func updateTip(ctx context.Context, s tenant.TipStore, in *tipChange) (tip, error) {
	b := in.Body
	return shownTip(s.UpdateTip(ctx, in.ID, tenant.TipChange{Content: b.Content, Enabled: b.Enabled.value, Order: b.Order}))
}

func deleteTip(ctx context.Context, s tenant.TipStore, in *tipID) (Nothing, error) {
	return Nothing{}, s.DeleteTip(ctx, in.ID)
}
