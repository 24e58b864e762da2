package backup

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrKeep says that a rule of retention makes no sense.
var ErrKeep = errors.New(`must be like "24h,7d,4w": hours, days and weeks of which one backup is kept each, 1 to 10000`)

// Keep says how many backups of one streamer stay: the newest of each of the last so many hours,
// days and weeks (from Monday, UTC) in which one was made. Hours without a backup do
// not count, so one whose data never changes keeps what he has. Newest is how many stay whenever
// they were made, of which a rule in text says nothing. The zero value keeps all.
type Keep struct{ Newest, Hours, Days, Weeks int }

// ParseKeep reads "24h,7d,4w"; parts may be left out, and "" keeps all.
func ParseKeep(text string) (k Keep, err error) {
	if text == "" {
		return k, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if len(part) < 2 {
			return Keep{}, ErrKeep
		}
		n, err := strconv.Atoi(part[:len(part)-1])
		unit, ok := map[byte]*int{'h': &k.Hours, 'd': &k.Days, 'w': &k.Weeks}[part[len(part)-1]]
		if err != nil || !ok || n < 1 || n > 10_000 || *unit != 0 || part[0] == '+' {
			return Keep{}, ErrKeep
		}
		*unit = n
	}
	return k, nil
}

// String is what ParseKeep reads.
func (k Keep) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		unit string
	}{{k.Hours, "h"}, {k.Days, "d"}, {k.Weeks, "w"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprint(p.n)+p.unit)
		}
	}
	return strings.Join(parts, ",")
}

// Kept is a backup as retention sees it.
type Kept struct {
	ID     int64
	At     time.Time
	Proven bool // it was restored once, to see that it can be
}

// Surplus are those that may go, of all backups of one streamer at one target, oldest first. The newest
// never is one of them, for it is the newest of its hour, day and week; nor is the newest that was
// proven.
func (k Keep) Surplus(all []Kept) (surplus []Kept) {
	if k == (Keep{}) {
		return nil
	}
	newestFirst := slices.Clone(all)
	slices.SortFunc(newestFirst, func(a, b Kept) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return int(b.ID - a.ID)
	})
	stays := map[int64]bool{}
	for _, b := range newestFirst[:min(k.Newest, len(newestFirst))] {
		stays[b.ID] = true
	}
	for _, rule := range []struct {
		n     int
		which func(time.Time) int64
	}{{k.Hours, hourOf}, {k.Days, dayOf}, {k.Weeks, weekOf}} {
		keepNewest(newestFirst, rule.n, rule.which, stays)
	}
	if i := slices.IndexFunc(newestFirst, func(b Kept) bool { return b.Proven }); i >= 0 {
		stays[newestFirst[i].ID] = true
	}
	for _, b := range slices.Backward(newestFirst) {
		if !stays[b.ID] {
			surplus = append(surplus, b)
		}
	}
	return surplus
}

// keepNewest marks the newest of each of the last n spans that have any.
func keepNewest(newestFirst []Kept, n int, span func(time.Time) int64, stays map[int64]bool) {
	seen := map[int64]bool{}
	for _, b := range newestFirst {
		s := span(b.At)
		if seen[s] {
			continue
		}
		if len(seen) == n {
			return
		}
		seen[s], stays[b.ID] = true, true
	}
}

func hourOf(t time.Time) int64 { return floored(t, 0, 3600) }

func dayOf(t time.Time) int64 { return floored(t, 0, 24*3600) }

// The first day of Unix time was a Thursday.
func weekOf(t time.Time) int64 { return floored(t, 3*24*3600, 7*24*3600) }

// floored counts spans of so many seconds, also before 1970.
func floored(t time.Time, shift, seconds int64) int64 {
	n := t.Unix() + shift
	if n < 0 {
		n -= seconds - 1
	}
	return n / seconds
}
