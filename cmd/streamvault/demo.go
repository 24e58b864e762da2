package main

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/tenant"
)

const (
	demoName    = "demo"
	demoTitle   = "streamvault demo"
	demoDir     = "./demo-data"
	demoActor   = "demo"
	demoKeyName = "demo"
)

// demoClock shows the real time, or another one while the demo's past is written.
type demoClock struct{ set atomic.Int64 }

func (c *demoClock) Now() time.Time {
	if ms := c.set.Load(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return time.Now()
}

func (c *demoClock) show(t time.Time) { c.set.Store(t.UnixMilli()) }
func (c *demoClock) real()            { c.set.Store(0) }

// errNoDemo keeps keys that are shown on a screen out of an installation that is used.
var errNoDemo = errors.New("the data directory has streamers of its own: --demo needs one for itself, name it with --data")

// demoKeys open the demo. They are new at every start, for secrets are never kept.
type demoKeys struct {
	Admin   string `json:"adminKey"`
	Owner   string `json:"ownerKey"`
	Overlay string `json:"overlayKey"`
}

// prepareDemo makes the streamer demo with two weeks of made-up viewers where it is not
// there yet, and issues keys. A start that was interrupted is completed by the next one: a
// key of the demo's name says that the data is whole.
func prepareDemo(ctx context.Context, s *shard.Store, clock *demoClock) (*demoKeys, error) {
	demo, err := demoStreamer(ctx, s, clock)
	if err != nil {
		return nil, fmt.Errorf("make demo: %w", err)
	}
	old, err := demoKeysOf(ctx, s, demo)
	if err != nil {
		return nil, fmt.Errorf("make demo: %w", err)
	}
	if len(old) == 0 {
		if demo.DisplayName != demoTitle {
			return nil, errNoDemo
		}
		if err := fillDemo(ctx, s.Tenant(demo.ID), clock); err != nil {
			return nil, fmt.Errorf("make demo: %w", err)
		}
	}
	owner, err := freshKey(ctx, s, registry.RoleOwner, demo)
	if err != nil {
		return nil, fmt.Errorf("make demo key: %w", err)
	}
	overlay, err := freshKey(ctx, s, registry.RoleOverlay, demo)
	if err != nil {
		return nil, fmt.Errorf("make demo key: %w", err)
	}
	admin, err := freshKey(ctx, s, registry.RoleAdmin, &registry.Streamer{})
	if err != nil {
		return nil, fmt.Errorf("make demo key: %w", err)
	}
	return &demoKeys{Admin: admin, Owner: owner, Overlay: overlay}, nil
}

func demoStreamer(ctx context.Context, s *shard.Store, clock *demoClock) (*registry.Streamer, error) {
	demo, err := s.StreamerByName(ctx, demoName)
	if !errors.Is(err, registry.ErrNotFound) {
		return demo, err
	}
	if others, err := s.Streamers(ctx, 0, 1, ""); err != nil || len(others) > 0 {
		return nil, cmp.Or(err, errNoDemo)
	}
	clock.show(demoBegin())
	defer clock.real()
	demo, _, err = s.CreateStreamer(ctx, registry.NewStreamer{Username: demoName, DisplayName: demoTitle, Actor: demoActor})
	return demo, err
}

// demoBegin is the midnight before the first evening.
func demoBegin() time.Time {
	return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -demoDays)
}

// fillDemo plays the demo's past. Each event counts once, also when it is played again.
func fillDemo(ctx context.Context, t shard.TenantStore, clock *demoClock) error {
	defer clock.real()
	begin := demoBegin()
	for i, e := range demoEvents() {
		clock.show(begin.Add(e.at))
		if err := e.play(ctx, t, fmt.Sprintf("demo-%d", i)); err != nil {
			return err
		}
	}
	for _, g := range demoGoals {
		if _, err := t.SetGoal(ctx, g); err != nil {
			return err
		}
	}
	return errors.Join(t.SetDefaultLayout(ctx, json.RawMessage(demoLayout)), t.SetLastEvent(ctx, demoLast(begin)))
}

func (e demoEvent) play(ctx context.Context, t shard.TenantStore, key string) (err error) {
	switch {
	case e.drop != nil:
		drop := *e.drop
		drop.IdempotencyKey = key
		_, err = t.RecordDrop(ctx, e.viewer, drop)
	case e.buy != "":
		_, err = t.BuyPowerup(ctx, e.viewer, tenant.Order{Powerup: e.buy, IdempotencyKey: key})
	default:
		_, err = t.AddPoints(ctx, e.viewer, tenant.Award{Amount: e.amount, Source: e.source,
			Description: e.description, IdempotencyKey: key})
	}
	return err
}

// demoLayout has every kind of area that an overlay can have.
//
//go:embed demo_layout.json
var demoLayout string

// demoLast is what happened last, on the last evening.
func demoLast(begin time.Time) json.RawMessage {
	at := begin.AddDate(0, 0, demoDays-1).Add(22*time.Hour + 45*time.Minute)
	return json.RawMessage(`{"type":"gift","username":"` + demoViewer + `","timestamp":"` + at.Format(time.RFC3339) + `","details":"5 subs"}`)
}

// demoGoals are a new streamer's, on their way.
var demoGoals = []tenant.Goal{
	{ID: "followers", Label: "Followers", Current: 73, Target: 100, Enabled: true, Order: 1},
	{ID: "subscribers", Label: "Subscribers", Current: 31, Target: 50, Enabled: true, Order: 2},
}

// demoKeysOf lists the keys of a streamer, or the admin keys, that the demo has issued.
func demoKeysOf(ctx context.Context, s *shard.Store, of *registry.Streamer) ([]registry.Key, error) {
	var ours []registry.Key
	for after := int64(0); ; {
		page, err := s.Keys(ctx, of.ID, after, 100)
		if err != nil || len(page) == 0 {
			return ours, err
		}
		for _, k := range page {
			if after = k.ID; k.Name == demoKeyName {
				ours = append(ours, k)
			}
		}
	}
}

// freshKey withdraws the demo's former keys of a role and issues a new one.
func freshKey(ctx context.Context, s *shard.Store, role registry.Role, of *registry.Streamer) (string, error) {
	old, err := demoKeysOf(ctx, s, of)
	if err != nil {
		return "", err
	}
	for _, k := range old {
		if k.RevokedAt == nil && k.Role == role {
			if err := s.RevokeKey(ctx, k.ID, demoActor); err != nil {
				return "", err
			}
		}
	}
	_, secret, err := s.CreateKey(ctx, role, of.ID, demoKeyName, demoActor)
	return secret, err
}
