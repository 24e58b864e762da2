package legacy

import (
	"database/sql/driver"
	"maps"
	"slices"
	"strings"
)

// The ledger of G3. A CHECK migration of the app that was cut short leaves a second table
// beside it, or instead of it.
const (
	ledgerTable  = "point_transactions"
	halfMigrated = "point_transactions_new"
)

const (
	ledgerID = iota
	ledgerUser
	ledgerAmount
	ledgerSource
	ledgerText
	ledgerCreated
)

func ledgerOf(name string) table {
	return table{
		name:    name,
		columns: []string{"id", "user_id", "amount", "source", "description", "created_at"},
		open:    func(b *build) (loader, error) { return newLedger(b, name) },
		bulk: &bulk{
			into:    ledgerTable,
			columns: "user_id, kind, amount, source, description, created_at",
			values:  "?2 + o.user_id, 'channel', o.amount, o.source, o.description, old_time(o.created_at)",
			ordinary: viewerKnown + " AND " + wholeAmount("o.amount") + `
				AND o.source COLLATE BINARY IN (` + quotedSources() + `)
				AND (o.description IS NULL OR old_text(o.description))
				AND old_time(o.created_at) IS NOT NULL`,
		},
	}
}

// sources of the old app. Its ledger knew channel points only.
var sources = map[string]bool{
	"chat": true, "watch": true, "drop": true, "sub": true, "gift": true, "renewal": true,
	"tip": true, "admin": true, "spend": true, "gamble": true, "duel": true,
}

// ledger carries one of the two tables. A row of the second that is in the first too was
// copied by the migration and is skipped.
type ledger struct {
	b    *build
	ids  *ids
	add  driver.Stmt
	twin driver.Stmt // finds the row in the other table, or nil
}

// quotedSources are the old app's sources as SQL.
func quotedSources() string {
	return "'" + strings.Join(slices.Sorted(maps.Keys(sources)), "', '") + "'"
}

func newLedger(b *build, name string) (_ loader, err error) {
	if b.ledger == nil {
		highest, err := b.src.highest(ledgerTable, halfMigrated)
		if err != nil {
			return nil, err
		}
		b.ledger = newIDs(b.streamer<<32, highest)
	}
	l := &ledger{b: b, ids: b.ledger}
	if l.add, err = b.prepare(b.to, ledgerSQL); err != nil {
		return nil, err
	}
	if name == halfMigrated && b.src.has(ledgerTable) {
		l.twin, err = b.prepare(b.src.db.Conn, `SELECT 1 FROM `+ledgerTable+`
			WHERE id = ?1 AND user_id IS ?2 AND amount IS ?3 AND source IS ?4 AND description IS ?5 AND created_at IS ?6`)
	}
	return l, err
}

const ledgerSQL = `INSERT INTO point_transactions
	(streamer_id, id, user_id, kind, amount, source, description, created_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`

func (l *ledger) load(r *row) (verdict, error) {
	copied, err := l.copied(r)
	if err != nil {
		return 0, err
	}
	if copied {
		r.fault("copied-row", ledgerID)
		return skipped, nil
	}
	user, ok := l.b.users.owner(r.values[ledgerUser])
	if !ok {
		return r.reject("orphan", ledgerUser)
	}
	if r.newID, ok = l.ids.keep(r.values[ledgerID]); !ok {
		if !r.again {
			return deferred, nil
		}
		r.fault("new-id", ledgerID)
		if r.newID, err = l.ids.mint(); err != nil {
			return 0, err
		}
	}
	return carried, run(l.add, l.b.streamer, r.newID, user, "channel", r.amount(ledgerAmount), l.source(r),
		r.optional(ledgerText), r.time(ledgerCreated, l.b.src.newest))
}

// source is one of the old app's; another becomes admin's.
func (l *ledger) source(r *row) string {
	if text, ok := r.values[ledgerSource].(string); ok && sources[text] {
		return text
	}
	r.fault("unknown-source", ledgerSource)
	return "admin"
}

func (l *ledger) copied(r *row) (bool, error) {
	if l.twin == nil {
		return false, nil
	}
	return found(l.twin, r.values[:ledgerCreated+1]...)
}

func (l *ledger) finish() error { return nil }
