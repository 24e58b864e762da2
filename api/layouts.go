package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"streamvault/shard/tenant"
)

func layoutRoutes() []Route {
	const path, admin = "/{channel}/api/overlay/layouts", "/{channel}/api/admin/overlay/layout"
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/overlay/layout", Who: Overlay, ETag: true,
			Summary: "The default layout", shape: reflect.TypeFor[object]()}, defaultLayout),
		onTenant(Route{Method: http.MethodGet, Path: path, Who: Overlay, ETag: true,
			Summary: "All layouts, the oldest first"}, listLayouts),
		onTenant(Route{Method: http.MethodGet, Path: path + "/{id}", Who: Overlay, ETag: true,
			Summary: "One layout"}, getLayout),
		onTenant(Route{Method: http.MethodPost, Path: path, Who: Owner, Status: http.StatusCreated, MaxBody: configBody,
			Summary: "Makes a layout; the first one is the default"}, createLayout),
		onTenant(Route{Method: http.MethodPatch, Path: path + "/{id}", Who: Owner, MaxBody: configBody, guard: guardLayout,
			Summary: "Changes what is given of a layout"}, updateLayout),
		onTenant(Route{Method: http.MethodDelete, Path: path + "/{id}", Who: Owner, guard: guardLayout,
			Summary: "Removes a layout; the oldest of the others takes the default's place"}, deleteLayout),
		onTenant(Route{Method: http.MethodGet, Path: admin, Who: Owner, ETag: true,
			Summary: "The default layout", shape: reflect.TypeFor[object]()}, defaultLayout),
		onTenant(Route{Method: http.MethodPut, Path: admin, Who: Owner, MaxBody: configBody, guard: guardDefaultLayout,
			Summary: "Replaces the default layout"}, setDefaultLayout),
	}
}

func defaultLayout(ctx context.Context, s tenant.LayoutStore, _ *None) (json.RawMessage, error) {
	c, err := s.DefaultLayout(ctx)
	return c.JSON, err
}

type layout struct {
	ID        tenant.LayoutID `json:"id"`
	Name      string          `json:"name"`
	Layout    json.RawMessage `json:"layout" is:"object"`
	Default   bool            `json:"isDefault"`
	CreatedAt Time            `json:"createdAt"`
	UpdatedAt Time            `json:"updatedAt"`
}

func showLayout(l tenant.Layout) layout {
	return layout{l.ID, l.Name, l.JSON, l.Default, Time{l.CreatedAt}, Time{l.UpdatedAt}}
}

func shownLayout(l tenant.Layout, err error) (layout, error) {
	if err != nil {
		return layout{}, err
	}
	return showLayout(l), nil
}

func listLayouts(ctx context.Context, s tenant.LayoutStore, _ *None) (Page[layout], error) {
	all, err := s.Layouts(ctx)
	return whole(all, err, showLayout)
}

type layoutID struct {
	ID tenant.LayoutID `path:"id" is:"1.."`
}

func getLayout(ctx context.Context, s tenant.LayoutStore, in *layoutID) (layout, error) {
	return shownLayout(s.Layout(ctx, in.ID))
}

type newLayout struct {
	Body struct {
		Name    string          `json:"name" is:"1-100"`
		Layout  json.RawMessage `json:"layout" is:"object required"` // at most 64 KiB
		Default flag            `json:"isDefault"`
	}
}

func createLayout(ctx context.Context, s tenant.LayoutEditor, in *newLayout) (layout, error) {
	return shownLayout(s.CreateLayout(ctx, tenant.NewLayout{Name: in.Body.Name, JSON: in.Body.Layout, Default: in.Body.Default.or(false)}))
}

type layoutChange struct {
	layoutID
	Body struct {
		Name    *string         `json:"name" is:"1-100"`
		Layout  json.RawMessage `json:"layout" is:"object"`  // at most 64 KiB
		Default flag            `json:"isDefault" is:"true"` // true only: another one takes the place
	}
}

func updateLayout(ctx context.Context, s tenant.LayoutEditor, in *layoutChange) (layout, error) {
	b := in.Body
	if !b.Default.or(true) {
		return layout{}, &tenant.InvalidError{Field: "isDefault", Problem: "can only be true; make another layout the default instead"}
	}
	return shownLayout(s.UpdateLayout(ctx, in.ID, tenant.LayoutChange{Name: b.Name, JSON: b.Layout, MakeDefault: b.Default.or(false)}))
}

func deleteLayout(ctx context.Context, s tenant.LayoutEditor, in *layoutID) (Nothing, error) {
	return Nothing{}, s.DeleteLayout(ctx, in.ID)
}

func setDefaultLayout(ctx context.Context, s tenant.LayoutEditor, in *config) (success, error) {
	return succeeded(s.SetDefaultLayout(ctx, in.Body))
}
