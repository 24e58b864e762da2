package isolation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// player is a streamer at play: his model, and what he draws at random. One goroutine at a
// time plays him.
type player struct {
	game  *game
	id    scope.StreamerID
	name  string // of his channel; he may swap it
	key   string // owner's
	keyID int64
	held  bool // suspended
	draw  *rand.Rand
	model *model

	said   []string // what is another's and was asked for in this move
	trail  []string // the last moves
	moving string
	found  string // the fault
}

// fault ends a player's game.
type fault struct{}

// Errorf and FailNow make a player fit for require, on whatever goroutine.
func (p *player) Errorf(format string, args ...any) { p.found = fmt.Sprintf(format, args...) }

// FailNow is caught by play.
func (p *player) FailNow() { panic(fault{}) }

// play makes some moves and reports the first fault.
func (p *player) play(t *testing.T, turns int, move func(*player, context.Context)) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		p.game.over.Store(true)
		if r != (fault{}) {
			panic(r)
		}
		t.Errorf("seed %d, streamer %d, %s (before: %s): %s", p.game.seed, p.id, p.moving, strings.Join(p.trail, " "), p.found)
	}()
	for range turns {
		if p.game.over.Load() {
			return
		}
		p.said = p.said[:0]
		move(p, t.Context())
		p.trail = append(p.trail[max(0, len(p.trail)-30):], p.moving)
		p.game.played.Add(1)
	}
}

var moveNames = slices.Sorted(maps.Keys(plays))

// move is one operation at the DataStore; now and then one on the streamer himself.
func (p *player) move(ctx context.Context) {
	if p.draw.IntN(150) == 0 {
		p.moving = "himself"
		p.changeHimself(ctx)
		return
	}
	p.moving = moveNames[p.draw.IntN(len(moveNames))]
	plays[p.moving](p, ctx)
}

func (p *player) store() shard.TenantStore { return p.game.store.Tenant(p.id) }

// both makes the same call on the model and on the store.
func (p *player) both(call func(shard.TenantStore) (any, error)) {
	want, foretold := call(p.model)
	got, err := call(p.store())
	p.clean(got, err)
	require.Equal(p, verdict(foretold), verdict(err))
	require.Equal(p, want, got)
}

// clean looks through an answer for what is another streamer's. An error may repeat what it
// was asked for.
func (p *player) clean(got any, err error) {
	require.Empty(p, strangers(p.id, got))
	if err == nil {
		return
	}
	text := err.Error()
	for _, s := range p.said {
		text = strings.ReplaceAll(text, s, "")
	}
	require.Empty(p, strangersIn(p.id, text))
}

// settle compares everything that there is of a streamer.
func (p *player) settle(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	p.play(t, 1, func(p *player, _ context.Context) {
		for name, look := range looks {
			p.moving = "in the end " + name
			p.both(func(s shard.TenantStore) (any, error) { return look(ctx, s) })
		}
		for id, u := range p.model.users {
			for name, look := range viewerLooks {
				p.moving = fmt.Sprintf("in the end %s of %d", name, id)
				p.both(func(s shard.TenantStore) (any, error) { return look(ctx, s, id) })
			}
			for kind, balance := range map[tenant.Kind]int64{tenant.ChannelPoints: u.Points.Channel, tenant.DropPoints: u.Points.Drop} {
				sums, err := p.store().LedgerSummary(ctx, id, kind)
				require.NoError(p, err)
				for _, n := range sums {
					balance -= n
				}
				require.Zero(p, balance, "points are the sum of their ledger")
			}
		}
		p.known(ctx, p.name, p.id)
	})
	require.False(t, t.Failed(), "seed %d", p.game.seed)
}

// What a player draws.

func (p *player) one(in int) bool { return p.draw.IntN(in) == 0 }

func (p *player) text(what string) string {
	return fmt.Sprintf("%s %s %d", mark(p.id), what, p.draw.IntN(1000))
}

func (p *player) maybe(what string) *string {
	if p.one(2) {
		return nil
	}
	return new(p.text(what))
}

// picture is an address of one, if any.
func (p *player) picture() *string {
	if p.one(2) {
		return nil
	}
	return new("/" + p.text("picture"))
}

// viewer is a name to store: most are this streamer's only, one is known everywhere.
func (p *player) viewer() string {
	switch p.draw.IntN(40) {
	case 0:
		return ""
	case 1, 2:
		return "everybody"
	case 3, 4:
		return "EveryBody"
	case 5:
		return strings.ToUpper(mark(p.id)) + "-VIEWER-1"
	}
	return fmt.Sprintf("%s-viewer-%d", mark(p.id), p.draw.IntN(12))
}

// somebody is a name to ask for: now and then another streamer's viewer.
func (p *player) somebody() string {
	if p.one(6) {
		return p.others("-viewer-1")
	}
	return p.viewer()
}

// others is a text of another streamer's, not to be stored.
func (p *player) others(rest string) string {
	s := mark(p.stranger()) + rest
	p.said = append(p.said, s)
	return s
}

func (p *player) stranger() scope.StreamerID {
	for {
		if id := p.game.players[p.draw.IntN(len(p.game.players))].id; id != p.id {
			return id
		}
	}
}

// row is the id of a row of a table: one there is or was, one to come, or another's.
func (p *player) row(table string) int64 {
	base := p.id
	if p.one(6) {
		base = p.stranger()
	}
	id := int64(base)<<32 + 1 + p.draw.Int64N(p.model.last[table]+2)
	if base != p.id {
		p.said = append(p.said, fmt.Sprint(id))
	}
	return id
}

// somewhere is the id of a viewer, more often of one who is there.
func (p *player) user() tenant.UserID {
	if ids := slices.Sorted(maps.Keys(p.model.users)); len(ids) > 0 && !p.one(3) {
		return ids[p.draw.IntN(len(ids))]
	}
	return tenant.UserID(p.row("users"))
}

// onceKey is an Idempotency-Key: none, one that others use too, or one of his own.
func (p *player) onceKey() string {
	switch p.draw.IntN(4) {
	case 0:
		return fmt.Sprint("key-", p.draw.IntN(30))
	case 1:
		return fmt.Sprint(mark(p.id), "-key-", p.draw.IntN(30))
	}
	return ""
}

func (p *player) object() json.RawMessage {
	if p.one(25) {
		return json.RawMessage(`["` + mark(p.id) + `"]`)
	}
	return json.RawMessage(fmt.Sprintf(`{"of": "%s", "n" :%d}`, mark(p.id), p.draw.IntN(100)))
}

// small is the id of something of which a streamer has a few by name.
func (p *player) small(what string) string { return fmt.Sprint(mark(p.id), what, p.draw.IntN(6)) }

// lookup is such an id to ask for: now and then another's.
func (p *player) lookup(what string) string {
	if p.one(6) {
		return p.others(what + "1")
	}
	return p.small(what)
}

func (p *player) limit() int { return 1 + p.draw.IntN(20) }
