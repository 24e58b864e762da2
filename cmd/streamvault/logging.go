package main

import (
	"io"
	stdlog "log"
	"time"

	"github.com/rs/zerolog"
)

// logger writes to stderr: lines for a person at a terminal, JSON for anything else.
func (a *app) logger(level zerolog.Level) zerolog.Logger {
	var out io.Writer = a.stderr
	if isTerminal(a.stderr) {
		out = zerolog.ConsoleWriter{Out: a.stderr, TimeFormat: time.TimeOnly, NoColor: !a.colour(a.stderr)}
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

// stdLogger takes what net/http has to say.
func stdLogger(log zerolog.Logger) *stdlog.Logger {
	return stdlog.New(log.With().Str("from", "net/http").Logger(), "", 0)
}
