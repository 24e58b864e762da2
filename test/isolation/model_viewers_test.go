package isolation

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func (m *model) User(_ context.Context, id tenant.UserID) (tenant.User, error) {
	u, ok := m.users[id]
	if !ok {
		return tenant.User{}, scope.ErrNotFound
	}
	return u.User, nil
}

func (m *model) find(name string) *viewer {
	for _, u := range m.users {
		if folded(u.Username) == folded(name) {
			return u
		}
	}
	return nil
}

func (m *model) UserByName(_ context.Context, name string) (tenant.User, error) {
	if u := m.find(name); u != nil {
		return u.User, nil
	}
	return tenant.User{}, scope.ErrNotFound
}

// viewers are those who fit, in order, as the store shows them.
func (m *model) viewers(limit int, fits func(*viewer) bool, order func(a, b *viewer) int) []tenant.User {
	shown := []tenant.User{}
	for _, u := range first(picked(m.users, fits, order), limit) {
		shown = append(shown, u.User)
	}
	return shown
}

func (m *model) Users(_ context.Context, after tenant.UserID, limit int) ([]tenant.User, error) {
	return m.viewers(limit, func(u *viewer) bool { return u.ID > after },
		func(a, b *viewer) int { return cmp.Compare(a.ID, b.ID) }), nil
}

func byPoints(a, b *viewer) int {
	return cmp.Or(cmp.Compare(b.Points.Total(), a.Points.Total()), cmp.Compare(a.ID, b.ID))
}

func (m *model) UsersByPoints(_ context.Context, after tenant.User, limit int) ([]tenant.User, error) {
	return m.viewers(limit, func(u *viewer) bool {
		return after.ID == 0 || byPoints(u, &viewer{User: after}) > 0
	}, byPoints), nil
}

func (m *model) SearchUsers(_ context.Context, prefix, afterKey string, limit int) ([]tenant.User, error) {
	return m.viewers(limit, func(u *viewer) bool {
		key := folded(u.Username)
		return strings.HasPrefix(key, folded(prefix)) && key > folded(afterKey)
	}, func(a, b *viewer) int { return strings.Compare(folded(a.Username), folded(b.Username)) }), nil
}

func (m *model) CreateUser(_ context.Context, n tenant.NewUser) (tenant.User, error) {
	if n.Username == "" {
		return tenant.User{}, invalid("username")
	}
	if m.find(n.Username) != nil {
		return tenant.User{}, scope.ErrConflict
	}
	return m.addUser(n).User, nil
}

func (m *model) addUser(n tenant.NewUser) *viewer {
	u := m.stranger(n.Username)
	u.VoiceID, u.DropImage, u.Country = n.VoiceID, n.DropImage, n.Country
	return m.keep(u)
}

// stranger is a viewer who may come to be.
func (m *model) stranger(name string) *viewer {
	return &viewer{User: tenant.User{Username: name, CreatedAt: m.now(), UpdatedAt: m.now()},
		ledger: map[tenant.Kind][]tenant.LedgerRow{}, held: map[tenant.PowerupID]int64{},
		sessions: map[string]tenant.ViewerSession{}, cooldowns: map[string]tenant.Cooldown{}}
}

// keep gives a stranger an id; a viewer who has one stays as he is.
func (m *model) keep(u *viewer) *viewer {
	if u.ID == 0 {
		u.ID = tenant.UserID(m.next("users"))
		m.users[u.ID] = u
	}
	return u
}

// meet finds a viewer or answers a stranger, who is not kept unless what he does works.
func (m *model) meet(name string) (*viewer, error) {
	if u := m.find(name); u != nil {
		return u, nil
	}
	if name == "" {
		return nil, invalid("username")
	}
	return m.stranger(name), nil
}

func (m *model) EnsureUser(_ context.Context, name string) (tenant.User, error) {
	u, err := m.meet(name)
	if err != nil {
		return tenant.User{}, err
	}
	return m.keep(u).User, nil
}

func (m *model) UpdateUser(_ context.Context, id tenant.UserID, c tenant.UserChange) (tenant.User, error) {
	for _, n := range []*int64{c.Channel, c.Drop, c.Drops} {
		if n != nil && *n < 0 {
			return tenant.User{}, invalid("points")
		}
	}
	u, ok := m.users[id]
	if !ok {
		return tenant.User{}, scope.ErrNotFound
	}
	if c.Username != nil {
		if other := m.find(*c.Username); other != nil && other != u {
			return tenant.User{}, scope.ErrConflict
		}
		u.Username = *c.Username
	}
	m.setProfile(u, tenant.Profile{VoiceID: c.VoiceID, DropImage: c.DropImage, Country: c.Country})
	m.setPoints(u, c)
	return u.User, nil
}

func (m *model) setProfile(u *viewer, p tenant.Profile) {
	for to, change := range map[**string]tenant.Text{&u.VoiceID: p.VoiceID, &u.DropImage: p.DropImage, &u.Country: p.Country} {
		if change.Set {
			*to = change.Value
		}
	}
	u.UpdatedAt = m.now()
}

func (m *model) SetProfile(_ context.Context, name string, p tenant.Profile) (tenant.User, error) {
	u, err := m.meet(name)
	if err != nil {
		return tenant.User{}, err
	}
	m.setProfile(m.keep(u), p)
	return u.User, nil
}

func (m *model) setPoints(u *viewer, c tenant.UserChange) {
	for _, b := range []struct {
		kind tenant.Kind
		have *int64
		want *int64
	}{{tenant.ChannelPoints, &u.Points.Channel, c.Channel}, {tenant.DropPoints, &u.Points.Drop, c.Drop}} {
		if b.want != nil && *b.want != *b.have {
			m.write(u, b.kind, *b.want-*b.have, "admin", c.Reason)
			*b.have = *b.want
		}
	}
	if c.Drops != nil {
		u.Points.Drops = *c.Drops
	}
}

// write adds a row to the ledger.
func (m *model) write(u *viewer, kind tenant.Kind, amount int64, source, description string) int64 {
	row := tenant.LedgerRow{ID: m.next("point_transactions"), User: u.ID, Amount: amount, Source: source, CreatedAt: m.now()}
	if description != "" {
		row.Description = &description
	}
	u.ledger[kind] = append(u.ledger[kind], row)
	return row.ID
}

func (m *model) DeleteUser(_ context.Context, id tenant.UserID) error {
	if m.users[id] == nil {
		return scope.ErrNotFound
	}
	delete(m.users, id)
	return nil
}

func (m *model) AddPoints(_ context.Context, name string, a tenant.Award) (tenant.Awarded, error) {
	if a.Amount == 0 || a.Source == "import" {
		return tenant.Awarded{}, invalid("amount")
	}
	done, replayed, err := once(m, "points ", a.IdempotencyKey, []any{"points", name, a}, func() (done tenant.Awarded, err error) {
		u, err := m.meet(name)
		if err != nil {
			return done, err
		}
		if u.Points.Channel+a.Amount < 0 {
			return done, &tenant.InsufficientError{Price: -a.Amount, Balance: u.Points.Channel}
		}
		m.keep(u).Points.Channel += a.Amount
		return tenant.Awarded{Channel: u.Points.Channel,
			Transaction: m.write(u, tenant.ChannelPoints, a.Amount, a.Source, a.Description)}, nil
	})
	done.Replayed = replayed
	return done, err
}

func (m *model) Leaderboard(_ context.Context, limit int) ([]tenant.Rank, error) {
	ranks := []tenant.Rank{}
	for _, u := range m.viewers(limit, func(u *viewer) bool { return u.Points.Total() > 0 }, byPoints) {
		ranks = append(ranks, tenant.Rank{Username: u.Username, Points: u.Points})
	}
	return ranks, nil
}

func (m *model) Ledger(_ context.Context, id tenant.UserID, kind tenant.Kind, after tenant.Place, limit int) ([]tenant.LedgerRow, error) {
	return past(m.of(id).ledger[kind], after, limit, func(r tenant.LedgerRow) tenant.Place {
		return tenant.Place{At: r.CreatedAt, ID: r.ID}
	}), nil
}

// of is a viewer, or one who has nothing.
func (m *model) of(id tenant.UserID) *viewer {
	if u := m.users[id]; u != nil {
		return u
	}
	return m.stranger("")
}

func (m *model) Moves(_ context.Context, after int64, limit int) ([]tenant.LedgerMove, error) {
	all := []tenant.LedgerMove{}
	for id, u := range m.users {
		for kind, rows := range u.ledger {
			for _, r := range rows {
				if r.ID > after {
					all = append(all, tenant.LedgerMove{ID: r.ID, User: id, Username: u.Username, Kind: kind, Amount: r.Amount, Source: r.Source, CreatedAt: r.CreatedAt})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b tenant.LedgerMove) int { return cmp.Compare(b.ID, a.ID) })
	return all[:min(len(all), limit)], nil
}

func (m *model) LedgerSummary(_ context.Context, id tenant.UserID, kind tenant.Kind) (map[string]int64, error) {
	sums := map[string]int64{}
	for r := range slices.Values(m.of(id).ledger[kind]) {
		sums[r.Source] += r.Amount
	}
	return sums, nil
}
