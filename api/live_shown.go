package api

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"streamvault/shard"
	"streamvault/shard/tenant"
)

// Parts of a snapshot, which are also the types of the messages that say how one has
// changed. Each is what the route of the same name answers.
//
//	goals tips leaderboard powerups settings layout theme live lastEvent
//
// What happens again and again comes as messages of type points and drops, whose data is
// {"items":[...]}, oldest first: at most the newest 200 of one look.
const mostNews = 200

// part is a named piece of JSON.
type shownPart struct {
	name string
	body []byte
}

// shownNow is what one look found.
type shownNow struct {
	parts, news        []shownPart
	lastMove, lastDrop int64
}

// pointsMoved is a change of a balance, as followers see it.
type pointsMoved struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
	Kind     string `json:"kind"`   // channel or drop
	Amount   int64  `json:"amount"` // points, negative when spent
	Source   string `json:"source"`
	At       Time   `json:"createdAt"`
}

type newsItems[T any] struct {
	Items []T `json:"items"`
}

// readShown reads everything that is shown, and what has happened since. The first look only
// finds out where that begins.
func readShown(ctx context.Context, s shard.TenantStore, lastMove, lastDrop int64, first bool) (shownNow, error) {
	now := shownNow{lastMove: lastMove, lastDrop: lastDrop}
	err := errors.Join(
		now.moves(ctx, s, first), now.drops(ctx, s, first),
		now.add("goals")(shownGoals(ctx, s, nil)), now.add("tips")(shownTips(ctx, s, nil)),
		now.add("leaderboard")(leaderboard(ctx, s, nil)), now.add("powerups")(shownPowerups(ctx, s, nil)),
		now.add("settings")(overlaySettings(ctx, s, nil)), now.add("layout")(defaultLayout(ctx, s, nil)),
		now.add("theme")(shownTheme(ctx, s, nil)), now.status(ctx, s))
	return now, err
}

func (n *shownNow) add(name string) func(any, error) error {
	return func(what any, err error) error {
		if err != nil {
			return err
		}
		body, err := encoded(what)
		n.parts = append(n.parts, shownPart{name, body})
		return err
	}
}

// encoded is JSON as every answer has it.
func encoded(what any) ([]byte, error) {
	var b buffer
	err := b.encode(what)
	return bytes.TrimSuffix(b.Bytes(), newline), err
}

func (n *shownNow) status(ctx context.Context, s tenant.StatusStore) error {
	now, err := s.StreamStatus(ctx)
	return errors.Join(n.add("live")(now.Live, err), n.add("lastEvent")(now.LastEvent, err))
}

func (n *shownNow) moves(ctx context.Context, s tenant.LedgerStore, first bool) error {
	most := mostNews
	if first {
		most = 1
	}
	all, err := s.Moves(ctx, n.lastMove, most)
	if err != nil || len(all) == 0 {
		return err
	}
	n.lastMove = all[0].ID
	if first {
		return nil
	}
	var news newsItems[pointsMoved]
	for _, m := range slices.Backward(all) {
		news.Items = append(news.Items, pointsMoved{m.ID, m.Username, string(m.Kind), m.Amount, m.Source, Time{m.CreatedAt}})
	}
	return n.tell("points", news)
}

func (n *shownNow) drops(ctx context.Context, s tenant.DropStore, first bool) error {
	all, err := s.Drops(ctx, tenant.LastDrop, mostNews)
	if err != nil || len(all) == 0 {
		return err
	}
	last := n.lastDrop
	n.lastDrop = max(last, int64(all[0].ID))
	var news newsItems[drop]
	for _, d := range slices.Backward(all) {
		if int64(d.ID) > last {
			news.Items = append(news.Items, showDrop(d))
		}
	}
	if first || len(news.Items) == 0 {
		return nil
	}
	return n.tell("drops", news)
}

func (n *shownNow) tell(kind string, what any) error {
	body, err := encoded(what)
	n.news = append(n.news, shownPart{kind, body})
	return err
}
