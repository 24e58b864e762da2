package isolation

import (
	"cmp"
	"context"
	"time"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func (m *model) Powerups(_ context.Context, disabledToo bool) ([]tenant.Powerup, error) {
	return picked(m.powerups, func(p tenant.Powerup) bool { return disabledToo || p.Enabled },
		func(a, b tenant.Powerup) int { return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(a.ID, b.ID)) }), nil
}

func (m *model) SetPowerup(_ context.Context, p tenant.Powerup) error {
	old, known := m.powerups[p.ID]
	variables := old.Variables
	if p.Variables != nil {
		var err error
		if variables, err = object("variables", p.Variables); err != nil {
			return err
		}
	}
	if p.Name == "" {
		return invalid("name")
	}
	if !known {
		if len(m.powerups) >= tenant.MaxPowerups {
			return invalid("powerups")
		}
		old.CreatedAt = m.now()
		if variables == nil {
			variables = []byte(`{}`)
		}
	}
	p.Variables, p.CreatedAt, p.UpdatedAt = variables, old.CreatedAt, m.now()
	p.Emoji, p.Effect = cmp.Or(p.Emoji, old.Emoji), cmp.Or(p.Effect, old.Effect)
	m.powerups[p.ID] = p
	return nil
}

func (m *model) DisablePowerup(_ context.Context, id tenant.PowerupID) error {
	p, ok := m.powerups[id]
	if !ok {
		return scope.ErrNotFound
	}
	p.Enabled, p.UpdatedAt = false, m.now()
	m.powerups[id] = p
	return nil
}

func (m *model) Inventory(_ context.Context, id tenant.UserID) ([]tenant.Item, error) {
	items := map[tenant.PowerupID]tenant.Item{}
	for powerup, n := range m.of(id).held {
		items[powerup] = tenant.Item{Powerup: powerup, Quantity: n}
	}
	return picked(items, func(i tenant.Item) bool { return i.Quantity > 0 },
		func(a, b tenant.Item) int { return cmp.Compare(a.Powerup, b.Powerup) }), nil
}

func (m *model) GivePowerup(_ context.Context, name string, id tenant.PowerupID, quantity int64) (int64, error) {
	if quantity < 1 {
		return 0, invalid("quantity")
	}
	if _, ok := m.powerups[id]; !ok {
		return 0, scope.ErrNotFound
	}
	u, err := m.meet(name)
	if err != nil {
		return 0, err
	}
	m.keep(u).held[id] += quantity
	return u.held[id], nil
}

func (m *model) UsePowerup(_ context.Context, name string, id tenant.PowerupID) (int64, error) {
	u := m.find(name)
	if u == nil || u.held[id] == 0 {
		return 0, scope.ErrNotFound
	}
	u.held[id]--
	return u.held[id], nil
}

func (m *model) BuyPowerup(_ context.Context, name string, o tenant.Order) (tenant.Bought, error) {
	done, replayed, err := once(m, "buy "+folded(name)+" ", o.IdempotencyKey, []any{"buy", name, o.Powerup}, func() (done tenant.Bought, err error) {
		p, ok := m.powerups[o.Powerup]
		if !ok || !p.Enabled {
			return done, invalid("powerupId")
		}
		u, err := m.meet(name)
		if err != nil {
			return done, err
		}
		if u.Points.Channel < p.Cost {
			return done, &tenant.InsufficientError{Price: p.Cost, Balance: u.Points.Channel}
		}
		m.keep(u).held[p.ID]++
		u.Points.Channel -= p.Cost
		if p.Cost > 0 {
			m.write(u, tenant.ChannelPoints, -p.Cost, "spend", "Bought "+p.Name+" powerup")
		}
		u.bought = append(u.bought, tenant.Purchase{ID: tenant.PurchaseID(m.next("powerup_purchases")),
			Powerup: p.ID, Cost: p.Cost, PurchasedAt: m.now()})
		return tenant.Bought{Balance: u.Points.Channel, Quantity: u.held[p.ID]}, nil
	})
	done.Replayed = replayed
	return done, err
}

func (m *model) Purchases(_ context.Context, id tenant.UserID, after tenant.Place, limit int) ([]tenant.Purchase, error) {
	return past(m.of(id).bought, after, limit, func(p tenant.Purchase) tenant.Place {
		return tenant.Place{At: p.PurchasedAt, ID: int64(p.ID)}
	}), nil
}

func (m *model) RecordDrop(_ context.Context, name string, d tenant.Drop) (tenant.Dropped, error) {
	if d.Score < 0 {
		return tenant.Dropped{}, invalid("score")
	}
	done, replayed, err := once(m, "drop ", d.IdempotencyKey, []any{"drop", name, d}, func() (done tenant.Dropped, err error) {
		u, err := m.meet(name)
		if err != nil {
			return done, err
		}
		m.keep(u).Points.Drop += d.Score
		u.Points.Drops++
		if d.Score > 0 {
			m.write(u, tenant.DropPoints, d.Score, "drop", "")
		}
		row := tenant.PastDrop{ID: tenant.DropID(m.next("drop_history")), User: u.ID, Score: d.Score,
			Perfect: d.Perfect, Powerup: d.Powerup, CreatedAt: m.now()}
		u.drops = append(u.drops, row)
		return tenant.Dropped{ID: row.ID, Total: u.Points.Drop}, nil
	})
	done.Replayed = replayed
	return done, err
}

// dropsOf are a viewer's drops under the name that he has now.
func dropsOf(u *viewer) []tenant.PastDrop {
	named := make([]tenant.PastDrop, 0, len(u.drops))
	for _, d := range u.drops {
		d.Username = u.Username
		named = append(named, d)
	}
	return named
}

func (m *model) Drops(_ context.Context, before tenant.DropID, limit int) ([]tenant.PastDrop, error) {
	all := map[tenant.DropID]tenant.PastDrop{}
	for _, u := range m.users {
		for _, d := range dropsOf(u) {
			all[d.ID] = d
		}
	}
	return first(picked(all, func(d tenant.PastDrop) bool { return d.ID < before },
		func(a, b tenant.PastDrop) int { return cmp.Compare(b.ID, a.ID) }), limit), nil
}

func (m *model) UserDrops(_ context.Context, id tenant.UserID, after tenant.Place, limit int) ([]tenant.PastDrop, error) {
	return past(dropsOf(m.of(id)), after, limit, func(d tenant.PastDrop) tenant.Place {
		return tenant.Place{At: d.CreatedAt, ID: int64(d.ID)}
	}), nil
}

func (m *model) DropStats(_ context.Context, id tenant.UserID) (s tenant.DropStats, err error) {
	for _, d := range m.of(id).drops {
		s.Drops++
		s.Sum += d.Score
		s.Best = max(s.Best, d.Score)
		if d.Perfect {
			s.Perfect++
		}
	}
	return s, nil
}

func (m *model) Activity(_ context.Context, hours int) ([]tenant.Hour, error) {
	last := m.now().UTC().Truncate(time.Hour)
	all := make([]tenant.Hour, hours)
	for i := range all {
		all[i].At = last.Add(time.Duration(i-hours+1) * time.Hour)
		in := func(t time.Time) bool { return !t.Before(all[i].At) && t.Before(all[i].At.Add(time.Hour)) }
		for _, u := range m.users {
			seen := false
			for kind, rows := range u.ledger {
				for _, r := range rows {
					if in(r.CreatedAt) && r.Source != "import" {
						seen = true
						if kind == tenant.ChannelPoints {
							all[i].Points += max(r.Amount, 0)
						}
					}
				}
			}
			if seen {
				all[i].Viewers++
			}
			for _, d := range u.drops {
				if in(d.CreatedAt) {
					all[i].Drops++
				}
			}
		}
	}
	return all, nil
}
