package isolation

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
)

var (
	long = flag.Bool("long", false, "as many streamers and operations as are promised, not only some")
	seed = flag.Uint64("seed", 0, "of the random operations, to replay a run; 0 is a new one")
)

// TestOperationsOfManyStreamers plays random operations of many streamers, of whom few can
// be open at once, and holds each answer against what plain Go foretells and against the
// canaries of all others. Streamers are renamed, suspended and resumed meanwhile, and the
// store is closed and opened again. Streamers are dealt to goroutines, so that a seed
// replays what each of them did; onlookers read everybody's listings beside them.
func TestOperationsOfManyStreamers(t *testing.T) {
	t.Parallel()
	size := size{streamers: 10, open: 3, operations: 2500, sittings: 3}
	if *long {
		size = longSize
	}
	g := newGame(t, size)
	start := time.Now()
	for range size.sittings {
		g.sitting(t, size.operations/size.sittings, (*player).move)
		g.reopen(t)
	}
	for _, p := range g.players {
		p.settle(t)
	}
	t.Logf("%d operations of %d streamers, %d open, in %v", g.played.Load(), size.streamers, size.open, time.Since(start))
	require.GreaterOrEqual(t, g.played.Load(), int64(size.operations))
}

var longSize = size{streamers: 50, open: 5, operations: 200_000, sittings: 20}

type size struct{ streamers, open, operations, sittings int }

// tables is how many goroutines play, and onlookers how many look on.
const (
	tables    = 4
	onlookers = 1
)

// game is an installation with its players.
type game struct {
	seed    uint64
	dir     string
	size    size
	store   *shard.Store
	front   *front
	players []*player
	elapsed atomic.Int64 // nanoseconds of the game's clock
	played  atomic.Int64

	sittings int
	over     atomic.Bool // somebody has found a fault
	tokens   sync.Map    // the last token of a session, by streamer
}

func (g *game) now() time.Time {
	return time.Date(2026, 5, 17, 18, 30, 0, 0, time.UTC).Add(time.Duration(g.elapsed.Load()))
}

func newGame(t *testing.T, size size) *game {
	t.Helper()
	g := &game{seed: *seed, dir: t.TempDir(), size: size}
	if g.seed == 0 {
		g.seed = rand.Uint64()
	}
	t.Logf("replay with: go test ./test/isolation -run %s -seed %d", t.Name(), g.seed)
	g.open(t)
	t.Cleanup(func() { closeStore(t, g.store) })
	for i := range size.streamers {
		name := fmt.Sprint("new-", i)
		s, key, err := g.store.CreateStreamer(t.Context(), registry.NewStreamer{Username: name, DisplayName: name, Actor: "test"})
		require.NoError(t, err)
		s, err = g.store.UpdateStreamer(t.Context(), s.ID, registry.Change{
			Username: new(channel(s.ID)), DisplayName: new(mark(s.ID) + " shown"), KickUserID: new(mark(s.ID) + "-kick")}, "test")
		require.NoError(t, err)
		g.players = append(g.players, &player{
			game: g, id: s.ID, name: s.Username, key: key, draw: rand.New(rand.NewPCG(g.seed, uint64(s.ID))),
			model: newModel(t, s.ID, g.now, g.store.Tenant(s.ID)),
		})
	}
	return g
}

func (g *game) open(t *testing.T) {
	t.Helper()
	var err error
	g.store, err = shard.Open(t.Context(), g.dir+"/data", shard.Options{MaxOpen: g.size.open, Now: g.now})
	require.NoError(t, err)
}

// reopen ends a sitting: some minutes or, before the last one of three, days pass, and the
// next store knows only what was kept.
func (g *game) reopen(t *testing.T) {
	t.Helper()
	closeStore(t, g.store)
	g.elapsed.Add(int64(17*time.Minute + 3*time.Millisecond))
	if g.sittings++; g.sittings%3 == 2 {
		g.elapsed.Add(int64(week - 20*time.Minute))
	}
	g.open(t)
}

// sitting deals the players to goroutines and lets them make moves, a few of one player
// after another, until all of them together have made enough.
func (g *game) sitting(t *testing.T, operations int, move func(*player, context.Context)) {
	t.Helper()
	var playing, looking sync.WaitGroup
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	for i := range onlookers {
		looking.Go(func() { g.lookOn(ctx, t, i) })
	}
	for i := range tables {
		draw := rand.New(rand.NewPCG(g.seed, uint64(g.elapsed.Load())+uint64(i)))
		playing.Go(func() {
			for left := operations/tables + 1; left > 0 && !g.over.Load(); {
				p := g.players[i+tables*draw.IntN((len(g.players)-i+tables-1)/tables)]
				turns := 1 + draw.IntN(8)
				p.play(t, turns, move)
				left -= turns
			}
		})
	}
	playing.Wait()
	leave()
	looking.Wait()
	require.False(t, t.Failed(), "seed %d", g.seed)
}

// lookOn reads what anybody lists, while its player changes it. Only canaries can be
// foretold here.
func (g *game) lookOn(ctx context.Context, t *testing.T, n int) {
	draw := rand.New(rand.NewPCG(g.seed, uint64(1000+n)))
	for ctx.Err() == nil && !g.over.Load() {
		p := g.players[draw.IntN(len(g.players))]
		for name, look := range looks {
			got, err := look(ctx, g.store.Tenant(p.id))
			if ctx.Err() != nil {
				return
			}
			if found := strangers(p.id, got); err != nil || len(found) > 0 {
				g.over.Store(true)
				t.Errorf("seed %d: %s of streamer %d: %v, %q", g.seed, name, p.id, err, found)
				return
			}
		}
	}
}

// TestEveryMethodIsPlayed: a new method of TenantStore is one more move.
func TestEveryMethodIsPlayed(t *testing.T) {
	t.Parallel()
	methods := reflect.TypeFor[shard.TenantStore]()
	for i := range methods.NumMethod() {
		require.Contains(t, plays, methods.Method(i).Name, "nobody plays this method")
	}
	require.Len(t, plays, methods.NumMethod(), "a move of a method that is gone")
}
