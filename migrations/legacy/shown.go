package legacy

import "database/sql/driver"

const (
	tipContent = 1 + iota
	tipEnabled
	tipOrder
	tipCreated
)

func tipsTable() table {
	return plainTable(table{
		name: "tips", numbered: true, into: []string{"tips"},
		columns: []string{"id", "content", "enabled", "sort_order", "created_at"},
	}, `INSERT INTO tips (streamer_id, id, content, enabled, sort_order, created_at, updated_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)`,
		func(p *plain, r *row) (verdict, []any, error) {
			return carried, []any{r.newID, r.text(tipContent), r.truth(tipEnabled), r.amount(tipOrder), r.time(tipCreated, p.b.src.newest)}, nil
		})
}

const (
	goalLabel = 1 + iota
	goalCurrent
	goalTarget
	goalEnabled
	goalUpdated
)

// Goals had no order of their own; they keep the one they were made in.
func goalsTable() table {
	order := int64(0)
	return plainTable(table{
		name: "goals", into: []string{"goals"},
		columns: []string{"id", "label", "current_value", "target_value", "enabled", "updated_at"},
	}, `INSERT INTO goals (streamer_id, id, label, current_value, target_value, enabled, sort_order, updated_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		func(p *plain, r *row) (verdict, []any, error) {
			if r.values[0] == nil {
				return reject(r, "no-key", 0)
			}
			order++
			return carried, []any{r.text(0), r.text(goalLabel), r.count(goalCurrent), r.count(goalTarget), r.truth(goalEnabled),
				order, r.time(goalUpdated, p.b.src.newest)}, nil
		})
}

const (
	settingKey = iota
	settingValue
	settingDescription
	settingUpdated
)

func settingsTable() table {
	return table{
		name: "overlay_settings", into: []string{"overlay_settings", "theme", "overlay_layouts"},
		columns: []string{"key", "value", "description", "updated_at"},
		open:    newSettings,
	}
}

// settings carries the settings. The theme and the layout of the overlay were two of them
// and are entities of their own now.
type settings struct {
	b                  *build
	add, theme, layout driver.Stmt
}

func newSettings(b *build) (loader, error) {
	s := &settings{b: b}
	for _, p := range []struct {
		to  *driver.Stmt
		sql string
	}{
		{&s.add, `INSERT INTO overlay_settings (streamer_id, key, value, description, updated_at)
			VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING`},
		{&s.theme, `INSERT INTO theme (streamer_id, config, updated_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`},
		{&s.layout, `INSERT INTO overlay_layouts (streamer_id, name, layout, is_default, created_at, updated_at)
			VALUES (?1, 'Default', ?2, 1, ?3, ?3) ON CONFLICT DO NOTHING`},
	} {
		var err error
		if *p.to, err = b.prepare(b.to, p.sql); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *settings) load(r *row) (verdict, error) {
	if r.values[settingKey] == nil {
		return r.reject("no-key", settingKey)
	}
	key, value := r.text(settingKey), r.text(settingValue)
	updated := r.time(settingUpdated, s.b.src.newest)
	switch key {
	case "theme_config":
		return s.own(r, s.theme, value, updated)
	case "overlay_layout_config":
		return s.own(r, s.layout, value, updated)
	case "dropgame_config":
		if !isObject(value) {
			s.b.notes.add("broken-json", 1, "overlay_settings, dropgame_config: kept as it is, the game plays by its defaults")
		}
	}
	n, err := exec(s.add, s.b.streamer, key, value, r.optional(settingDescription), updated)
	return once(r, n, err)
}

// own puts a setting that is an entity now in its own table, if it is JSON at all.
func (s *settings) own(r *row, add driver.Stmt, value string, updated int64) (verdict, error) {
	if !isObject(value) {
		return r.reject("broken-json", settingValue)
	}
	n, err := exec(add, s.b.streamer, value, updated)
	return once(r, n, err)
}

// once rejects a row that is there already.
func once(r *row, n int64, err error) (verdict, error) {
	if err == nil && n == 0 {
		return r.reject("second-row", 0)
	}
	return carried, err
}

func (s *settings) finish() error { return nil }
