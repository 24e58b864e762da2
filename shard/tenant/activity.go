package tenant

import (
	"context"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// Hour is what happened in one hour.
type Hour struct {
	At      time.Time // its beginning, UTC
	Points  int64     // channel points given; what is spent does not count, nor what an import brought
	Viewers int64     // who got or spent points of either kind
	Drops   int64     // drops played
}

// MaxHours is the longest activity that one call returns: 31 days.
const MaxHours = 31 * 24

// ActivityStore tells how busy the channel has been.
type ActivityStore interface {
	Activity(ctx context.Context, hours int) ([]Hour, error)
}

const hour = int64(time.Hour / time.Millisecond)

var pointsByHour = scope.SQL(`
	SELECT created_at / 3600000, sum(iif(amount > 0 AND kind = 'channel', amount, 0)), count(DISTINCT user_id)
	FROM point_transactions
	WHERE streamer_id = ?1
	  AND created_at >= ?2
	  AND source <> 'import'
	GROUP BY 1`)

var dropsByHour = scope.SQL(`
	SELECT created_at / 3600000, count(*)
	FROM drop_history
	WHERE streamer_id = ?1
	  AND created_at >= ?2
	GROUP BY 1`)

// Activity adds up the last hours, 1 to MaxHours, oldest first: one entry each, the running
// hour last.
func (s *Store) Activity(ctx context.Context, hours int) ([]Hour, error) {
	hours = min(max(hours, 1), MaxHours)
	first := s.now().UnixMilli()/hour - int64(hours) + 1
	all := make([]Hour, hours)
	for i := range all {
		all[i].At = time.UnixMilli((first + int64(i)) * hour).UTC()
	}
	// A clock that was put back leaves rows of the future, which are in no hour.
	fill := func(st scope.Statement, set func(*Hour, scope.Row)) error {
		_, err := scope.All(ctx, s.db, st, func(r scope.Row) struct{} {
			if i := r.Int(0) - first; i >= 0 && i < int64(hours) {
				set(&all[i], r)
			}
			return struct{}{}
		}, first*hour)
		return err
	}
	err := fill(pointsByHour, func(h *Hour, r scope.Row) { h.Points, h.Viewers = r.Int(1), r.Int(2) })
	if err == nil {
		err = fill(dropsByHour, func(h *Hour, r scope.Row) { h.Drops = r.Int(1) })
	}
	if err != nil {
		return nil, fmt.Errorf("activity: %w", err)
	}
	return all, nil
}
