package legacy

import (
	"database/sql/driver"
	"fmt"
)

// difference is by how much a viewer's balances pass what his ledger adds up to.
type difference struct {
	user          int64
	channel, drop int64
}

// Grouping in passing costs less than finding each viewer's rows through the index.
const differing = `
	SELECT p.user_id, p.channel_points - coalesce(l.channel, 0), p.drop_points - coalesce(l.dropped, 0)
	FROM user_points p
	LEFT JOIN (
	    SELECT user_id, sum(CASE kind WHEN 'channel' THEN amount ELSE 0 END) AS channel,
	           sum(CASE kind WHEN 'drop' THEN amount ELSE 0 END) AS dropped
	    FROM point_transactions NOT INDEXED
	    WHERE streamer_id = ?1
	    GROUP BY user_id) l ON l.user_id = p.user_id
	WHERE p.streamer_id = ?1
	  AND (p.channel_points IS NOT coalesce(l.channel, 0) OR p.drop_points IS NOT coalesce(l.dropped, 0))
	ORDER BY p.user_id`

func (b *build) differences() (all []difference, err error) {
	err = b.to.Each(differing, func(row []driver.Value) error {
		all = append(all, difference{row[0].(int64), row[1].(int64), row[2].(int64)})
		return nil
	}, b.streamer)
	return all, err
}

// openingEntries make every ledger add up to its balance from here on. Balances are what
// they were: the old app moved them without always writing a row.
func (b *build) openingEntries() error {
	if b.ledger == nil {
		b.ledger = newIDs(b.streamer<<32, 0)
	}
	all, err := b.differences()
	if err != nil {
		return err
	}
	add, err := b.prepare(b.to, ledgerSQL)
	if err != nil {
		return err
	}
	for _, d := range all {
		if err := b.open(add, d.user, "channel", d.channel); err != nil {
			return err
		}
		if err := b.open(add, d.user, "drop", d.drop); err != nil {
			return err
		}
	}
	return nil
}

// open writes one entry, or several where the difference passes what one can hold.
func (b *build) open(add driver.Stmt, user int64, kind string, difference int64) error {
	for difference != 0 {
		amount := min(max(difference, -most), most)
		id, err := b.ledger.mint()
		if err != nil {
			return err
		}
		if err := run(add, b.streamer, id, user, kind, amount, "import", "Balance brought forward", b.src.newest); err != nil {
			return err
		}
		b.tally.opening++
		b.notes.add("opening-entry", 1, fmt.Sprintf("old user %d, %s, %d", user-b.streamer<<32, kind, amount))
		difference -= amount
	}
	return nil
}
