package restore

import (
	"database/sql/driver"
	"time"
	"unicode/utf8"
)

// sequences wants the ids that are minted next to be the streamer's, after all that are used.
func (l *look) sequences() error {
	n, err := l.c.Int(`
		SELECT count(*)
		FROM sqlite_sequence
		WHERE typeof(seq) <> 'integer' OR seq < ?1 OR seq >= ?1 + 4294967296
		   OR name NOT IN (SELECT name FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%')`, l.facts.Streamer<<32)
	if err != nil {
		return err
	}
	if n > 0 {
		return refuse(BadValues, nil, "would mint ids that are not its streamer's")
	}
	return nil
}

// values holds rows to the rules that the schema cannot say.
func (l *look) values() error {
	n, err := l.c.Int(`
		SELECT count(*)
		FROM users
		WHERE twin = 0 AND username_key <> lower(username)
		   OR twin > 0 AND username_key NOT LIKE '%' || char(31) || twin`)
	if err != nil {
		return err
	}
	if n > 0 {
		return refuse(BadValues, nil, "has viewers who would not be found by their names")
	}
	all, err := plans(l.c)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := l.texts(p); err != nil {
			return err
		}
	}
	return nil
}

// texts wants every text to be UTF-8.
func (l *look) texts(p plan) error {
	n := 0
	return l.c.Each(`SELECT `+p.list(false, quoted)+` FROM `+quote(p.table), func(row []driver.Value) error {
		for _, v := range row {
			if text, ok := v.(string); ok && !utf8.ValidString(text) {
				return refuse(BadValues, nil, "has a text in %s that is not UTF-8", p.table)
			}
		}
		if n++; n%1024 == 0 {
			return l.ctx.Err()
		}
		return nil
	})
}

// ledger wants both balances of every viewer to be what his ledger adds up to.
func (l *look) ledger() error {
	n, err := l.c.Int(`
		SELECT count(*)
		FROM user_points p
		LEFT JOIN (
		    SELECT user_id, total(iif(kind = 'channel', amount, 0)) AS channel, total(iif(kind = 'drop', amount, 0)) AS dropped
		    FROM point_transactions NOT INDEXED
		    GROUP BY user_id) l ON l.user_id = p.user_id
		WHERE p.channel_points <> coalesce(l.channel, 0) OR p.drop_points <> coalesce(l.dropped, 0)`)
	if err != nil {
		return err
	}
	if n > 0 {
		return refuse(BadValues, nil, "has %d viewers whose points are not what their ledger adds up to", n)
	}
	return nil
}

func (l *look) figures() error {
	row, err := l.c.Row(`
		SELECT coalesce(sum(channel_points), 0), coalesce(sum(drop_points), 0), (SELECT max(created_at) FROM point_transactions)
		FROM user_points`)
	if err != nil {
		return err
	}
	l.facts.Figures = Figures{ChannelPoints: row[0].(int64), DropPoints: row[1].(int64)}
	if ms, ok := row[2].(int64); ok {
		at := time.UnixMilli(ms).UTC()
		l.facts.Figures.Newest = &at
	}
	return nil
}
