package registry

import (
	"context"
	"fmt"
)

// LastJob is the job of a kind that an actor began last, or ErrNotFound.
func (r *Registry) LastJob(ctx context.Context, kind, actor string) (Job, error) {
	row, err := r.one(ctx, `
		SELECT `+jobColumns+`
		FROM jobs
		WHERE kind = ?1
		  AND actor = ?2
		ORDER BY id DESC
		LIMIT 1`, kind, actor)
	if err != nil {
		return Job{}, fmt.Errorf("last job %s: %w", kind, err)
	}
	return scanJob(row), nil
}
