package api

import "context"

type suspension struct {
	streamerName
	Body struct {
		Reason string `json:"reason"` // 1 to 500 characters, shown to whoever tries to write
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
	if s, err = d.store.Resume(ctx, s.ID, d.caller.Actor); err != nil {
		return streamer{}, orNoStreamer(err)
	}
	return showStreamer(s), nil
}
