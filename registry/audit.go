package registry

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
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

// Audit lists entries by id, those above after and not before since; streamer 0 lists all.
// limit is 1 to 1000.
func (r *Registry) Audit(ctx context.Context, streamer scope.StreamerID, since time.Time, after int64, limit int) ([]AuditRow, error) {
	all := []AuditRow{}
	sql := `
		SELECT ` + auditColumns + `
		FROM audit_log
		WHERE id > ?2
		  AND at >= ?3
		  AND ?1 = 0
		ORDER BY id
		LIMIT ?4`
	if streamer != 0 {
		sql = `
		SELECT ` + auditColumns + `
		FROM audit_log
		WHERE streamer_id = ?1
		  AND id > ?2
		  AND at >= ?3
		ORDER BY id
		LIMIT ?4`
	}
	from := int64(0)
	if !since.IsZero() {
		from = since.UnixMilli()
	}
	err := r.each(ctx, sql, func(row []driver.Value) error { all = append(all, scanAudit(row)); return nil },
		int64(streamer), after, from, int64(min(max(limit, 1), 1000)))
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return all, nil
}

// VerifyAudit walks the whole chain and returns ErrAuditBroken with the first row that
// does not follow from the one before it.
func (r *Registry) VerifyAudit(ctx context.Context) error {
	prev := make([]byte, 32)
	return r.each(ctx, `SELECT `+auditColumns+` FROM audit_log ORDER BY id`, func(row []driver.Value) error {
		a := scanAudit(row)
		if string(a.prev) != string(prev) || string(a.sum()) != string(a.hash) {
			return fmt.Errorf("%w at row %d", ErrAuditBroken, a.ID)
		}
		prev = a.hash
		return nil
	})
}
