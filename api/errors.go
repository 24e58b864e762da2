package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"streamvault/api/kick"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/backup"
	"streamvault/shard/pool"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

var (
	errBusy        = NewProblem(http.StatusServiceUnavailable, "busy", "Too much is going on; try again.")
	errHeld        = NewProblem(http.StatusServiceUnavailable, "shard_held", "This channel waits for a migration to be decided on.")
	errQuarantined = NewProblem(http.StatusServiceUnavailable, "shard_quarantined", "This channel is out of service: its data did not pass a check.")
)

// answers is the one table from what went wrong to what is answered. The first entry that
// matches counts: an error may wrap several.
var answers = []struct {
	is     error
	answer *Problem
}{
	{scope.ErrOutcomeUnknown, NewProblem(http.StatusGatewayTimeout, "outcome_unknown",
		"It took too long, and the change may or may not have been made. Look, or repeat it with the same Idempotency-Key.")},
	{shard.ErrQuarantined, errQuarantined},
	{scope.ErrBroken, errQuarantined},
	{shard.ErrHeld, errHeld},
	{scope.ErrFull, NewProblem(http.StatusInsufficientStorage, "storage_full", "The server's disk is full: nothing can be changed until there is room.")},
	{scope.ErrQuota, NewProblem(http.StatusInsufficientStorage, "quota_exceeded", "This channel's data has reached its limit: delete some, or ask for more.")},
	{pool.ErrBusy, errBusy},
	{scope.ErrBusy, errBusy},
	{pool.ErrClosed, errBusy},
	{scope.ErrClosed, errBusy},
	{context.DeadlineExceeded, errBusy},
	{context.Canceled, errBusy}, // the server stops, or nobody reads this
	{kick.ErrDisabled, NewProblem(http.StatusServiceUnavailable, "webhooks_disabled", "This installation takes no webhooks: it was given no key to check them with.")},
	{kick.ErrNoKey, NewProblem(http.StatusServiceUnavailable, "webhook_key_unknown", "The key to check webhooks with could not be fetched; try again.")},
	{kick.ErrUnsigned, NewProblem(http.StatusUnauthorized, "unauthorized", "This takes a message that Kick has signed within the last minutes.")},
	{shard.ErrTooLarge, errTooLarge},
	{backup.ErrNotFound, NewProblem(http.StatusUnprocessableEntity, "backup_lost", "The backup is on record, but its file is not where it was kept.")},
	{backup.ErrAway, NewProblem(http.StatusServiceUnavailable, "target_away", "The object store that backups are kept in does not answer; try again.")},
	{backup.ErrNoTarget, NewProblem(http.StatusUnprocessableEntity, "no_such_target", "The backup lies in an object store that this server was not told of: name it with --backup-to.")},
	{backup.ErrNoKey, NewProblem(http.StatusUnprocessableEntity, "key_destroyed", "The backup was encrypted, and its key has been destroyed.")},
	{scope.ErrNotFound, errNothingHere},
	{registry.ErrNotFound, errNothingHere},
	{registry.ErrUnknownKey, errNothingHere},
	{scope.ErrConflict, NewProblem(http.StatusConflict, "conflict", "This name is taken.")},
	{scope.ErrOutOfRange, NewProblem(http.StatusConflict, "conflict", "A balance or count would leave its range: both go from 0 to 1000000000000.")},
	{tenant.ErrCodeWaits, NewProblem(http.StatusConflict, "conflict", "Chat has confirmed a code of this name: the page that shows it can sign in. Another can be had once its 5 minutes are over.")},
	{registry.ErrTaken, NewProblem(http.StatusConflict, "conflict", "This name or Kick user id belongs to another streamer.")},
	{registry.ErrWrongState, NewProblem(http.StatusConflict, "conflict", "The streamer's state does not allow this.")},
	{registry.ErrReservedName, NewProblem(http.StatusBadRequest, "invalid_request",
		"username must be no reserved word: "+strings.Join(registry.Reserved(), ", ")+" are the installation's own routes.")},
	{registry.ErrInvalidName, NewProblem(http.StatusBadRequest, "invalid_request",
		"username must be 1 to 32 of a-z, 0-9, _ and -, and not a reserved word.")},
}

// problemOf decides what a caller is told.
func problemOf(err error) *Problem {
	if p := spoken(err); p != nil {
		return p
	}
	for _, a := range answers {
		if errors.Is(err, a.is) {
			return a.answer
		}
	}
	return errInternal
}

// spoken is the answer to an error that has something to say of its own.
func spoken(err error) *Problem {
	var (
		p       *Problem
		invalid *tenant.InvalidError
		wrong   *registry.InvalidError
		taken   *registry.TakenError
		state   *registry.StateError
		job     *registry.JobStateError
		poor    *tenant.InsufficientError
		reused  *tenant.KeyReusedError
		many    *tooMany
		moved   *renamed
		refused *shard.RefusedError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &many):
		return errTooMany
	case errors.Is(err, tenant.ErrNoRoom) && errors.As(err, &invalid):
		return NewProblem(http.StatusConflict, "limit_reached", invalid.Error()+".")
	case errors.As(err, &moved):
		return NewProblem(http.StatusPermanentRedirect, "renamed", fmt.Sprintf("This channel is called %s now.", moved.username))
	case errors.As(err, &invalid):
		return NewProblem(http.StatusBadRequest, "invalid_request", invalid.Error()+".")
	case errors.As(err, &wrong):
		return NewProblem(http.StatusBadRequest, "invalid_request", wrong.Error()+".")
	case errors.As(err, &taken):
		return NewProblem(http.StatusConflict, "conflict", taken.Error()+".")
	case errors.As(err, &state):
		return NewProblem(http.StatusConflict, "conflict", state.Error()+".")
	case errors.As(err, &job):
		return NewProblem(http.StatusConflict, "conflict", job.Error()+".")
	case errors.As(err, &refused):
		return NewProblem(http.StatusUnprocessableEntity, "file_refused", "The file "+refused.Why+".")
	case errors.Is(err, backup.ErrDamaged), errors.Is(err, backup.ErrManifest):
		return NewProblem(http.StatusUnprocessableEntity, "backup_damaged", "The backup cannot be trusted: "+err.Error()+".")
	case errors.As(err, &poor):
		p = NewProblem(http.StatusConflict, "insufficient_points", "There are not enough points: it "+poor.Error()+".")
		p.Price, p.Balance = &poor.Price, &poor.Balance
		return p
	case errors.As(err, &reused):
		return NewProblem(http.StatusConflict, "idempotency_key_reused", "This Idempotency-Key came with another request before.")
	}
	return nil
}
