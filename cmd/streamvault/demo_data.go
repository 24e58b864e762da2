package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"streamvault/shard/tenant"
)

const (
	demoViewers = 120
	demoDays    = 14
	demoSeed    = 20260131
	demoViewer  = "mira_plays" // the busiest
)

// demoEvent is something that a made-up viewer did: a change of channel points, a
// power-up bought for them, or a drop.
type demoEvent struct {
	at                  time.Duration // since the first day began
	viewer              string
	amount              int64 // channel points
	source, description string
	buy                 tenant.PowerupID
	drop                *tenant.Drop
}

// demoKinds are what happens on a stream, and how often of a hundred times.
var demoKinds = []struct {
	share               int
	source, description string
	amount              func(r *rand.Rand) int64
}{
	{40, "chat", "Chat message", fixed(25)},
	{26, "watch", "Watched for ten minutes", fixed(10)},
	{7, "sub", "New subscription", fixed(2000)},
	{4, "renewal", "Subscription renewed", fixed(1000)},
	{3, "gift", "Gifted a subscription", fixed(1500)},
	{4, "tip", "Tip", func(r *rand.Rand) int64 { return 100 * (1 + r.Int64N(20)) }},
	{5, "gamble", "!roll", func(r *rand.Rand) int64 { return 50 * (r.Int64N(9) - 4) }},
	{5, "spend", "!say", fixed(-100)},
}

func fixed(n int64) func(*rand.Rand) int64 { return func(*rand.Rand) int64 { return n } }

// demoEvents makes the same two weeks of evenings at every call, in the order of time. No
// balance falls below zero on the way.
func demoEvents() []demoEvent {
	r := rand.New(rand.NewPCG(demoSeed, 1))
	events := make([]demoEvent, 0, 8*demoViewers)
	for rank, viewer := range demoNames() {
		events = append(events, demoEvent{at: evening(r), viewer: viewer, amount: 25, source: "chat", description: "Chat message"})
		for range 1 + 60/(rank+3) + r.IntN(7) {
			e := demoKind(r)
			e.viewer, e.at = viewer, evening(r)
			events = append(events, e)
		}
		for range r.IntN(14) - 5 {
			events = append(events, demoEvent{at: evening(r), viewer: viewer, drop: demoDrop(r)})
		}
	}
	slices.SortStableFunc(events, func(a, b demoEvent) int { return int(a.at - b.at) })
	return affordable(events)
}

func demoKind(r *rand.Rand) demoEvent {
	n := r.IntN(100)
	for _, k := range demoKinds {
		if n -= k.share; n < 0 {
			return demoEvent{source: k.source, description: k.description, amount: k.amount(r)}
		}
	}
	p := demoPrices[r.IntN(len(demoPrices))]
	return demoEvent{buy: p.id, amount: -p.cost}
}

// demoPrices are some power-ups of a new streamer's catalogue.
var demoPrices = []struct {
	id   tenant.PowerupID
	cost int64
}{{"boost", 250}, {"shield", 400}, {"tnt", 500}}

// demoDrop is one round of the drop game; about one in eight is perfect.
func demoDrop(r *rand.Rand) *tenant.Drop {
	if r.IntN(8) == 0 {
		return &tenant.Drop{Score: 110, Perfect: true}
	}
	return &tenant.Drop{Score: 10 + r.Int64N(90)}
}

// evening picks a moment while the stream was on.
func evening(r *rand.Rand) time.Duration {
	const from, length = 18 * time.Hour, 5 * time.Hour
	return time.Duration(r.IntN(demoDays))*24*time.Hour + from + time.Duration(r.Int64N(int64(length))).Truncate(time.Millisecond)
}

// affordable leaves out what a viewer could not pay, and what changes nothing.
func affordable(events []demoEvent) []demoEvent {
	balance := map[string]int64{}
	return slices.DeleteFunc(events, func(e demoEvent) bool {
		if e.amount == 0 && e.drop == nil || balance[e.viewer]+e.amount < 0 {
			return true
		}
		balance[e.viewer] += e.amount
		return false
	})
}

// demoNames are the viewers, busiest first. Some are as names in chat really are.
func demoNames() []string {
	first := []string{"Night", "Pixel", "Lucky", "Silent", "Turbo", "Cosmic", "Salty", "Tiny", "Rusty", "Velvet", "Frosty", "Mellow"}
	second := []string{"Owl", "Fox", "Wizard", "Toast", "Panda", "Ninja", "Walrus", "Mango", "Rocket", "Badger"}
	names := []string{demoViewer, "Jürgen", "하늘", "xX_Drop_Xx", "señor_gg"}
	for i := 0; len(names) < demoViewers; i++ {
		name := first[i%len(first)] + second[i*7%len(second)]
		if i >= 60 {
			name = fmt.Sprintf("%s%d", name, i)
		}
		names = append(names, name)
	}
	return names
}
