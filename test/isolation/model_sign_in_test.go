package isolation

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// doorway is what a streamer keeps of those who come in, and of what a platform tells.
type doorway struct {
	tokens   map[string]tenant.Token
	codes    map[string]*pendingCode // by folded name
	messages map[string]time.Time    // seen first
	status   tenant.StreamStatus
}

// pendingCode is a code that waits to be confirmed or redeemed. The code itself is drawn by
// the store and told to the model.
type pendingCode struct {
	name, code string
	tries      int
	confirmed  bool
	expires    time.Time
}

func newDoorway() doorway {
	return doorway{map[string]tenant.Token{}, map[string]*pendingCode{}, map[string]time.Time{}, tenant.StreamStatus{}}
}

func (m *model) SaveToken(_ context.Context, t tenant.Token) error {
	if t.AccessToken == "" {
		return invalid("accessToken")
	}
	t.CreatedAt, t.UpdatedAt = m.now(), m.now()
	if old, ok := m.tokens[t.Provider]; ok {
		t.CreatedAt = old.CreatedAt
	}
	m.tokens[t.Provider] = t
	return nil
}

func (m *model) Token(_ context.Context, provider string) (tenant.Token, error) {
	t, ok := m.tokens[provider]
	if !ok {
		return tenant.Token{}, scope.ErrNotFound
	}
	return t, nil
}

func (m *model) TokenInfo(ctx context.Context, provider string) (tenant.Token, error) {
	t, err := m.Token(ctx, provider)
	t.AccessToken, t.RefreshToken = "", nil
	return t, err
}

func (m *model) TokenInfos(ctx context.Context) ([]tenant.Token, error) {
	all := []tenant.Token{}
	for _, provider := range slices.Sorted(maps.Keys(m.tokens)) {
		t, err := m.TokenInfo(ctx, provider)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all[:min(len(all), 200)], nil
}

func (m *model) DeleteToken(ctx context.Context, provider string) error {
	_, err := m.Token(ctx, provider)
	delete(m.tokens, provider)
	return err
}

// begin is StartSession with the token that the store has drawn.
func (m *model) begin(name, token string) (tenant.ViewerSession, error) {
	u, err := m.meet(name)
	if err != nil {
		return tenant.ViewerSession{}, err
	}
	for _, other := range m.users {
		for t, s := range other.sessions {
			if !s.ExpiresAt.After(m.now()) {
				delete(other.sessions, t)
			}
		}
	}
	m.keep(u)
	made := tenant.ViewerSession{ID: m.next("user_sessions"), User: u.ID, Username: u.Username,
		CreatedAt: m.now(), ExpiresAt: m.now().Add(week)}
	u.sessions[token] = made
	return made, nil
}

func (m *model) Session(_ context.Context, token string) (tenant.ViewerSession, error) {
	for _, u := range m.users {
		if s, ok := u.sessions[token]; ok && s.ExpiresAt.After(m.now()) {
			s.Username = u.Username
			return s, nil
		}
	}
	return tenant.ViewerSession{}, scope.ErrNotFound
}

func (m *model) EndSession(ctx context.Context, token string) error {
	s, err := m.Session(ctx, token)
	if err == nil {
		delete(m.users[s.User].sessions, token)
	}
	return err
}

func (m *model) EndSessions(_ context.Context, id tenant.UserID) (int64, error) {
	u := m.of(id)
	n := int64(len(u.sessions))
	clear(u.sessions)
	return n, nil
}

// ask is NewCode with the code that the store has drawn.
func (m *model) ask(name, code string) (tenant.Code, error) {
	if name == "" {
		return tenant.Code{}, invalid("username")
	}
	if c := m.codes[folded(name)]; c != nil && c.confirmed && c.tries > 0 && m.now().Before(c.expires) {
		return tenant.Code{}, tenant.ErrCodeWaits
	}
	c := &pendingCode{name: name, code: code, tries: 5, expires: m.now().Add(5 * time.Minute)}
	m.codes[folded(name)] = c
	return tenant.Code{Code: code, ExpiresAt: c.expires}, nil
}

// try finds a pending code and counts a wrong one.
func (m *model) try(name, code string) (*pendingCode, error) {
	c := m.codes[folded(name)]
	if c == nil || c.tries == 0 || !c.expires.After(m.now()) {
		return nil, scope.ErrNotFound
	}
	if !strings.EqualFold(c.code, code) {
		c.tries--
		return nil, scope.ErrNotFound
	}
	return c, nil
}

func (m *model) ConfirmCode(_ context.Context, name, code string) error {
	c, err := m.try(name, code)
	if err == nil {
		c.confirmed, c.name = true, name
	}
	return err
}

func (m *model) UseCommand(_ context.Context, name, command string, cooldown time.Duration) (time.Duration, error) {
	if cooldown < 0 {
		return 0, invalid("cooldown")
	}
	u, err := m.meet(name)
	if err != nil {
		return 0, err
	}
	if c, ok := u.cooldowns[command]; ok && c.ExpiresAt.After(m.now()) {
		return c.ExpiresAt.Sub(m.now()), nil
	}
	for _, other := range m.users {
		for command, c := range other.cooldowns {
			if !c.ExpiresAt.After(m.now()) {
				delete(other.cooldowns, command)
			}
		}
	}
	m.keep(u).cooldowns[command] = tenant.Cooldown{Command: command, LastUsedAt: m.now(), ExpiresAt: m.now().Add(cooldown)}
	return 0, nil
}

func (m *model) cooldownsOf(id tenant.UserID, fits func(tenant.Cooldown) bool) []tenant.Cooldown {
	return picked(m.of(id).cooldowns, fits, func(a, b tenant.Cooldown) int { return cmp.Compare(a.Command, b.Command) })
}

func (m *model) Cooldowns(_ context.Context, id tenant.UserID) ([]tenant.Cooldown, error) {
	return m.cooldownsOf(id, func(c tenant.Cooldown) bool { return c.ExpiresAt.After(m.now()) }), nil
}

// first remembers a message for a week.
func (m *model) first(message string) (bool, error) {
	if message == "" {
		return false, invalid("messageId")
	}
	seen, ok := m.messages[message]
	if ok && seen.After(m.now().Add(-week)) {
		return false, nil
	}
	m.messages[message] = m.now()
	return true, nil
}

func (m *model) StreamStatus(context.Context) (tenant.StreamStatus, error) { return m.status, nil }

func (m *model) SetLive(_ context.Context, live bool) error {
	m.status.Live, m.status.UpdatedAt = live, m.now()
	return nil
}

func (m *model) SetLastEvent(_ context.Context, event json.RawMessage) error {
	text, err := object("event", event)
	if err == nil {
		m.status.LastEvent, m.status.UpdatedAt = text, m.now()
	}
	return err
}

func (m *model) LegacyRejects(context.Context, int64, int) ([]tenant.LegacyReject, error) {
	return []tenant.LegacyReject{}, nil
}
