package isolation

import (
	"cmp"
	"context"
	"encoding/json"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func (m *model) Layouts(context.Context) ([]tenant.Layout, error) {
	return picked(m.layouts, always, func(a, b tenant.Layout) int { return cmp.Compare(a.ID, b.ID) }), nil
}

func (m *model) Layout(_ context.Context, id tenant.LayoutID) (tenant.Layout, error) {
	l, ok := m.layouts[id]
	if !ok {
		return tenant.Layout{}, scope.ErrNotFound
	}
	return l, nil
}

// defaultLayout is the one that is marked, or nil.
func (m *model) defaultLayout() *tenant.Config {
	for _, l := range m.layouts {
		if l.Default {
			return &tenant.Config{JSON: l.JSON, UpdatedAt: l.UpdatedAt}
		}
	}
	return nil
}

func (m *model) DefaultLayout(context.Context) (tenant.Config, error) {
	if c := m.defaultLayout(); c != nil {
		return *c, nil
	}
	return m.builtIn.layout, nil
}

func (m *model) named(name string) *tenant.Layout {
	for _, l := range m.layouts {
		if l.Name == name {
			return &l
		}
	}
	return nil
}

// put stores a layout; a default takes the mark from the others.
func (m *model) put(l tenant.Layout) tenant.Layout {
	for id, other := range m.layouts {
		if l.Default {
			other.Default = false
			m.layouts[id] = other
		}
	}
	m.layouts[l.ID] = l
	return l
}

func (m *model) CreateLayout(_ context.Context, n tenant.NewLayout) (tenant.Layout, error) {
	text, err := object("layout", n.JSON)
	switch {
	case err != nil:
		return tenant.Layout{}, err
	case n.Name == "" || len(m.layouts) >= tenant.MaxLayouts:
		return tenant.Layout{}, invalid("name")
	case m.named(n.Name) != nil:
		return tenant.Layout{}, scope.ErrConflict
	}
	return m.put(tenant.Layout{ID: tenant.LayoutID(m.next("overlay_layouts")), Name: n.Name, JSON: text,
		Default: n.Default || len(m.layouts) == 0, CreatedAt: m.now(), UpdatedAt: m.now()}), nil
}

func (m *model) UpdateLayout(_ context.Context, id tenant.LayoutID, c tenant.LayoutChange) (tenant.Layout, error) {
	l, ok := m.layouts[id]
	if c.JSON != nil {
		text, err := object("layout", c.JSON)
		if err != nil {
			return tenant.Layout{}, err
		}
		l.JSON = text
	}
	switch {
	case !ok:
		return tenant.Layout{}, scope.ErrNotFound
	case c.Name != nil && m.named(*c.Name) != nil && m.named(*c.Name).ID != id:
		return tenant.Layout{}, scope.ErrConflict
	}
	l.Name, l.Default, l.UpdatedAt = or(c.Name, l.Name), l.Default || c.MakeDefault, m.now()
	return m.put(l), nil
}

func (m *model) DeleteLayout(ctx context.Context, id tenant.LayoutID) error {
	l, ok := m.layouts[id]
	if !ok {
		return scope.ErrNotFound
	}
	delete(m.layouts, id)
	if all, _ := m.Layouts(ctx); l.Default && len(all) > 0 {
		all[0].Default = true
		m.put(all[0])
	}
	return nil
}

func (m *model) SetDefaultLayout(_ context.Context, config json.RawMessage) error {
	text, err := object("layout", config)
	if err != nil {
		return err
	}
	for _, l := range m.layouts {
		if l.Default {
			l.JSON, l.UpdatedAt = text, m.now()
			m.put(l)
			return nil
		}
	}
	m.put(tenant.Layout{ID: tenant.LayoutID(m.next("overlay_layouts")), Name: "Default", JSON: text, Default: true,
		CreatedAt: m.now(), UpdatedAt: m.now()})
	return nil
}
