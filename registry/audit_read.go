package registry

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// AuditFilter says which entries of the audit log are wanted; the zero value is all, oldest
// first.
type AuditFilter struct {
	Streamer     scope.StreamerID // 0 is all
	Since, Until time.Time        // from Since on, before Until; zero is no bound
	Actor        string           // exactly; "" is all
	Action       string           // "backup" is also "backup.create"; "" is all
	Newest       bool             // newest first
	Past         int64            // only those behind this id in that order; 0 is from the beginning
	Limit        int              // 1 to 1000
}

// auditWhere is what every filter has in common. ?8 is where the id's range ends.
const auditWhere = `
	WHERE id > ?2
	  AND id < ?8
	  AND at >= ?3
	  AND at < ?4
	  AND (?5 = '' OR actor = ?5)
	  AND (?6 = '' OR action = ?6 OR substr(action, 1, length(?6) + 1) = ?6 || '.')`

// AuditRows lists what a filter lets through.
func (r *Registry) AuditRows(ctx context.Context, f AuditFilter) ([]AuditRow, error) {
	which, order := `
	  AND ?1 = 0`, ` ASC`
	if f.Streamer != 0 {
		which = `
	  AND streamer_id = ?1`
	}
	after, before := f.Past, int64(1)<<62
	if f.Newest {
		order = ` DESC`
		if after = 0; f.Past != 0 {
			before = f.Past
		}
	}
	from, to := int64(0), int64(1)<<62
	if !f.Since.IsZero() {
		from = f.Since.UnixMilli()
	}
	if !f.Until.IsZero() {
		to = f.Until.UnixMilli()
	}
	all := []AuditRow{}
	err := r.each(ctx, `SELECT `+auditColumns+` FROM audit_log`+auditWhere+which+`
	ORDER BY id`+order+`
	LIMIT ?7`,
		func(row []driver.Value) error { all = append(all, scanAudit(row)); return nil },
		int64(f.Streamer), after, from, to, f.Actor, f.Action, int64(min(max(f.Limit, 1), 1000)), before)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return all, nil
}

// Audit lists entries by id, those above after and not before since; streamer 0 lists all.
// limit is 1 to 1000.
func (r *Registry) Audit(ctx context.Context, streamer scope.StreamerID, since time.Time, after int64, limit int) ([]AuditRow, error) {
	return r.AuditRows(ctx, AuditFilter{Streamer: streamer, Since: since, Past: after, Limit: limit})
}
