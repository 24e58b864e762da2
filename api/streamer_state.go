package api

import (
	"context"
	"errors"

	"streamvault/shard"
)

type suspension struct {
	streamerName
	Body struct {
		Reason string `json:"reason" is:"1-500"` // shown to whoever tries to write
	}
}

func suspendStreamer(ctx context.Context, d desk[streamerDesk], in *suspension) (streamer, error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return streamer{}, err
	}
	if s, err = d.store.Suspend(ctx, s.ID, in.Body.Reason, d.caller.Actor); err != nil {
		return streamer{}, orNoStreamer(err)
	}
	return showStreamer(s), nil
}

func resumeStreamer(ctx context.Context, d desk[streamerDesk], in *streamerName) (streamer, error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return streamer{}, err
	}
	s, err = d.store.Resume(ctx, s.ID, d.caller.Actor)
	if errors.Is(err, shard.ErrHeld) {
		return streamer{}, NewProblem(errHeld.Status, errHeld.Code, err.Error())
	}
	if errors.Is(err, shard.ErrQuarantined) {
		return streamer{}, NewProblem(errQuarantined.Status, errQuarantined.Code, err.Error()) // who may resume may know
	}
	if err != nil {
		return streamer{}, orNoStreamer(err)
	}
	return showStreamer(s), nil
}
