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
// Three more are for overlays alone: goalList, the goals with their labels and in their order;
// layouts, the names of all layouts with the time of their last change; and recent, what has
// happened last ({"points","drops"}, oldest first), which stands in snapshots only.
//
// What happens again and again comes as messages of type points and drops, whose data is
// {"items":[...]}, oldest first: at most the newest 200 of one look.
const mostNews = 200

// mostRecent is how many of each kind a snapshot has of what happened before it.
const mostRecent = 12

// part is a named piece of JSON.
type shownPart struct {
	name  string
	body  []byte
	quiet bool // in snapshots only
}

// shownNow is what one look found.
type shownNow struct {
	parts, news        []shownPart
	recent             recent
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
		now.moves(ctx, s, first), now.drops(ctx, s, first), now.goals(ctx, s), now.layouts(ctx, s), now.addRecent(),
		now.add("tips")(shownTips(ctx, s, nil)),
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
		n.parts = append(n.parts, shownPart{name: name, body: body})
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

// goalOnShow is a goal as overlays draw it.
type goalOnShow struct {
	ID    tenant.GoalID `json:"id"`
	Label string        `json:"label"`
	progress
}

func (n *shownNow) goals(ctx context.Context, s tenant.GoalStore) error {
	goals, err := s.Goals(ctx, false)
	byID, list := object{}, make([]goalOnShow, 0, len(goals))
	for _, g := range goals {
		at := progress{g.Current, g.Target}
		byID, list = append(byID, pair{string(g.ID), at}), append(list, goalOnShow{g.ID, g.Label, at})
	}
	return errors.Join(n.add("goals")(byID, err), n.add("goalList")(list, err))
}

// layoutName is a layout without what it shows.
type layoutName struct {
	ID        tenant.LayoutID `json:"id"`
	Name      string          `json:"name"`
	Default   bool            `json:"isDefault"`
	UpdatedAt Time            `json:"updatedAt"`
}

func (n *shownNow) layouts(ctx context.Context, s tenant.LayoutStore) error {
	all, err := s.Layouts(ctx)
	names := make([]layoutName, 0, len(all))
	for _, l := range all {
		names = append(names, layoutName{l.ID, l.Name, l.Default, Time{l.UpdatedAt}})
	}
	return n.add("layouts")(names, err)
}

// recent is what happened last, oldest first.
type recent struct {
	Points []pointsMoved `json:"points"`
	Drops  []drop        `json:"drops"`
}

func (n *shownNow) addRecent() error {
	err := n.add("recent")(n.recent, nil)
	n.parts[len(n.parts)-1].quiet = true
	return err
}

// oldestFirst shows what a list of the newest has, at most n of them.
func oldestFirst[From, To any](newest []From, n int, show func(From) To) []To {
	all := make([]To, 0, min(len(newest), n))
	for _, one := range slices.Backward(newest[:min(len(newest), n)]) {
		all = append(all, show(one))
	}
	return all
}

func showMove(m tenant.LedgerMove) pointsMoved {
	return pointsMoved{m.ID, m.Username, string(m.Kind), m.Amount, m.Source, Time{m.CreatedAt}}
}

func (n *shownNow) moves(ctx context.Context, s tenant.LedgerStore, first bool) error {
	last, err := s.Moves(ctx, 0, mostRecent)
	n.recent.Points = oldestFirst(last, mostRecent, showMove)
	if err != nil || len(last) == 0 || last[0].ID <= n.lastMove {
		return err
	}
	if first {
		n.lastMove = last[0].ID
		return nil
	}
	all, err := s.Moves(ctx, n.lastMove, mostNews)
	if err != nil || len(all) == 0 {
		return err
	}
	n.lastMove = all[0].ID
	return n.tell("points", newsItems[pointsMoved]{oldestFirst(all, mostNews, showMove)})
}

func (n *shownNow) drops(ctx context.Context, s tenant.DropStore, first bool) error {
	all, err := s.Drops(ctx, tenant.LastDrop, mostNews)
	n.recent.Drops = oldestFirst(all, mostRecent, showDrop)
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
	n.news = append(n.news, shownPart{name: kind, body: body})
	return err
}
