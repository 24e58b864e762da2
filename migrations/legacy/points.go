package legacy

import "database/sql/driver"

const (
	pointsUser = iota
	pointsChannel
	pointsDrop
	pointsDrops
	pointsUpdated
)

func pointsTable() table {
	return table{
		name:    "user_points",
		columns: []string{"user_id", "channel_points", "drop_points", "total_drops", "last_updated"},
		unused:  []string{"id"},
		open:    newPoints,
	}
}

// points carries balances. A viewer has one row; the old one's own id is not needed.
type points struct {
	b    *build
	add  driver.Stmt
	done idSet // viewers that have a row
}

func newPoints(b *build) (loader, error) {
	add, err := b.prepare(b.to, `INSERT INTO user_points
		(streamer_id, user_id, channel_points, drop_points, total_drops, updated_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6)`)
	return &points{b: b, add: add}, err
}

func (p *points) load(r *row) (verdict, error) {
	user, ok := p.b.users.owner(r.values[pointsUser])
	if !ok {
		return r.reject("orphan", pointsUser)
	}
	if p.done.has(user) {
		return r.reject("second-row", pointsUser)
	}
	p.done.add(user)
	r.newID = user
	return carried, run(p.add, p.b.streamer, user, r.count(pointsChannel), r.count(pointsDrop),
		r.count(pointsDrops), r.time(pointsUpdated, p.b.src.newest))
}

// finish gives every viewer who had no row one without points.
func (p *points) finish() error {
	row, err := p.b.to.Row(`SELECT count(*), min(username) FROM users WHERE streamer_id = ?1
		AND id NOT IN (SELECT user_id FROM user_points WHERE streamer_id = ?1)`, p.b.streamer)
	if err != nil {
		return err
	}
	p.b.tally.points, _ = row[0].(int64)
	name, _ := row[1].(string)
	p.b.notes.add("points-row-created", p.b.tally.points, name)
	return p.b.to.Run(`INSERT INTO user_points (streamer_id, user_id, updated_at)
		SELECT streamer_id, id, updated_at FROM users WHERE streamer_id = ?1
		AND id NOT IN (SELECT user_id FROM user_points WHERE streamer_id = ?1)`, p.b.streamer)
}
