package registry

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// AuditChain is what a walk along the audit log has found.
type AuditChain struct {
	Rows   int64  // that follow from the one before
	Broken int64  // the first row that does not, or the one that is missing at the end; 0 is none
	Why    string // what is wrong with it
}

var errChainEnds = errors.New("the chain ends")

// CheckAudit walks the whole chain. It sees every row that was changed, put in or taken out:
// also at the end, as long as the counter of ids was left as it is. The counter is read first:
// what is written during the walk may or may not be met on it.
func (r *Registry) CheckAudit(ctx context.Context) (c AuditChain, err error) {
	row, err := r.one(ctx, `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'audit_log'`)
	if err != nil {
		return c, fmt.Errorf("walk the audit log: %w", err)
	}
	written := row[0].(int64)
	prev, last := make([]byte, 32), int64(0)
	err = r.each(ctx, `SELECT `+auditColumns+` FROM audit_log ORDER BY id`, func(row []driver.Value) error {
		a := scanAudit(row)
		switch {
		case string(a.prev) != string(prev):
			c.Broken, c.Why = a.ID, "it does not follow from the row before it: one was taken out, put in or changed"
		case string(a.sum()) != string(a.hash):
			c.Broken, c.Why = a.ID, "it is not as it was written"
		default:
			c.Rows++
			prev, last = a.hash, a.ID
			return nil
		}
		return errChainEnds
	})
	switch {
	case errors.Is(err, errChainEnds):
		return c, nil
	case err != nil:
		return c, fmt.Errorf("walk the audit log: %w", err)
	}
	if written > last {
		c.Broken, c.Why = last+1, fmt.Sprintf("rows up to %d were written and are gone", written)
	}
	return c, nil
}

// VerifyAudit returns ErrAuditBroken with the first row that CheckAudit finds wrong.
func (r *Registry) VerifyAudit(ctx context.Context) error {
	c, err := r.CheckAudit(ctx)
	if err == nil && c.Broken != 0 {
		err = fmt.Errorf("%w at row %d: %s", ErrAuditBroken, c.Broken, c.Why)
	}
	return err
}
