package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/pool"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// faulty is an installation whose reads fail as told.
type faulty struct {
	Installation
	err   atomic.Pointer[error]
	panic atomic.Bool
}

func (f *faulty) trouble() error {
	if f.panic.Load() {
		panic("a secret detail")
	}
	if p := f.err.Load(); p != nil {
		return *p
	}
	return nil
}

func (f *faulty) Streamers(ctx context.Context, after scope.StreamerID, limit int, prefix string) ([]*registry.Streamer, error) {
	if err := f.trouble(); err != nil {
		return nil, err
	}
	return f.Installation.Streamers(ctx, after, limit, prefix)
}

func (f *faulty) Tenant(id scope.StreamerID) shard.TenantStore {
	return faultyTenant{f.Installation.Tenant(id), f}
}

type faultyTenant struct {
	shard.TenantStore
	f *faulty
}

func (t faultyTenant) Leaderboard(ctx context.Context, limit int) ([]tenant.Rank, error) {
	if err := t.f.trouble(); err != nil {
		return nil, err
	}
	return t.TenantStore.Leaderboard(ctx, limit)
}

// fail makes the reads of a faulty house fail from now on.
func (h *house) fail(err error) { h.server.ds.(*faulty).err.Store(&err) }

func TestWhatWentWrongDecidesTheAnswer(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(i Installation) Installation { return &faulty{Installation: i} })
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"NotFound":       {scope.ErrNotFound, 404, "not_found"},
		"NoStreamer":     {registry.ErrNotFound, 404, "not_found"},
		"Conflict":       {scope.ErrConflict, 409, "conflict"},
		"Taken":          {registry.ErrTaken, 409, "conflict"},
		"WrongState":     {registry.ErrWrongState, 409, "conflict"},
		"Invalid":        {&tenant.InvalidError{Field: "amount", Problem: "must be 1"}, 400, "invalid_request"},
		"TwoInvalid":     {errors.Join(&tenant.InvalidError{Field: "a", Problem: "b"}, &tenant.InvalidError{Field: "c", Problem: "d"}), 400, "invalid_request"},
		"OutOfRange":     {scope.ErrOutOfRange, 409, "conflict"},
		"InvalidName":    {registry.ErrInvalidName, 400, "invalid_request"},
		"Insufficient":   {&tenant.InsufficientError{Price: 5, Balance: 3}, 409, "insufficient_points"},
		"KeyReused":      {&tenant.KeyReusedError{Key: "k"}, 409, "idempotency_key_reused"},
		"Busy":           {errors.Join(pool.ErrBusy, context.DeadlineExceeded), 503, "busy"},
		"Waiting":        {scope.ErrBusy, 503, "busy"},
		"Deadline":       {context.DeadlineExceeded, 503, "busy"},
		"Closing":        {pool.ErrClosed, 503, "busy"},
		"ClosedUnder":    {scope.ErrClosed, 503, "busy"},
		"Quarantined":    {errors.Join(shard.ErrQuarantined, scope.ErrNotFound), 503, "shard_quarantined"},
		"Held":           {shard.ErrHeld, 503, "shard_held"},
		"Broken":         {scope.ErrBroken, 503, "shard_quarantined"},
		"Full":           {scope.ErrFull, 507, "storage_full"},
		"OutcomeUnknown": {errors.Join(context.DeadlineExceeded, scope.ErrOutcomeUnknown), 504, "outcome_unknown"},
		"Anything":       {io.ErrNoProgress, 500, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			h.fail(fmt.Errorf("leaderboard of /secret/path: %w", c.err))
			r := h.get("/alice/api/leaderboard")
			p := r.problem(c.status, c.code)
			require.NotContains(t, r.body, "secret")
			require.NotContains(t, r.body, io.ErrNoProgress.Error())
			require.Equal(t, c.status == 503, r.header.Get("Retry-After") != "")
			require.Equal(t, c.code == "insufficient_points", p.Price != nil && p.Balance != nil)
		})
	}
}

func TestTheCauseIsLoggedOnce(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(i Installation) Installation { return &faulty{Installation: i} })
	h.fail(fmt.Errorf("leaderboard: %w", io.ErrNoProgress))
	r := h.get("/alice/api/leaderboard")
	line := h.lines(1)[0]
	require.Equal(t, "leaderboard: "+io.ErrNoProgress.Error(), line["cause"])
	require.Equal(t, "error", line["level"])
	require.Equal(t, r.header.Get("X-Request-Id"), line["request_id"])
	require.Equal(t, 1, strings.Count(h.log.String(), io.ErrNoProgress.Error()))
}

func TestAPanicIsA500AndTheServerGoesOn(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(i Installation) Installation { return &faulty{Installation: i} })
	f := h.server.ds.(*faulty)
	f.panic.Store(true)
	r := h.get("/alice/api/leaderboard")
	r.problem(500, "internal")
	require.NotContains(t, r.body, "secret")
	require.Contains(t, h.log.String(), "a secret detail")
	require.Contains(t, h.log.String(), "Leaderboard", "with the stack")
	f.panic.Store(false)
	h.get("/alice/api/leaderboard").ok(200, nil)
}
