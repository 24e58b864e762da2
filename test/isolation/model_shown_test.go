package isolation

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func (m *model) Settings(context.Context) ([]tenant.Setting, error) {
	all := maps.Clone(m.settings)
	add := func(key, about string, c *tenant.Config) {
		if c != nil {
			all[key] = tenant.Setting{Key: key, Value: string(c.JSON), Description: &about, UpdatedAt: c.UpdatedAt}
		}
	}
	add("theme_config", "Site theme and branding configuration", m.theme)
	add("overlay_layout_config", "Overlay visual layout configuration", m.defaultLayout())
	return picked(all, always, func(a, b tenant.Setting) int { return cmp.Compare(a.Key, b.Key) }), nil
}

func (m *model) SettingsUnder(_ context.Context, prefix string) ([]tenant.Setting, error) {
	return picked(m.settings, func(x tenant.Setting) bool { return strings.HasPrefix(x.Key, prefix) },
		func(a, b tenant.Setting) int { return cmp.Compare(a.Key, b.Key) }), nil
}

func (m *model) SetSetting(ctx context.Context, key, value string) error {
	switch key {
	case "theme_config":
		return m.SetTheme(ctx, json.RawMessage(value))
	case "overlay_layout_config":
		return m.SetDefaultLayout(ctx, json.RawMessage(value))
	case "dropgame_config":
		return m.SetDropGame(ctx, json.RawMessage(value))
	case "":
		return invalid("key")
	}
	return m.setSetting(key, value)
}

func (m *model) setSetting(key, value string) error {
	old, ok := m.settings[key]
	if !ok && len(m.settings) >= tenant.MaxSettings {
		return invalid("settings")
	}
	m.settings[key] = tenant.Setting{Key: key, Value: value, Description: old.Description, UpdatedAt: m.now()}
	return nil
}

func (m *model) DeleteSetting(_ context.Context, key string) error {
	if _, ok := m.settings[key]; !ok {
		return scope.ErrNotFound
	}
	delete(m.settings, key)
	return nil
}

func (m *model) DropGame(context.Context) (tenant.Config, error) {
	if s, ok := m.settings["dropgame_config"]; ok {
		return tenant.Config{JSON: json.RawMessage(s.Value), UpdatedAt: s.UpdatedAt}, nil
	}
	return m.builtIn.dropGame, nil
}

func (m *model) SetDropGame(_ context.Context, config json.RawMessage) error {
	text, err := object("dropgame", config)
	if err != nil {
		return err
	}
	return m.setSetting("dropgame_config", string(text))
}

func (m *model) Theme(context.Context) (tenant.Config, error) {
	if m.theme == nil {
		return m.builtIn.theme, nil
	}
	return *m.theme, nil
}

func (m *model) SetTheme(_ context.Context, config json.RawMessage) error {
	text, err := object("theme", config)
	if err == nil {
		m.theme = &tenant.Config{JSON: text, UpdatedAt: m.now()}
	}
	return err
}

func (m *model) Tips(_ context.Context, disabledToo bool) ([]tenant.Tip, error) {
	return picked(m.tips, func(t tenant.Tip) bool { return disabledToo || t.Enabled },
		func(a, b tenant.Tip) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) }), nil
}

func (m *model) CreateTip(ctx context.Context, content string, enabled bool) (tenant.Tip, error) {
	if content == "" || len(m.tips) >= tenant.MaxTips {
		return tenant.Tip{}, invalid("content")
	}
	last := int64(0)
	if all, _ := m.Tips(ctx, true); len(all) > 0 {
		last = all[len(all)-1].Order
	}
	t := tenant.Tip{ID: tenant.TipID(m.next("tips")), Content: content, Enabled: enabled, Order: last + 1,
		CreatedAt: m.now(), UpdatedAt: m.now()}
	m.tips[t.ID] = t
	return t, nil
}

func (m *model) UpdateTip(_ context.Context, id tenant.TipID, c tenant.TipChange) (tenant.Tip, error) {
	t, ok := m.tips[id]
	switch {
	case c.Content != nil && *c.Content == "":
		return tenant.Tip{}, invalid("content")
	case !ok:
		return tenant.Tip{}, scope.ErrNotFound
	}
	t.Content, t.Enabled, t.Order = or(c.Content, t.Content), or(c.Enabled, t.Enabled), or(c.Order, t.Order)
	t.UpdatedAt = m.now()
	m.tips[id] = t
	return t, nil
}

func or[T any](change *T, old T) T {
	if change != nil {
		return *change
	}
	return old
}

func (m *model) OrderTips(ctx context.Context, ids []tenant.TipID) error {
	all, _ := m.Tips(ctx, true)
	order := slices.Clone(ids)
	for _, t := range all {
		if !slices.Contains(ids, t.ID) {
			order = append(order, t.ID)
		}
	}
	next := maps.Clone(m.tips)
	for i, id := range order {
		t, ok := next[id]
		if !ok {
			return scope.ErrNotFound
		}
		t.Order = int64(i + 1)
		next[id] = t
	}
	m.tips = next
	return nil
}

func (m *model) DeleteTip(_ context.Context, id tenant.TipID) error {
	if _, ok := m.tips[id]; !ok {
		return scope.ErrNotFound
	}
	delete(m.tips, id)
	return nil
}

func (m *model) Goals(_ context.Context, disabledToo bool) ([]tenant.Goal, error) {
	return picked(m.goals, func(g tenant.Goal) bool { return disabledToo || g.Enabled },
		func(a, b tenant.Goal) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) }), nil
}

func (m *model) SetGoal(_ context.Context, g tenant.Goal) (tenant.Goal, error) {
	_, known := m.goals[g.ID]
	if g.Label == "" || g.Current < 0 || !known && len(m.goals) >= tenant.MaxGoals {
		return tenant.Goal{}, invalid("label")
	}
	g.UpdatedAt = m.now()
	m.goals[g.ID] = g
	return g, nil
}

func (m *model) AddToGoal(_ context.Context, id tenant.GoalID, by int64) (tenant.Goal, error) {
	g, ok := m.goals[id]
	switch {
	case !ok:
		return tenant.Goal{}, scope.ErrNotFound
	case g.Current+by < 0:
		return tenant.Goal{}, scope.ErrOutOfRange
	}
	g.Current, g.UpdatedAt = g.Current+by, m.now()
	m.goals[id] = g
	return g, nil
}

func (m *model) DeleteGoal(_ context.Context, id tenant.GoalID) error {
	if _, ok := m.goals[id]; !ok {
		return scope.ErrNotFound
	}
	delete(m.goals, id)
	return nil
}
