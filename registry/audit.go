package registry

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"streamvault/shard/scope"
)

// Entry says who did what. Detail becomes JSON, unless it is JSON in bytes already, and must
// hold no secret.
type Entry struct {
	Actor, Action string
	Streamer      *Streamer
	Detail        any
}

// AuditRow is an entry as it was written.
type AuditRow struct {
	ID         int64
	At         time.Time
	Actor      string
	Action     string
	StreamerID scope.StreamerID // 0 when it is about none
	Streamer   string           // the channel at that time
	Detail     json.RawMessage
	prev, hash []byte
}

// audit appends to the chain, in the transaction of what it tells of.
func (t *Tx) audit(e Entry) error {
	detail, err := e.detail()
	if err != nil {
		return err
	}
	row := AuditRow{At: t.now, Actor: e.Actor, Action: e.Action, Detail: detail, prev: make([]byte, 32)}
	if e.Streamer != nil {
		row.StreamerID, row.Streamer = e.Streamer.ID, e.Streamer.Username
	}
	last, err := t.row(`SELECT hash FROM audit_log ORDER BY id DESC LIMIT 1`)
	switch {
	case err == nil:
		row.prev = last[0].([]byte)
	case !errors.Is(err, ErrNotFound):
		return err
	}
	return t.run(`
		INSERT INTO audit_log (at, actor, action, streamer_id, streamer, detail, prev_hash, hash)
		VALUES (?1, ?2, ?3, nullif(?4, 0), nullif(?5, ''), ?6, ?7, ?8)`,
		row.At.UnixMilli(), row.Actor, row.Action, int64(row.StreamerID), row.Streamer, string(detail), row.prev, row.sum())
}

func (e Entry) detail() ([]byte, error) {
	switch d := e.Detail.(type) {
	case nil:
		return []byte("{}"), nil
	case []byte:
		return d, nil
	}
	return json.Marshal(e.Detail)
}

// sum covers every column and the hash before. Lengths go in, so that no two rows read alike.
func (a AuditRow) sum() []byte {
	h := sha256.New()
	for _, part := range [][]byte{a.prev, binary.BigEndian.AppendUint64(nil, uint64(a.At.UnixMilli())), []byte(a.Actor),
		[]byte(a.Action), binary.BigEndian.AppendUint64(nil, uint64(a.StreamerID)), []byte(a.Streamer), a.Detail} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}

const auditColumns = `id, at, actor, action, coalesce(streamer_id, 0), coalesce(streamer, ''), detail, prev_hash, hash`

func scanAudit(row []driver.Value) AuditRow {
	return AuditRow{ID: row[0].(int64), At: moment(row[1]), Actor: text(row[2]), Action: text(row[3]),
		StreamerID: scope.StreamerID(row[4].(int64)), Streamer: text(row[5]), Detail: json.RawMessage(text(row[6])),
		prev: row[7].([]byte), hash: row[8].([]byte)}
}
