package tenant

import (
	"context"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// Kind says which balance a ledger row changed.
type Kind string

// The two balances. Each equals the sum of its ledger rows.
const (
	ChannelPoints Kind = "channel"
	DropPoints    Kind = "drop"
)

// sources that a caller may name. Rows of an old database's opening balance have "import".
var sources = map[string]bool{
	"chat": true, "watch": true, "drop": true, "sub": true, "gift": true, "renewal": true,
	"tip": true, "admin": true, "spend": true, "gamble": true, "duel": true,
}

// LedgerRow is one change of a balance.
type LedgerRow struct {
	ID          int64
	User        UserID
	Amount      int64 // points, negative when spent
	Source      string
	Description *string
	CreatedAt   time.Time
}

// LedgerMove is a ledger row of any viewer, as those who watch the channel see it.
type LedgerMove struct {
	ID        int64
	User      UserID
	Username  string
	Kind      Kind
	Amount    int64 // points, negative when spent
	Source    string
	CreatedAt time.Time
}

// LedgerStore reads why a viewer has the points he has.
type LedgerStore interface {
	Moves(ctx context.Context, after int64, limit int) ([]LedgerMove, error)
	Ledger(ctx context.Context, user UserID, kind Kind, after Place, limit int) ([]LedgerRow, error)
	LedgerSummary(ctx context.Context, user UserID, kind Kind) (map[string]int64, error)
}

var insertLedger = scope.SQL(`
	INSERT INTO point_transactions (streamer_id, user_id, kind, amount, source, description, created_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
	RETURNING id`)

// Rows of one millisecond keep the order they were written in, as the old app showed them.
var ledgerOfUser = scope.SQL(`
	SELECT id, user_id, amount, source, description, created_at
	FROM point_transactions
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND kind = ?3
	  AND created_at <= ?4
	  AND (created_at < ?4 OR id > ?5)
	ORDER BY created_at DESC, id
	LIMIT ?6`)

var movesAfter = scope.SQL(`
	SELECT t.id, t.user_id, u.username, t.kind, t.amount, t.source, t.created_at
	FROM point_transactions t
	JOIN users u ON u.streamer_id = t.streamer_id AND u.id = t.user_id
	WHERE t.streamer_id = ?1
	  AND t.id > ?2
	ORDER BY t.id DESC
	LIMIT ?3`)

var ledgerBySource = scope.SQL(`
	SELECT source, sum(amount)
	FROM point_transactions
	WHERE streamer_id = ?1
	  AND user_id = ?2
	  AND kind = ?3
	GROUP BY source`)

// Ledger lists a viewer's rows of one kind, newest first, from the place after; limit is 1
// to 1000. An unknown viewer has none.
func (s *Store) Ledger(ctx context.Context, user UserID, kind Kind, after Place, limit int) ([]LedgerRow, error) {
	rows, err := scope.All(ctx, s.db, ledgerOfUser, func(r scope.Row) LedgerRow {
		return LedgerRow{ID: r.Int(0), User: UserID(r.Int(1)), Amount: r.Int(2), Source: r.Text(3),
			Description: r.TextOrNil(4), CreatedAt: r.Time(5)}
	}, user, kind, after.time(), after.ID, page(limit))
	if err != nil {
		return nil, fmt.Errorf("ledger of user %d: %w", user, err)
	}
	return rows, nil
}

// Moves lists the ledger rows of all viewers above the row after, newest first; limit is 1 to
// 1000. Rows are numbered in the order in which they were committed.
func (s *Store) Moves(ctx context.Context, after int64, limit int) ([]LedgerMove, error) {
	moves, err := scope.All(ctx, s.db, movesAfter, func(r scope.Row) LedgerMove {
		return LedgerMove{r.Int(0), UserID(r.Int(1)), r.Text(2), Kind(r.Text(3)), r.Int(4), r.Text(5), r.Time(6)}
	}, after, page(limit))
	if err != nil {
		return nil, fmt.Errorf("moves of points: %w", err)
	}
	return moves, nil
}

// LedgerSummary adds a viewer's rows of one kind up by source. An unknown viewer has none.
func (s *Store) LedgerSummary(ctx context.Context, user UserID, kind Kind) (map[string]int64, error) {
	type sum struct {
		source string
		amount int64
	}
	sums, err := scope.All(ctx, s.db, ledgerBySource, func(r scope.Row) sum {
		return sum{r.Text(0), r.Int(1)}
	}, user, kind)
	if err != nil {
		return nil, fmt.Errorf("ledger summary of user %d: %w", user, err)
	}
	bySource := make(map[string]int64, len(sums))
	for _, s := range sums {
		bySource[s.source] = s.amount
	}
	return bySource, nil
}

// writeLedger adds a row in the transaction that moved the balance.
func writeLedger(ctx context.Context, tx *scope.Tx, user UserID, kind Kind, amount int64, source, description string, now time.Time) (int64, error) {
	var text *string
	if description != "" {
		text = &description
	}
	return scope.One(ctx, tx, insertLedger, scanID, user, kind, amount, source, text, now)
}
