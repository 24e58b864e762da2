package kickapp

import (
	"context"
	"errors"
	"time"

	"streamvault/api/kick"
	"streamvault/shard/scope"
)

const (
	// tendEvery is how often what streamers have granted is looked after.
	tendEvery = 6 * time.Hour
	// tendFirst is when that is done first after a start.
	tendFirst = 5 * time.Minute
)

// tend looks after what streamers have granted until the app is closed: Kick stops sending
// webhooks to whom it could not reach for some time, and what is never renewed may end.
func (a *App) tend() {
	defer a.work.Done()
	next := time.NewTimer(min(tendFirst, a.o.TendEvery))
	defer next.Stop()
	for {
		select {
		case <-a.closing:
			return
		case <-next.C:
		}
		failed, err := a.tendAll(a.stopped)
		if err != nil && a.stopped.Err() == nil {
			a.o.Log.Warn().Err(err).Int("channels", failed).Msg("what was granted at Kick could not be looked after for some channels")
		}
		next.Reset(a.o.TendEvery)
	}
}

// tendAll goes through the channels, one after the other, and returns of how many something
// went wrong, and the first trouble.
func (a *App) tendAll(ctx context.Context) (failed int, first error) {
	for after := scope.StreamerID(0); ; {
		some, next, err := a.o.Channels(ctx, after)
		if err != nil {
			return failed, errors.Join(first, err)
		}
		for _, to := range some {
			if err := a.tendOne(ctx, to); err != nil {
				failed++
				if first == nil {
					first = err
				}
			}
			select {
			case <-a.closing:
				return failed, first
			default:
			}
		}
		if next == 0 {
			return failed, first
		}
		after = next
	}
}

// tendOne renews a token that is about to end, and has Kick send what it has stopped to send.
// Who has granted nothing, or has to sign in again, is left alone.
func (a *App) tendOne(ctx context.Context, to kick.Channel) error {
	t, err := a.token(ctx, to.ID)
	if errors.Is(err, scope.ErrNotFound) || errors.Is(err, ErrExpired) {
		return nil
	}
	if err != nil || !a.o.Webhooks || t.Scope == nil || !allows(*t.Scope, eventScope) {
		return err
	}
	return a.subscribe(ctx, t.AccessToken)
}
