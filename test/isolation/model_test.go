package isolation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// model is one streamer's data as plain Go: maps, without SQL, files, or anybody else. The
// same call on it and on the DataStore has to give the same answer, ids and times included.
type model struct {
	shard.TenantStore // nil: a method that nobody has modelled panics when it is played

	streamer scope.StreamerID
	now      func() time.Time
	last     map[string]int64 // id given last, by table, without the streamer's base
	users    map[tenant.UserID]*viewer
	kept     map[string]keptAnswer // by Idempotency-Key

	powerups map[tenant.PowerupID]tenant.Powerup
	settings map[string]tenant.Setting
	layouts  map[tenant.LayoutID]tenant.Layout
	tips     map[tenant.TipID]tenant.Tip
	goals    map[tenant.GoalID]tenant.Goal
	theme    *tenant.Config
	doorway

	builtIn struct{ dropGame, layout, theme tenant.Config }
}

// viewer is what belongs to one viewer and goes with him.
type viewer struct {
	tenant.User
	ledger map[tenant.Kind][]tenant.LedgerRow
	held   map[tenant.PowerupID]int64
	bought []tenant.Purchase
	drops  []tenant.PastDrop

	sessions  map[string]tenant.ViewerSession // by token
	cooldowns map[string]tenant.Cooldown      // by command
	uploads   []tenant.Upload
}

// newModel begins with what a new streamer is given: seeds are read from the store once,
// as nobody else's they are checked.
func newModel(t *testing.T, id scope.StreamerID, now func() time.Time, s shard.TenantStore) *model {
	t.Helper()
	m := &model{
		streamer: id, now: now, last: map[string]int64{},
		users: map[tenant.UserID]*viewer{}, kept: map[string]keptAnswer{},
		powerups: map[tenant.PowerupID]tenant.Powerup{}, settings: map[string]tenant.Setting{},
		layouts: map[tenant.LayoutID]tenant.Layout{}, tips: map[tenant.TipID]tenant.Tip{}, goals: map[tenant.GoalID]tenant.Goal{},
		doorway: newDoorway(),
	}
	for _, p := range listed(s.Powerups(t.Context(), true))(t) {
		m.powerups[p.ID] = p
	}
	for _, x := range listed(s.Settings(t.Context()))(t) {
		m.settings[x.Key] = x
	}
	for _, g := range listed(s.Goals(t.Context(), true))(t) {
		m.goals[g.ID] = g
	}
	for _, x := range listed(s.Tips(t.Context(), true))(t) {
		require.EqualValues(t, m.next("tips"), x.ID)
		m.tips[x.ID] = x
	}
	require.Empty(t, listed(s.Layouts(t.Context()))(t))
	for to, from := range map[*tenant.Config]func() (tenant.Config, error){
		&m.builtIn.dropGame: func() (tenant.Config, error) { return s.DropGame(t.Context()) },
		&m.builtIn.layout:   func() (tenant.Config, error) { return s.DefaultLayout(t.Context()) },
		&m.builtIn.theme:    func() (tenant.Config, error) { return s.Theme(t.Context()) },
	} {
		c, err := from()
		require.NoError(t, err)
		require.Zero(t, c.UpdatedAt)
		*to = c
	}
	return m
}

// next is the id that a table gives to its next row. What is refused uses none up.
func (m *model) next(table string) int64 {
	m.last[table]++
	return int64(m.streamer)<<32 + m.last[table]
}

// keptAnswer is what a request with an Idempotency-Key was and what it did.
type keptAnswer struct {
	request, answer string
	since           time.Time
}

// week is how long keys, messages and sessions are remembered.
const week = 7 * 24 * time.Hour

// once does what must happen once for a key.
func once[T any](m *model, purpose, key string, request any, do func() (T, error)) (done T, replayed bool, err error) {
	asked := compact(request)
	if k, ok := m.kept[purpose+key]; ok && k.since.After(m.now().Add(-week)) {
		if k.request != asked {
			return done, false, &tenant.KeyReusedError{Key: key}
		}
		return done, true, json.Unmarshal([]byte(k.answer), &done)
	}
	if done, err = do(); err != nil {
		return done, false, err
	}
	if key != "" {
		m.kept[purpose+key] = keptAnswer{asked, compact(done), m.now()}
	}
	return done, false, nil
}

func compact(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(body)
}

// object is a configuration as it is stored: compact, and an object.
func object(field string, body json.RawMessage) (json.RawMessage, error) {
	var b bytes.Buffer
	if json.Compact(&b, body) != nil || !bytes.HasPrefix(b.Bytes(), []byte("{")) {
		return nil, invalid(field)
	}
	return b.Bytes(), nil
}

func invalid(field string) error { return &tenant.InvalidError{Field: field} }

// verdict is an error as far as the model foretells it.
func verdict(err error) string {
	var (
		wrong  *tenant.InvalidError
		poor   *tenant.InsufficientError
		reused *tenant.KeyReusedError
	)
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, scope.ErrNotFound):
		return "not found"
	case errors.Is(err, scope.ErrConflict):
		return "conflict"
	case errors.Is(err, tenant.ErrCodeWaits):
		return "code waits"
	case errors.Is(err, scope.ErrOutOfRange):
		return "out of range"
	case errors.As(err, &wrong):
		return "invalid"
	case errors.As(err, &poor):
		return fmt.Sprintf("costs %d of %d", poor.Price, poor.Balance)
	case errors.As(err, &reused):
		return "key reused"
	}
	return err.Error()
}

// picked are the values of a map that fit, in order; never nil, as the store's listings.
func picked[K comparable, V any](all map[K]V, fits func(V) bool, order func(a, b V) int) []V {
	rows := []V{}
	for v := range maps.Values(all) {
		if fits(v) {
			rows = append(rows, v)
		}
	}
	slices.SortFunc(rows, order)
	return rows
}

func always[V any](V) bool { return true }

// first are the rows of one page.
func first[V any](rows []V, limit int) []V {
	return rows[:min(len(rows), min(max(limit, 1), tenant.MaxPage))]
}

// past are the rows of a page of the past: newest first, behind a place.
func past[V any](rows []V, behind tenant.Place, limit int, at func(V) tenant.Place) []V {
	order := func(a, b tenant.Place) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) }
	found := []V{}
	for _, v := range rows {
		if behind == (tenant.Place{}) || order(at(v), behind) > 0 {
			found = append(found, v)
		}
	}
	slices.SortFunc(found, func(a, b V) int { return order(at(a), at(b)) })
	return first(found, limit)
}

// folded is a name as names are compared.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}
