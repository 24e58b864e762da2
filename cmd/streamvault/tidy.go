package main

import (
	"context"
	"time"
)

// tidyEvery is how late what time has made due may be done.
const tidyEvery = time.Minute

// keepTidy does what time has made due, now and then, until stop is called: it waits for what is
// under way.
func (s *server) keepTidy() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(tidyEvery)
		defer tick.Stop()
		for {
			if err := s.store.Tidy(ctx); err != nil && ctx.Err() == nil {
				s.log.Error().Err(err).Msg("tidy")
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}
