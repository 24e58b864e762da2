package main

import (
	"fmt"
	"os"
)

// greeting is what a server says when it is ready.
type greeting struct {
	URL  string    `json:"url"`
	Data string    `json:"data"`
	PID  int       `json:"pid"`
	Demo *demoKeys `json:"demo,omitempty"`
}

// greet prints where the server is, and for the demo what to click and to try.
func (a *app) greet(s *server) error {
	url := clickable(s.web, s.public.TLSConfig != nil)
	s.log.Info().Str("address", s.web.Addr().String()).Str("data", a.data).Msg("ready")
	lines := []string{"Serving " + a.data + " at " + url}
	if s.demo != nil {
		lines = append(lines, demoLines(url, *s.demo)...)
	}
	return a.answer(greeting{URL: url, Data: a.data, PID: os.Getpid(), Demo: s.demo}, lines...)
}

func demoLines(url string, keys demoKeys) []string {
	return []string{
		"",
		"Streamer demo has made-up viewers. Open:",
		fmt.Sprintf("  overlay       %s/%s/overlay?key=%s", url, demoName, keys.Overlay),
		fmt.Sprintf("  dashboard     %s/%s/dashboard#key=%s", url, demoName, keys.Owner),
		fmt.Sprintf("  console       %s/#key=%s", url, keys.Admin),
		fmt.Sprintf("  all routes    %s/docs", url),
		"",
		"Keys of this run (the former run's are withdrawn):",
		"  owner of demo " + keys.Owner,
		"  overlay       " + keys.Overlay,
		"  admin         " + keys.Admin + "  (the console's)",
		"",
		"Try, the first in a terminal of its own; the last is seen on the overlay:",
		fmt.Sprintf("  curl -N '%s/%s/api/events?key=%s' -H 'Accept: text/event-stream'", url, demoName, keys.Overlay),
		fmt.Sprintf("  curl '%s/%s/api/users?limit=3' -H 'Authorization: Bearer %s'", url, demoName, keys.Owner),
		fmt.Sprintf(`  curl %s/%s/api/points/%s -H 'Authorization: Bearer %s' -d '{"amount":25,"source":"chat","description":"Hello"}'`,
			url, demoName, demoViewer, keys.Owner),
	}
}
